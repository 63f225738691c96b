import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const PAGES = new Set(['document', 'iframe', 'frame']);

/**
 * Whether a person looks at the answer. `Sec-Fetch-Mode` and `-Dest` say it (W3C Fetch Metadata §2); where a client sends
 * neither, an upgrade or a script is no navigation, and the rest is judged by `Accept`.
 */
export function isNavigation(method: string, headers: IncomingHttpHeaders, isUpgrade: boolean): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || isUpgrade) return false;
  const mode = headers['sec-fetch-mode'];
  const dest = headers['sec-fetch-dest'];
  if (mode !== undefined || dest !== undefined) {
    return mode === 'navigate' && (dest === undefined || PAGES.has(String(dest)));
  }
  return headers['x-requested-with'] === undefined && (headers.accept ?? '').includes('text/html');
}

const FRAMES = new Set(['iframe', 'frame']);

/** Whether a request loads the document of a frame. */
export const loadsFrame = ({ 'sec-fetch-mode': mode, 'sec-fetch-dest': dest }: IncomingHttpHeaders): boolean =>
  mode === 'navigate' && FRAMES.has(String(dest));

/** Whether a request has any mark of a browser, which would answer a Basic challenge with a password dialog. */
export const isBrowser = (headers: IncomingHttpHeaders, hasOurCookie: boolean): boolean =>
  hasOurCookie ||
  headers.origin !== undefined ||
  headers.referer !== undefined ||
  Object.keys(headers).some((name) => name.startsWith('sec-fetch-'));

/** Only a websocket is worth an upgrade (RFC 6455 §4.1); other offers are passed over (RFC 9110 §7.8). */
export const isWebsocketOffer = (method: string, upgrade: string | undefined): boolean =>
  method === 'GET' && upgrade?.trim().toLowerCase() === 'websocket';

export const isWebsocket = ({ method = '', headers }: IncomingMessage): boolean =>
  isWebsocketOffer(method, headers.upgrade);
