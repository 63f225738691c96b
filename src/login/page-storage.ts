import { createHash } from 'node:crypto';
import type { Request } from 'express';
import { LASTING_COOKIES } from '../session/cookie.ts';
import type { Arrived, Desk } from './desk.ts';
import { createLastingCookie } from './lasting-cookie.ts';

/**
 * Says whose the things are that pages have stored in this browser: a digest of the subject. Out of reach of pages, and worth
 * nothing: who alters it has their own things thrown away, or keeps them for whoever comes next.
 */
const COOKIE = createLastingCookie(LASTING_COOKIES.storage);

type Apps = Pick<Desk, 'apps' | 'own'>;

/**
 * What pages of an app with sections have stored is one user's: whoever signs in after another finds nothing of it. For the same
 * user it stays, however the session before came to its end.
 */
export function keepStorageApart(desk: Apps, sub: string, request: Request, response: Arrived): void {
  if (!isSeparate(desk, response)) return;
  const mark = createHash('sha256').update(sub).digest('base64url');
  if (COOKIE.read(request) !== mark) empty(response);
  COOKIE.write(response, mark, desk.own.prefix, isHttps(response));
}

/** Who signs out leaves nothing behind. */
export function emptyStorage(desk: Apps, response: Arrived): void {
  if (!isSeparate(desk, response)) return;
  empty(response);
  COOKIE.clear(response, desk.own.prefix, isHttps(response));
}

const isSeparate = ({ apps }: Apps, { locals }: Arrived): boolean =>
  apps.some(({ sections, originAt }) => sections !== null && originAt(new URL(locals.arrival.origin).host) !== null);

/** W3C Clear Site Data §3.1; for the whole origin, as a browser knows no smaller part. Not the cookies: those are more than one app's. */
const empty = (response: Arrived): void => void response.set('Clear-Site-Data', '"storage"');

const isHttps = ({ locals }: Arrived): boolean => locals.arrival.origin.startsWith('https:');
