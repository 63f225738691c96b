import type { App } from '../access/app.ts';
import type { Told } from '../apps/identity-adapter.ts';
import { clientCookies, joinCookies } from '../apps/upstream-cookie.ts';
import { BadHeaders } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { UNIX } from '../lib/client-address.ts';
import { hopByHop, isReservedHeader } from '../lib/headers.ts';
import { identityHeaders } from '../lib/identity-headers.ts';

/** What dashgate knows of a request that it lets through, and says to the upstream in place of the client. */
export interface Known {
  readonly app: App;
  readonly identity: Identity;
  /** What the app's identity adapters say of it. */
  readonly told: Told | null;
  readonly clientAddress: string;
  readonly requestId: string;
  readonly isUpgrade: boolean;
  /** Whether a cookie of that name is a session of ours, or a chunk of one. */
  readonly isOurCookie: (name: string) => boolean;
  /** The `Authorization` that goes upstream for the client's own; empty: none. */
  readonly authorizationFor: (given: string) => string;
  /** The public prefix, without a slash at its end, where the upstream does not see it. */
  readonly strippedPrefix: string;
}

/** By lower-cased name; several values where a header may come several times. */
export type Headers = Record<string, string | string[]>;

/**
 * The headers that go upstream: the client's, less all that it may not say and all that ends here, then ours.
 * Nothing that the client names in `Connection` can take one of ours away, for those are set last.
 * @param raw - names and values in turns, as `rawHeaders`
 * @throws BadHeaders where the body is in a transfer coding other than chunked
 */
export function upstreamHeaders(raw: readonly string[], known: Known): Headers {
  return { ...fromClient(raw, known), ...fromUs(known) };
}

function fromClient(raw: readonly string[], { app, told, isUpgrade, isOurCookie, authorizationFor }: Known): Headers {
  const endsHere = hopByHop(raw);
  const headers: Headers = {};
  const cookies = [...(told?.cookies ?? [])];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = raw[index + 1] ?? '';
    if (name === 'transfer-encoding') keepFraming(headers, value);
    else if (endsHere(name) || isReservedHeader(name) || name === '__proto__') continue;
    else if (name === 'cookie') {
      cookies.push(clientCookies(app, value, isOurCookie));
    } else add(headers, name, value);
  }
  const cookie = joinCookies(...cookies);
  if (cookie !== '') headers.cookie = cookie;
  const { authorization = '' } = headers;
  delete headers.authorization;
  const kept = authorizationFor(String(authorization));
  if (kept !== '') headers.authorization = kept;
  // The bytes behind the head of an upgrade are the new protocol's, never a body.
  if (isUpgrade) for (const name of ['content-length', 'transfer-encoding']) delete headers[name];
  return headers;
}

/** Said anew for the next hop, and always, for without it a body behind GET or DELETE would be taken for a request. */
function keepFraming(headers: Headers, coding: string): void {
  if (coding.trim().toLowerCase() !== 'chunked')
    throw new BadHeaders('the body is in a transfer coding other than chunked');
  headers['transfer-encoding'] = 'chunked';
}

/** What Node's own server reads only the first of, by which the request was judged: the upstream gets no second. */
const SINGLE = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since'],
  ...['if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'referer', 'retry-after', 'server'],
  ...['origin', 'sec-fetch-site', 'user-agent'],
]);

function add(headers: Headers, name: string, value: string): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value;
  else if (!SINGLE.has(name)) headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
}

function fromUs({ app, identity, told: said, clientAddress, requestId, isUpgrade, strippedPrefix }: Known): Headers {
  const told = {
    Host: app.host,
    'X-Forwarded-For': clientAddress === UNIX ? '' : clientAddress,
    'X-Forwarded-Host': app.host,
    'X-Forwarded-Proto': app.origin.split(':', 1)[0] ?? '',
    'X-Forwarded-Prefix': strippedPrefix,
    'X-Request-Id': requestId,
    ...(app.tellsIdentity ? identityHeaders(identity) : {}),
    'X-Dashgate-Assertion': said?.assertion ?? '',
    ...(isUpgrade ? { Connection: 'Upgrade', Upgrade: 'websocket' } : {}),
  };
  const filled = Object.entries(told).filter(([, value]) => value !== '');
  return Object.fromEntries(filled.map(([name, value]) => [name.toLowerCase(), value]));
}
