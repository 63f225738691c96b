import { isIP, isIPv4, isIPv6 } from 'node:net';
import { Refused, readSocketPath, text } from './values.ts';

/** Where a listener stands. `host` has no brackets, as node:net wants it. */
export type Listen = { kind: 'tcp'; host: string; port: number } | { kind: 'unix'; path: string };

/** Where a browser finds something. */
export interface Origin {
  /** As a browser writes it: `https://dash.example.com`, without a default port. */
  origin: string;
  /** Lower-cased host, with the port unless it is the default one. */
  host: string;
  isHttps: boolean;
}

/** Whose word about the client is taken: a range of addresses, or whoever opens our unix socket. */
export type TrustedProxy = { kind: 'net'; family: 'ipv4' | 'ipv6'; address: string; bits: number } | { kind: 'unix' };

const HOST_PORT = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

function readListen(given: string): Listen | Refused {
  if (given.startsWith('unix:')) {
    const path = readSocketPath(given.slice(5));
    return path instanceof Refused ? path : { kind: 'unix', path };
  }
  const [, written = '', digits = ''] = HOST_PORT.exec(given) ?? [];
  const host = written.startsWith('[') ? written.slice(1, -1) : written.toLowerCase();
  const port = Number(digits);
  const bad = written.startsWith('[') ? !isIPv6(host) : /^[\d.]+$/.test(host) && !isIPv4(host);
  if (host === '' || bad || port > 65_535)
    return new Refused(
      'is not an address to listen on; write host:port (as 127.0.0.1:8080 or [::1]:8080) or unix:/path',
    );
  return { kind: 'tcp', host, port };
}

export const listen = text('listen address', readListen);

/** Whether only this machine can reach it. */
export function isLoopback(at: Listen): boolean {
  if (at.kind === 'unix') return true;
  return at.host === 'localhost' || at.host === '::1' || (isIPv4(at.host) && at.host.startsWith('127.'));
}

/** Whether a browser that names this host, with or without a port, stays on its own machine. */
export const isLocal = (host: string): boolean => /^(?:(?:.+\.)?localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(host);

/** As it stands behind a scheme: `127.0.0.1:8080`, `[::1]:8080`, `unix:/path`. */
export function formatListen(at: Listen): string {
  if (at.kind === 'unix') return `unix:${at.path}`;
  return `${isIPv6(at.host) ? `[${at.host}]` : at.host}:${at.port}`;
}

/** An http(s) URL without anything in it that could be read in two ways. */
export function readUrl(given: string): URL | Refused {
  if (/[\s\\\p{Cc}]/u.test(given) || !/^https?:\/\/[^/]/i.test(given) || !URL.canParse(given))
    return new Refused('is not a URL; write one that begins with http:// or https://');
  const url = new URL(given);
  if (url.username !== '' || url.password !== '') return new Refused('holds a user name or password; remove it');
  if (/[?#]/.test(given)) return new Refused('has a query or a fragment; remove it');
  return url;
}

export const originOf = (url: URL): Origin => ({
  origin: url.origin,
  host: url.host,
  isHttps: url.protocol === 'https:',
});

/** A scheme, a host, perhaps a port, and no path. */
export const origin = text('origin', (given): Origin | Refused => {
  const url = readUrl(given);
  if (url instanceof Refused) return url;
  if (url.hostname.includes('*')) return new Refused('stands for many hosts; name one, as https://dash.example.com');
  if (url.pathname !== '/')
    return new Refused('has a path; write scheme, host and port only, as https://dash.example.com');
  return originOf(url);
});

/** One address, or a range of them. */
export function readAddress(given: string): Extract<TrustedProxy, { kind: 'net' }> | Refused {
  const [address = '', digits, ...more] = given.split('/');
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const bits = digits === undefined ? longest : Number(digits);
  if (version === 0 || address.includes('%') || more.length > 0 || !/^\d{1,3}$/.test(digits ?? '0') || bits > longest)
    return new Refused('is not an address; write an IP address, or a range as 10.0.0.0/8');
  return { kind: 'net', family: version === 6 ? 'ipv6' : 'ipv4', address, bits };
}

export const trustedProxy = text('address, CIDR or `unix`', (given): TrustedProxy | Refused => {
  if (given === 'unix') return { kind: 'unix' };
  const read = readAddress(given);
  return read instanceof Refused
    ? new Refused('is not an address; write an IP address, a range as 10.0.0.0/8, or unix')
    : read;
});
