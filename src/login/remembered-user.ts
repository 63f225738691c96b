import type { Request, Response } from 'express';

/** The name typed at the last sign-in, so that it need not be typed again. It proves nothing, and no dashboard gets it. */
const NAME = 'dashgate-user';
const HALF_A_YEAR_MS = 182 * 24 * 60 * 60 * 1000;

/** @returns the name, or empty */
export function rememberedUser(request: Request): string {
  const cookies: unknown = request.cookies;
  if (typeof cookies !== 'object' || cookies === null) return '';
  const value: unknown = Reflect.get(cookies, NAME);
  return typeof value === 'string' && value.length <= 256 ? value : '';
}

export function rememberUser(response: Response, user: string, path: string, secure: boolean): void {
  response.cookie(NAME, user, { path, secure, httpOnly: true, sameSite: 'lax', maxAge: HALF_A_YEAR_MS });
}
