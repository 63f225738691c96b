import type { IncomingMessage } from 'node:http';
import { type App, findApp } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import { BadHeaders, BadTarget } from '../errors.ts';
import { isNavigation, isWebsocketOffer } from '../http/navigation.ts';
import { parseTarget } from '../lib/target.ts';
import type { Asked } from './client-answer.ts';
import { createAccessRequest, one, type ReadOptions, refuseEcho, refuseRepeated } from './incoming.ts';

/** What a front says of the request that it asks about. What it leaves out is missing, never made up. */
export interface Said {
  /** Path and query as they will be forwarded. */
  readonly uri: string | undefined;
  readonly host: string | undefined;
  readonly method: string | undefined;
  /** The app that it is about to forward to. */
  readonly app: string | null;
  readonly isUpgrade: boolean;
  /** The front hands on the client's own headers by itself, in whatever spelling. */
  readonly handsOn?: true;
}

/** Reads what a front says, under the names that this kind of front has for it. Throws BadHeaders, BadTarget. */
export type Words = (incoming: IncomingMessage) => Said;

const METHOD = /^[A-Z]{1,20}$/;

/** Reads the request that a front asks about from what the front says of it. Throws BadTarget, BadHeaders. */
export function readFront(
  incoming: IncomingMessage,
  id: string,
  options: ReadOptions,
  words: Words,
): AccessRequest | 'app-mismatch' {
  refuseRepeated(incoming.rawHeaders);
  const said = words(incoming);
  const target = parseTarget(said.uri, said.host);
  const { method = '', isUpgrade, handsOn = false } = said;
  if (!METHOD.test(method)) throw new BadTarget('the method is missing or is not a method');
  refuseEcho(method);
  const app = findApp(options.apps, target);
  // Our own pages are no app's, whatever a front would do with them.
  if (!app || said.app !== app.name || app.own.has(target.path)) return 'app-mismatch';
  if (handsOn) refuseOddSpellings(incoming, app);
  return createAccessRequest({ id, method, target, app, isUpgrade }, incoming, options);
}

/** Who looks at the answer to a request that could not be read whole. */
export function askedBy(incoming: IncomingMessage, requestId: string, words: Words): Asked {
  const { method = '', isUpgrade } = understood(incoming, words);
  return { isPerson: isNavigation(method, incoming.headers, isUpgrade), requestId };
}

function understood(incoming: IncomingMessage, words: Words): Partial<Said> & Pick<Said, 'isUpgrade'> {
  try {
    return words(incoming);
  } catch {
    return { isUpgrade: false };
  }
}

/** The names that nginx is configured to use: it sends these and no others, so that no client has a word in them. */
export const nginxWords: Words = ({ headers, url }) => {
  const method = one(headers['x-original-method']);
  return {
    uri: one(headers['x-original-uri']),
    host: one(headers['x-forwarded-host']),
    method,
    app: one(headers['x-dashgate-app']) ?? appInAddress(url),
    isUpgrade: isWebsocketOffer(method ?? '', one(headers['x-original-upgrade'])),
  };
};

/** `?app=` of the address that the front is configured to ask, where no client has a word. */
export const appInAddress = (url = ''): string | null => inAddress(url, 'app');

/** `?front=`: which front it is, where several ask at one address. */
export const frontInAddress = (url = ''): string | null => inAddress(url, 'front');

const inAddress = (url: string, key: string): string | null =>
  url.includes('?') ? new URLSearchParams(url.split('?')[1]).get(key) : null;

/**
 * Whether a request begins a websocket, also as a front tells it that drops `Upgrade` from its question: what the handshake
 * has besides (RFC 6455 §4.1; over HTTP/2 the version alone, RFC 8441 §5) no page can add to another request.
 */
export const beginsWebsocket = (method: string, { headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  (isWebsocketOffer(method, headers.upgrade) ||
    headers['sec-websocket-version'] !== undefined ||
    headers['sec-websocket-key'] !== undefined);

/**
 * For a front that hands on the client's headers by itself: it can take away a name, and not all that a CGI or WSGI server
 * takes for that name, as `X_Dashgate_User`.
 * @throws BadHeaders
 */
function refuseOddSpellings({ headers }: IncomingMessage, { isReservedHeader }: App): void {
  const odd = Object.keys(headers).find((name) => /[^a-z0-9-]/.test(name) && isReservedHeader(name));
  if (odd !== undefined) throw new BadHeaders('a reserved header came in an odd spelling');
}
