import { type CookieStyle, clearSessionCookie, writeSessionCookie } from './cookie.ts';

/** The session cookie as one configuration wants it. */
export interface SessionCookies {
  readonly name: string;
  /** Set-Cookie values that carry a session to an origin. */
  write(token: string, origin: string): string[];
  /** Set-Cookie values that remove whatever a Cookie header has of ours. */
  clear(header: string | undefined, origin: string): string[];
}

export const createSessionCookies = (style: CookieStyle): SessionCookies => ({
  name: style.name,
  write: (token, origin) => writeSessionCookie(token, style, origin),
  clear: (header, origin) => clearSessionCookie(header, style, origin),
});
