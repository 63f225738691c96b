import type { IncomingHttpHeaders } from 'node:http';
import { loadsFrame } from '../http/navigation.ts';

/**
 * Whether a request can be of a frame (W3C Fetch Metadata §2): it loads one, or a document of ours sent it. Never one that a browser does not describe,
 * nor one that opens a window of its own, nor one of the page around the frame, whose requests carry the cookie too. Which frame it
 * is, or whether it is a window at the same site, nobody can tell: then the weaker decides, which is the session of the frame.
 * @param origin - the one of ours that was asked
 */
export function canBeOfFrame(headers: IncomingHttpHeaders, isUpgrade: boolean, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  // Not every browser describes a handshake; an Origin all of them send (RFC 6455 §4.1).
  if (isUpgrade) return headers.origin === origin && (site === undefined || site === 'same-origin');
  const dest = headers['sec-fetch-dest'];
  if (dest === undefined || dest === 'document') return false;
  return headers['sec-fetch-mode'] === 'navigate' ? loadsFrame(headers) : site === 'same-origin';
}

const OTHERS = new Set(['object', 'embed', 'fencedframe']);

/** Whether a request loads what may show a document in a page without being one of its frames: what a frame has is not for that. */
export const loadsOther = ({ 'sec-fetch-dest': dest }: IncomingHttpHeaders): boolean => OTHERS.has(String(dest));
