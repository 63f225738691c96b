import type { Request, Response } from 'express';
import { isMode, type Mode } from '../config/schema/credentials.ts';

/**
 * How somebody signed in at the last time, so that it need not be typed again when a session has come to its end; who signs out
 * is forgotten. It proves nothing, and no dashboard gets it.
 */
export interface Remembered {
  /** Empty where the mode has no user name. */
  readonly user: string;
  /** `null`: not known. */
  readonly mode: Mode | null;
}

const NAME = 'dashgate-user';
const HALF_A_YEAR_MS = 182 * 24 * 60 * 60 * 1000;
const LONGEST = 256;

/** `mode:name`, of which the name may hold anything; without a mode that is one, all of it is the name. */
export function rememberedUser(request: Request): Remembered {
  const cookies: unknown = request.cookies;
  if (typeof cookies !== 'object' || cookies === null) return NOTHING;
  const value: unknown = Reflect.get(cookies, NAME);
  if (typeof value !== 'string') return NOTHING;
  const mode = value.slice(0, Math.max(0, value.indexOf(':')));
  const user = isMode(mode) ? value.slice(mode.length + 1) : value;
  return { user: user.length <= LONGEST ? user : '', mode: isMode(mode) ? mode : null };
}

const NOTHING: Remembered = { user: '', mode: null };

export function rememberUser(
  response: Response,
  { user, mode }: { readonly user: string; readonly mode: Mode },
  path: string,
  secure: boolean,
): void {
  response.cookie(NAME, `${mode}:${user}`, { path, secure, httpOnly: true, sameSite: 'lax', maxAge: HALF_A_YEAR_MS });
}

export function forgetUser(response: Response, path: string, secure: boolean): void {
  response.clearCookie(NAME, { path, secure, httpOnly: true, sameSite: 'lax' });
}
