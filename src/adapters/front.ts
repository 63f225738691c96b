import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type App, findApp, needOf } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import { BadHeaders, BadTarget } from '../errors.ts';
import { isNavigation, isWebsocketOffer } from '../http/navigation.ts';
import { isOwnPath } from '../http/prefix.ts';
import { clientAddress, type PeerOf, type TrustedPeers } from '../lib/client-address.ts';
import { parseTarget } from '../lib/target.ts';
import type { Asked } from './client-answer.ts';

/** What a front proxy needs to be understood. */
export interface FrontOptions {
  readonly apps: readonly App[];
  readonly trusted: TrustedPeers;
  readonly peerOf: PeerOf;
}

const METHOD = /^[A-Z]{1,20}$/;
const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** Reads the request that a front asks about from what the front says of it, under the names that nginx is configured to use. */
export function readFront(
  incoming: IncomingMessage,
  id: string,
  { apps, trusted, peerOf }: FrontOptions,
): AccessRequest | 'app-mismatch' {
  refuseRepeated(incoming.rawHeaders);
  const { headers } = incoming;
  const target = parseTarget(one(headers['x-original-uri']), one(headers['x-forwarded-host']));
  const method = one(headers['x-original-method']) ?? '';
  if (!METHOD.test(method)) throw new BadTarget('the method is missing or is not a method');
  const app = findApp(apps, target);
  const named = one(headers['x-dashgate-app']) ?? new URLSearchParams(incoming.url?.split('?')[1] ?? '').get('app');
  // Our own pages are no app's, whatever a front would do with them.
  if (!app || named !== app.name || isOwnPath(target.path)) return 'app-mismatch';
  return {
    id,
    method,
    target,
    app,
    need: needOf(app, target.decodedPath, method),
    headers,
    clientAddress: clientAddress(peerOf(incoming), one(headers['x-forwarded-for']), trusted),
    isUpgrade: isWebsocketOffer(method, one(headers['x-original-upgrade'])),
  };
}

/** Who looks at the answer to a request that could not be read whole. */
export function askedBy({ headers }: IncomingMessage, requestId: string): Asked {
  const method = one(headers['x-original-method']) ?? '';
  const isUpgrade = isWebsocketOffer(method, one(headers['x-original-upgrade']));
  return {
    isPerson: isNavigation(method, headers, isUpgrade),
    requestId,
  };
}

export const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? undefined : value;

/** Taken over from a front that may say so, so that its log and ours meet. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = one(headers['x-request-id']);
  return given !== undefined && REQUEST_ID.test(given) ? given : randomUUID();
}

const ONCE = new Set([
  ...['host', 'authorization', 'origin', 'x-original-uri', 'x-original-method', 'x-original-upgrade'],
  ...['x-forwarded-host', 'x-dashgate-app', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'],
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
