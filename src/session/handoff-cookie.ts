import { randomBytes } from 'node:crypto';
import { type Cookie, cookiesIn } from '../lib/cookie-header.ts';
import { EMBED_COOKIE, isSessionCookie, LASTING_COOKIES, PENDING_COOKIE } from './cookie.ts';
import { digestOf } from './handoff-codes.ts';

/**
 * What a browser keeps at the host of an app while its session is fetched: nonces, each under a name of its own, so that pages
 * opened at once do not take them from each other; and for a moment after that, which session it was given.
 */
const NAME = 'dashgate-handoff';
const NAMES = [`__Host-${NAME}.`, `${NAME}.`];

/** As long as redirects may take, by far. */
const NONCE_KEPT_SEC = 300;
/** A browser that comes back sooner for the same session has not kept it. */
const DONE_KEPT_SEC = 30;
/** More are never waiting at once, unless somebody else makes them. */
const MOST_NONCES = 8;
/** Each is a line of the answer. */
const MOST_REMOVED = 12;

const OTHERS = [`__Host-${PENDING_COOKIE}`, PENDING_COOKIE, EMBED_COOKIE];

const LASTING: ReadonlySet<string> = new Set(Object.values(LASTING_COOKIES));

/**
 * Whether a cookie is one of these, the session, a frame's, a sign-in that is under way elsewhere, or the login page's: none of them is
 * a dashboard's to read or write.
 */
export const isOurCookie = (sessionName: string): ((name: string) => boolean) => {
  const isSession = isSessionCookie(sessionName);
  return (name) =>
    isSession(name) || LASTING.has(name) || [...NAMES, ...OTHERS].some((start) => name.startsWith(start));
};

/** Leaves for the sign-in: a nonce that the browser has already, or a new one. @returns its digest, and what keeps it */
export function beginHandoff(header: string | undefined, origin: string): { digest: string; setCookies: string[] } {
  const waiting = noncesIn(header, origin);
  const nonce = waiting.find(([, value]) => value !== null)?.[1] ?? randomBytes(16).toString('base64url');
  const digest = digestOf(nonce);
  const kept = nameFor(digest, origin);
  const surplus = waiting.slice(MOST_NONCES, MOST_NONCES + MOST_REMOVED).filter(([name]) => name !== kept);
  return {
    digest,
    setCookies: [...surplus.map(([name]) => line(name, '', 0, origin)), line(kept, nonce, NONCE_KEPT_SEC, origin)],
  };
}

/** Whether this browser left from here with a nonce of that digest. */
export const hasBegun = (header: string | undefined, digest: string, origin: string): boolean =>
  noncesIn(header, origin).some(
    ([name, nonce]) => nonce !== null && name === nameFor(digest, origin) && digestOf(nonce) === digest,
  );

/** Whether this browser was given that session here a moment ago. */
export const hasJustDone = (header: string | undefined, jti: string, origin: string): boolean =>
  ownIn(header, origin).some(({ name, value }) => name === doneName(origin) && value === markOf(jti));

/** Arrived: no nonce stays. @param jti - of the session that it was given; `null`: none */
export const endHandoff = (header: string | undefined, jti: string | null, origin: string): string[] => [
  ...noncesIn(header, origin)
    .slice(0, MOST_NONCES)
    .map(([name]) => line(name, '', 0, origin)),
  line(doneName(origin), jti === null ? '' : markOf(jti), jti === null ? 0 : DONE_KEPT_SEC, origin),
];

const isHttps = (origin: string): boolean => origin.startsWith('https:');
const baseOf = (origin: string): string => `${isHttps(origin) ? '__Host-' : ''}${NAME}.`;
const nameFor = (digest: string, origin: string): string => baseOf(origin) + digest.slice(0, 8);
const doneName = (origin: string): string => `${baseOf(origin)}done`;
const markOf = (jti: string): string => digestOf(jti).slice(0, 16);

/** Names of nonces that a header has, each with its value; `null` where it is none of ours, or there are two of the name. */
function noncesIn(header: string | undefined, origin: string): (readonly [name: string, nonce: string | null])[] {
  const found = new Map<string, string | null>();
  for (const { name, value } of ownIn(header, origin)) {
    if (name === doneName(origin)) continue;
    const isOurs = /^[\w-]{22}$/.test(value) && nameFor(digestOf(value), origin) === name;
    found.set(name, isOurs && !found.has(name) ? value : null);
  }
  return [...found];
}

const ownIn = (header: string | undefined, origin: string): Cookie[] =>
  [...cookiesIn(header)].filter(({ name }) => name.startsWith(baseOf(origin)));

const line = (name: string, value: string, keptSec: number, origin: string): string =>
  `${name}=${value}; Max-Age=${keptSec}; Path=/; HttpOnly; SameSite=Lax${isHttps(origin) ? '; Secure' : ''}`;
