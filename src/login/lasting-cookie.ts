import type { CookieOptions, Request, Response } from 'express';

const HALF_A_YEAR_SEC = 182 * 24 * 60 * 60;

/** A cookie of the login page that outlives sessions: it goes to no dashboard, and is out of reach of scripts. */
export interface LastingCookie {
  /** @returns `''` where the request has none, as of one that came as something else than text */
  read(request: Request): string;
  write(response: Response, value: string, path: string, secure: boolean): void;
  clear(response: Response, path: string, secure: boolean): void;
  readonly lifetimeSec: number;
}

export function createLastingCookie(name: string): LastingCookie {
  const options = (path: string, secure: boolean): CookieOptions => ({ path, secure, httpOnly: true, sameSite: 'lax' });
  return {
    read(request) {
      const cookies: unknown = request.cookies;
      if (typeof cookies !== 'object' || cookies === null) return '';
      const value: unknown = Reflect.get(cookies, name);
      return typeof value === 'string' ? value : '';
    },
    write: (response, value, path, secure) =>
      void response.cookie(name, value, { ...options(path, secure), maxAge: HALF_A_YEAR_SEC * 1000 }),
    clear: (response, path, secure) => void response.clearCookie(name, options(path, secure)),
    lifetimeSec: HALF_A_YEAR_SEC,
  };
}
