import { isIP } from 'node:net';
import { nothing, Written } from './text.ts';

/** Where browsers find a server of nginx's. */
export interface Origin {
  /** As a browser writes it, without a default port. */
  readonly origin: string;
  readonly isHttps: boolean;
}

/** Without the port; an IPv6 address in its brackets. */
export const hostOf = ({ origin }: Origin): string => new URL(origin).hostname;

export const isAddress = (origin: Origin): boolean => isIP(hostOf(origin).replace(/^\[|\]$/g, '')) !== 0;

export const schemeOf = ({ isHttps }: Origin): string => (isHttps ? 'https' : 'http');

/**
 * A person types a password here, so a browser that has once come by https stays with it. Only this name and no preload list:
 * the domain's other names are not ours to speak for. Not for this machine or a bare address, where certificates are often
 * self-made and HSTS would leave no way past the warning (RFC 6797 §8.1.1, §12.1).
 */
export function staysHttps(origin: Origin): boolean {
  const host = hostOf(origin);
  const isLocal = host === 'localhost' || host.endsWith('.localhost') || isAddress(origin);
  return origin.isHttps && !isLocal;
}

export const hsts = (origin: Origin): Written =>
  staysHttps(origin) ? new Written('add_header Strict-Transport-Security "max-age=31536000" always;\n') : nothing;
