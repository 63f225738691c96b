import type { AppConfig } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import { readSecretLine } from '../lib/secret-line.ts';
import { claimsOf } from './app-claims.ts';
import { type AdapterOptions, type IdentityAdapter, LIFE_SEC } from './identity-adapter.ts';
import { reuseTokens } from './reused-token.ts';
import { saySame, WHENEVER } from './same-claims.ts';
import { watchSecret } from './watched-secret.ts';

export type SignedCookieConfig = NonNullable<AppConfig['signedCookie']>;

/** As long as the hash (RFC 7518 §3.2). */
const LEAST_BYTES = 32;
/** What the dashboards of 2019 were signed with. */
const LEAST_LEGACY_BYTES = 30;

/**
 * A cookie for an app that reads its users' sections itself: a JWT under a secret of that app, HS256 (RFC 7518 §3.2).
 * @throws ConfigInvalid where the secret cannot be used
 */
export function openSignedCookie(config: SignedCookieConfig, { app, clock, log }: AdapterOptions): IdentityAdapter {
  const { name } = app;
  let token: IdentityAdapter['token'] = () => Promise.reject(new TypeError('the secret has not been read'));
  let isAlike: IdentityAdapter['isAlike'] = async () => false;
  const close = watchSecret(config.secretFile, { what: 'secret of signed_cookie', app: name, log }, () => {
    const { secret, warning } = readCookieSecret(config);
    if (warning) log.warn(warning);
    token = reuseTokens(
      ({ user, allowedResources }) => [user, ...allowedResources],
      async (identity, nowSec) => {
        const { SignJWT } = await import('jose');
        return new SignJWT({ ...claimsOf(identity, name, nowSec + LIFE_SEC) })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .sign(secret);
      },
      clock,
    );
    isAlike = async (before, now) => {
      const { jwtVerify, decodeJwt } = await import('jose');
      const verified = await jwtVerify(before, secret, { algorithms: ['HS256'], currentDate: WHENEVER }).catch(
        () => null,
      );
      return verified !== null && saySame(verified.payload, decodeJwt(now));
    };
  });
  return { token: (identity) => token(identity), isAlike: (before, now) => isAlike(before, now), close };
}

/** The secret as the app has it: the bytes of a text. Throws ConfigInvalid; no message repeats it. */
export function readCookieSecret({ secretFile, isLegacy }: SignedCookieConfig): {
  secret: Uint8Array;
  warning: string | null;
} {
  const { text, warning } = readSecretLine(secretFile, { what: 'secret file', held: 'secret' });
  const secret = new TextEncoder().encode(text);
  if (secret.length >= (isLegacy ? LEAST_LEGACY_BYTES : LEAST_BYTES)) return { secret, warning };
  const way =
    isLegacy || secret.length < LEAST_LEGACY_BYTES
      ? 'give the app and this file a longer one, as "dashgate secret" prints it'
      : 'give the app and this file a longer one, as "dashgate secret" prints it, or write legacy_secret: true';
  throw new ConfigInvalid(`${secretFile}: has a secret of ${secret.length} bytes, too short for HS256; ${way}`);
}
