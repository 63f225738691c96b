import type { Request, Response } from 'express';
import { isMode, type Mode } from '../config/schema/credentials.ts';
import { LASTING_COOKIES } from '../session/cookie.ts';
import { createLastingCookie } from './lasting-cookie.ts';

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

const COOKIE = createLastingCookie(LASTING_COOKIES.user);
const LONGEST = 256;

/** `mode:name`, of which the name may hold anything; without a mode that is one, all of it is the name. */
export function rememberedUser(request: Request): Remembered {
  const value = COOKIE.read(request);
  const mode = value.slice(0, Math.max(0, value.indexOf(':')));
  const user = isMode(mode) ? value.slice(mode.length + 1) : value;
  return { user: user.length <= LONGEST ? user : '', mode: isMode(mode) ? mode : null };
}

export function rememberUser(
  response: Response,
  { user, mode }: { readonly user: string; readonly mode: Mode },
  path: string,
  secure: boolean,
): void {
  COOKIE.write(response, `${mode}:${user}`, path, secure);
}

export const forgetUser = COOKIE.clear;
