import type { IncomingMessage } from 'node:http';
import { nameOfSetCookie, setsSpelling } from '../lib/cookie-header.ts';
import { framedBy } from '../lib/frame-ancestors.ts';
import { hopByHop } from '../lib/headers.ts';
import type { PublicAnswer } from './public-answer.ts';

/** What must not come from an upstream: the session cookie, which is ours to set, and our own words. */
export interface NotTheirs {
  readonly isOurCookie: (name: string) => boolean;
  /** Cookies that tell the app who is there: no browser is to have one. */
  readonly toldCookies: readonly string[];
  /** Puts addresses in headers as browsers find them; `null`: they pass as they are. */
  readonly publicAnswer: PublicAnswer | null;
  /** An upstream tried to set a cookie of ours; once for each that it tried. */
  readonly onForeignCookie: () => void;
  /** Which pages may have the answer in a frame, in the place of what the upstream says of that. */
  readonly ancestors?: string | undefined;
}

/**
 * The headers of an upstream's answer as the client is to get them: all as they were, repeated ones too, less those that
 * end at this hop.
 * @returns names and values in turns, as `writeHead` takes them
 */
export function answerHeaders(
  raw: readonly string[],
  { isOurCookie, toldCookies, publicAnswer, onForeignCookie, ancestors }: NotTheirs,
): string[] {
  const endsHere = hopByHop(raw);
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]];
    const lower = name.toLowerCase();
    if (endsHere(lower) || lower.startsWith('x-dashgate-')) continue;
    if (lower === 'set-cookie' && isOurCookie(nameOfSetCookie(value))) onForeignCookie();
    else if (lower !== 'set-cookie' || !setsSpelling(value, toldCookies))
      headers.push(name, publicAnswer?.(lower, value) ?? value);
  }
  return ancestors === undefined ? headers : framedBy(headers, ancestors);
}

/** The same for an answer whose headers somebody else writes on: in place. */
export function cleanAnswer(
  answer: IncomingMessage,
  { isOurCookie, toldCookies, publicAnswer, onForeignCookie }: NotTheirs,
): void {
  const { headers } = answer;
  for (const name of Object.keys(headers)) if (name.startsWith('x-dashgate-')) delete headers[name];
  if (publicAnswer) {
    for (const name of ['location', 'content-location', 'refresh']) {
      const value = headers[name];
      if (typeof value === 'string') headers[name] = publicAnswer(name, value);
    }
  }
  const cookies = headers['set-cookie']?.map((cookie) => publicAnswer?.('set-cookie', cookie) ?? cookie);
  if (!cookies) return;
  const theirs = cookies.filter((cookie) => !isOurCookie(nameOfSetCookie(cookie)));
  if (theirs.length < cookies.length) onForeignCookie();
  const kept = theirs.filter((cookie) => !setsSpelling(cookie, toldCookies));
  if (kept.length > 0) headers['set-cookie'] = kept;
  else delete headers['set-cookie'];
}

/** True of the body as it was, not as it becomes (RFC 9110 §8.8, §8.6). */
export const OF_THE_BODY: ReadonlySet<string> = new Set([
  ...['content-length', 'etag', 'last-modified', 'content-md5', 'digest', 'content-digest', 'repr-digest'],
  ...['accept-ranges', 'content-range', 'content-encoding'],
]);

/**
 * @param raw - names and values in turns
 * @param replaced - headers that are said anew, by lower-cased name
 * @param keeps - names that stay, lower-cased; `null`: all of them
 */
export function withoutHeaders(
  raw: readonly string[],
  names: ReadonlySet<string>,
  replaced: Readonly<Record<string, string>> = {},
  keeps: ReadonlySet<string> | null = null,
): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const [name = '', value = ''] = [raw[index], raw[index + 1]];
    const lower = name.toLowerCase();
    if (names.has(lower) || Object.hasOwn(replaced, lower) || (keeps && !keeps.has(lower))) continue;
    kept.push(name, value);
  }
  return kept;
}
