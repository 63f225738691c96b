import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { App } from '../access/app.ts';
import { demandOf } from '../access/demand.ts';
import type { AccessRequest } from '../access/request.ts';
import { BadHeaders, BadTarget } from '../errors.ts';
import { findClient, type PeerOf, type TrustedPeers } from '../lib/client-address.ts';

/** What reading a request needs, whichever way it came. */
export interface ReadOptions {
  readonly apps: readonly App[];
  /** Whose word about a client is taken. */
  readonly trusted: TrustedPeers;
  readonly peerOf: PeerOf;
}

/** The request in the form that every way in shares: with what its app asks for, and the address of its client. */
export const createAccessRequest = (
  asked: Pick<AccessRequest, 'id' | 'method' | 'target' | 'app' | 'isUpgrade'>,
  incoming: IncomingMessage,
  { trusted, peerOf }: Pick<ReadOptions, 'trusted' | 'peerOf'>,
): AccessRequest => ({
  ...asked,
  ...demandOf(asked.app, asked.target.decodedPath, asked.method, incoming.headers),
  headers: incoming.headers,
  ...findClient(peerOf(incoming), one(incoming.headers['x-forwarded-for']), trusted),
});

export const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? undefined : value;

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** Taken over from a front that may say so, so that its log and ours meet. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = one(headers['x-request-id']);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

const ONCE = new Set([
  ...['host', 'authorization', 'origin', 'x-original-uri', 'x-original-method', 'x-original-upgrade'],
  ...['x-original-url', 'x-forwarded-uri', 'x-forwarded-method', 'x-forwarded-host', 'x-dashgate-app'],
  ...['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'],
]);

/**
 * Two of a header that a decision hangs on could be read in two ways (RFC 9110 §5.3).
 * @throws BadHeaders
 */
export function refuseRepeated(rawHeaders: readonly string[]): void {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) throw new BadHeaders(`the header ${name} came twice`);
    seen.add(name);
  }
}

/**
 * `TRACE` asks for the request itself to be sent back (RFC 9110 §9.3.8): with it would come all that a dashboard is told, a
 * service credential too.
 * @throws BadTarget
 */
export function refuseEcho(method: string): void {
  if (method === 'TRACE' || method === 'TRACK') throw new BadTarget('the method asks for the request to be sent back');
}
