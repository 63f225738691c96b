import { type CookieStyle, clearSessionCookie, replaceSessionCookie, writeSessionCookie } from './cookie.ts';

/** The session cookie as one configuration wants it. */
export interface SessionCookies {
  readonly name: string;
  /** Set-Cookie values that carry a session to an origin. @param keepSec - beyond the browser's own session, in seconds */
  write(token: string, origin: string, keepSec?: number): string[];
  /** The same, and nothing stays beside it of what a Cookie header has of ours. */
  replace(header: string | undefined, token: string, origin: string, keepSec?: number): string[];
  /** Set-Cookie values that remove whatever a Cookie header has of ours. */
  clear(header: string | undefined, origin: string): string[];
}

export const createSessionCookies = (style: CookieStyle): SessionCookies => ({
  name: style.name,
  write: (token, origin, keepSec) => writeSessionCookie(token, style, origin, keepSec),
  replace: (header, token, origin, keepSec) => replaceSessionCookie(header, token, style, origin, keepSec),
  clear: (header, origin) => clearSessionCookie(header, style, origin),
});
