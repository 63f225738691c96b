import { isIP } from 'node:net';
import { isPattern } from '../lib/public-place.ts';
import { nothing, Written, word } from './text.ts';

/** Where browsers find a server of nginx's. */
export interface Origin {
  /** As a browser writes it, without a default port. */
  readonly origin: string;
  readonly isHttps: boolean;
}

/** Without the port; an IPv6 address in its brackets. */
export const hostOf = ({ origin }: Origin): string => new URL(origin).hostname;

/** Whether it stands for many hosts: each with one label in place of its `*`. */
export const isManifold = (origin: Origin): boolean => isPattern({ host: hostOf(origin) });

/** For `server_name`. nginx's own `*` takes several labels, and only an expression takes one. It compares in lower case. */
export const serverName = (origin: Origin): Written =>
  new Written(
    isManifold(origin)
      ? `"~^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?${hostOf(origin).slice(1).replaceAll('.', '[.]')}$"`
      : word(hostOf(origin)),
  );

const portOf = ({ origin }: Origin): string => {
  const { port } = new URL(origin);
  return port && `:${port}`;
};

/** The host that was asked, as the check has judged it: of many hosts by `$host`, which is lower-cased and without a port. */
export const hostAsked = (origin: Origin): Written =>
  new Written(isManifold(origin) ? word('', `$host${portOf(origin)}`) : word(hostOf(origin) + portOf(origin)));

/** A parameter that begins with the origin that was asked. @param variables - what follows, as `$request_uri` */
export const originAsked = (origin: Origin, variables: string): Written =>
  new Written(
    isManifold(origin)
      ? word(`${schemeOf(origin)}://`, `$host${portOf(origin)}${variables}`)
      : word(origin.origin, variables),
  );

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
