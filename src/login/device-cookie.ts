import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { type Clock, nowSec } from '../lib/clock.ts';
import { LASTING_COOKIES } from '../session/cookie.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import { createLastingCookie } from './lasting-cookie.ts';

/**
 * Says that a user has signed in on this device before, so that strangers' guesses do not make them wait (OWASP, "device
 * cookies"). It is no credential: whoever has it still needs the password.
 */
export interface DeviceCookie {
  /** @returns what tells this device from others of the user, or `null` where the request has no cookie for this user */
  read(request: Request, user: string): string | null;
  write(response: Response, user: string, path: string, secure: boolean): void;
}

const COOKIE = createLastingCookie(LASTING_COOKIES.device);

export interface DeviceCookieOptions {
  /** Newest first; read anew each time, so that a reloaded ring counts at once. */
  readonly keys: () => readonly DerivedKey[];
  readonly clock: Clock;
}

export function createDeviceCookie({ keys, clock }: DeviceCookieOptions): DeviceCookie {
  // What is written has no ":" before the user name, so no two triples spell one text.
  const macOf = ({ key }: DerivedKey, issued: string, nonce: string, user: string): Buffer =>
    createHmac('sha256', key).update(`${issued}:${nonce}:${user}`).digest();

  return {
    read(request, user) {
      const [, issued = '', nonce = '', mac = ''] = SHAPE.exec(COOKIE.read(request)) ?? [];
      const ageSec = nowSec(clock) - Number(issued);
      if (nonce === '' || ageSec > COOKIE.lifetimeSec) return null;
      const given = Buffer.from(mac, 'base64url');
      const isOurs = keys().some((key) => timingSafeEqual(macOf(key, issued, nonce, user), given));
      return isOurs ? nonce : null;
    },
    write(response, user, path, secure) {
      const [newest] = keys();
      if (!newest) return;
      const issued = String(nowSec(clock));
      const nonce = randomBytes(12).toString('base64url');
      const value = `${issued}.${nonce}.${macOf(newest, issued, nonce, user).toString('base64url')}`;
      COOKIE.write(response, value, path, secure);
    },
  };
}

const SHAPE = /^(\d{1,12})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})$/;
