import type { AppConfig } from '../config/schema/config.ts';
import { loadKeyRing } from '../session/key-ring.ts';
import { claimsOf } from './app-claims.ts';
import { type AdapterOptions, type IdentityAdapter, LIFE_SEC } from './identity-adapter.ts';
import { reuseTokens } from './reused-token.ts';
import { saySame, WHENEVER } from './same-claims.ts';
import { watchSecret } from './watched-secret.ts';

/**
 * The same for an app that wants it encrypted: a compact JWE (RFC 7516), `alg: dir`, `enc: A256GCM`, under the first key of a file
 * of 32-byte keys, base64url.
 * @throws ConfigInvalid where no key can be used
 */
export function openEncryptedCookie(
  { secretFile }: NonNullable<AppConfig['encryptedCookie']>,
  { app, clock, log }: AdapterOptions,
): IdentityAdapter {
  const { name } = app;
  let token: IdentityAdapter['token'] = () => Promise.reject(new TypeError('the key has not been read'));
  let isAlike: IdentityAdapter['isAlike'] = async () => false;
  const close = watchSecret(secretFile, { what: 'key of encrypted_cookie', app: name, log }, () => {
    const { keys, warnings } = loadKeyRing(secretFile);
    for (const line of warnings) log.warn(line);
    const [newest] = keys;
    token = reuseTokens(
      ({ user, allowedResources }) => [user, ...allowedResources],
      async (identity, nowSec) => {
        const { EncryptJWT } = await import('jose');
        return new EncryptJWT({ ...claimsOf(identity, name, nowSec + LIFE_SEC) })
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'JWT' })
          .encrypt(newest);
      },
      clock,
    );
    isAlike = async (before, now) => {
      const { jwtDecrypt } = await import('jose');
      const how = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'], currentDate: WHENEVER };
      const [was, is] = await Promise.all([before, now].map((each) => jwtDecrypt(each, newest, how).catch(() => null)));
      return !!was && !!is && saySame(was.payload, is.payload);
    };
  });
  return { token: (identity) => token(identity), isAlike: (before, now) => isAlike(before, now), close };
}
