import { ownPath } from './app.ts';
import type { AccessRequest } from './request.ts';

/** Pages, and what their scripts fetch; as against images, styles and scripts, which come with a page or by a timer. */
const DESTINATIONS = new Set(['document', 'iframe', 'frame', 'empty']);

/**
 * Whether a request says that somebody uses the dashboard, so that the session behind it is not idle. Told by what the request
 * is (W3C Fetch Metadata) and by its path. What cannot be told so counts as use: the absolute end of a session is there for
 * that, and {@link AccessRequest.isUseInBody} for what tells by its body.
 */
export function countsAsUse({ app, method, target, headers, isUpgrade }: AccessRequest): boolean {
  // A page opens its websocket again by itself; the page before it counted.
  if (isUpgrade) return false;
  const isPage = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  const site = headers['sec-fetch-site'];
  if (!isPage && (site === 'cross-site' || site === 'same-site')) return false;
  const destination = headers['sec-fetch-dest'];
  if (destination !== undefined && !DESTINATIONS.has(String(destination))) return false;
  if (String(headers['sec-purpose'] ?? headers.purpose ?? '').includes('prefetch')) return false;
  // An event stream that broke off is opened again by the browser.
  if (headers.accept?.includes('text/event-stream')) return false;
  return !app.isPoll(method, ownPath(app, target.decodedPath));
}
