import type { App } from '../access/app.ts';
import type { Told } from '../apps/identity-adapter.ts';
import { clientCookies, joinCookies } from '../apps/upstream-cookie.ts';
import { BadHeaders } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { UNIX } from '../lib/client-address.ts';
import { hopByHop } from '../lib/headers.ts';
import { identityHeaders, toldValue } from '../lib/identity-headers.ts';
import { IDENTITY_HEADERS } from '../lib/untrusted-headers.ts';

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

/** Names and values in turns, the names lower-cased. */
export type Headers = string[];

/**
 * The headers that go upstream: the client's, less all that it may not say and all that ends here, then ours.
 * Nothing that the client names in `Connection` can take one of ours away, for those are set last.
 * @param raw - names and values in turns, as `rawHeaders`
 * @throws BadHeaders where the body is in a transfer coding other than chunked
 */
export function upstreamHeaders(raw: readonly string[], known: Known): Headers {
  const headers: string[] = [];
  addClients(headers, raw, known);
  addOurs(headers, known);
  return headers;
}

/** The same by name, several values where a header comes several times. */
export function byName(headers: Headers): Record<string, string | string[]> {
  const found: Record<string, string | string[]> = {};
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = '', value = ''] = [headers[index], headers[index + 1]];
    const before = found[name];
    if (before === undefined) found[name] = value;
    else found[name] = [before, value].flat();
  }
  return found;
}

/** Without some of them, and with others in their place. */
export function changed(headers: Headers, names: readonly string[], more: readonly string[] = []): Headers {
  const kept: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const [name = '', value = ''] = [headers[index], headers[index + 1]];
    if (!names.includes(name)) kept.push(name, value);
  }
  return kept.concat(more);
}

function addClients(headers: string[], raw: readonly string[], known: Known): void {
  const { app, told, isUpgrade, isOurCookie, authorizationFor } = known;
  const endsHere = hopByHop(raw);
  let authorization: string | undefined;
  let cookie = told ? joinCookies(...told.cookies) : '';
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? '';
    const value = raw[index + 1] ?? '';
    if (name === 'transfer-encoding') {
      checkFraming(value);
      // The bytes behind the head of an upgrade are the new protocol's, never a body.
      if (!isUpgrade) addOnce(headers, name, 'chunked');
    } else if (endsHere(name) || app.isReservedHeader(name) || name === '__proto__') continue;
    else if (name === 'cookie') cookie = joinCookies(cookie, clientCookies(app, value, isOurCookie));
    else if (name === 'authorization') authorization ??= value;
    else if (name === 'content-length' && isUpgrade) continue;
    else if (SINGLE.has(name)) addOnce(headers, name, value);
    else headers.push(name, value);
  }
  if (cookie !== '') headers.push('cookie', cookie);
  const kept = told?.authorization || authorizationFor(authorization ?? '');
  if (kept !== '') headers.push('authorization', kept);
}

/** Said anew for the next hop, and always, for without it a body behind GET or DELETE would be taken for a request. */
function checkFraming(coding: string): void {
  if (coding.trim().toLowerCase() !== 'chunked')
    throw new BadHeaders('the body is in a transfer coding other than chunked');
}

/** What Node's own server reads only the first of, by which the request was judged: the upstream gets no second. */
const SINGLE = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since'],
  ...['if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'referer', 'retry-after', 'server'],
  ...['origin', 'sec-fetch-site', 'user-agent'],
]);

function addOnce(headers: string[], name: string, value: string): void {
  for (let index = 0; index < headers.length; index += 2) if (headers[index] === name) return;
  headers.push(name, value);
}

function addOurs(headers: string[], known: Known): void {
  const { app, identity, told, clientAddress, requestId, isUpgrade, strippedPrefix } = known;
  const add = (name: string, value: string): void => void (value !== '' && headers.push(name, value));
  changeHost(headers, app.host);
  add('x-forwarded-for', clientAddress === UNIX ? '' : clientAddress);
  add('x-forwarded-host', app.host);
  add('x-forwarded-proto', app.origin.slice(0, Math.max(0, app.origin.indexOf(':'))));
  add('x-forwarded-prefix', strippedPrefix);
  add('x-request-id', requestId);
  if (app.tellsIdentity) {
    const told = identityHeaders(identity);
    for (const [name, spelt] of IDENTITY) add(name, told[spelt] ?? '');
  }
  add('x-dashgate-assertion', told?.assertion ?? '');
  add('x-tableau-auth', told?.tableau ?? '');
  for (const { name, tells } of app.identityHeaders) add(name.toLowerCase(), toldValue(tells, identity));
  if (isUpgrade) headers.push('connection', 'Upgrade', 'upgrade', 'websocket');
}

/** As they go upstream, and as they are known. */
const IDENTITY = IDENTITY_HEADERS.map((name) => [name.toLowerCase(), name] as const);

/** In the place of the client's own. */
function changeHost(headers: string[], host: string): void {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] !== 'host') continue;
    headers[index + 1] = host;
    return;
  }
  headers.push('host', host);
}
