import type { App } from '../access/app.ts';
import { withoutCookies, withoutSpellings } from '../lib/cookie-header.ts';
import { isReservedCookie } from '../lib/headers.ts';

/**
 * A client's Cookie header as the app may see it: without our session, and without what would tell the app who somebody is.
 * @param isOurCookie - whether a cookie of that name is a session of ours, or a chunk of one
 * @returns the empty string where nothing is left
 */
export function clientCookies(app: App, header: string, isOurCookie: (name: string) => boolean): string {
  const left = withoutCookies(header, (name) => isOurCookie(name) || isReservedCookie(app.kind, name));
  return withoutSpellings(left, app.toldCookies);
}

/** Ours come first: of two cookies of one name most servers take the first. */
export const joinCookies = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('; ');
