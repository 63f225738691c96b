import type { EncryptJWT, JWTDecryptOptions, JWTPayload } from 'jose';
import type { DerivedKey } from './key-ring.ts';
import { headerOf } from './open-compact.ts';

/**
 * Seals claims as a compact JWE (RFC 7516): `alg: dir` (RFC 7518 §4.5), `enc: A256GCM`, under the newest key of a purpose.
 * jose is loaded with the first of them: who only opens sessions does without.
 * @param claims - given the class of them
 * @param typ - what the header calls it, where it does
 */
export async function sealClaims(
  claims: (Jwt: typeof EncryptJWT) => EncryptJWT,
  keys: readonly DerivedKey[],
  typ?: string,
): Promise<string> {
  const jose = await import('jose');
  const [newest] = keys;
  if (!newest) throw new TypeError('the key ring is empty');
  const header = { ...headerOf(newest), ...(typ !== undefined && { typ }) };
  return claims(jose.EncryptJWT).setProtectedHeader(header).encrypt(newest.key);
}

/** Opens what {@link sealClaims} made. @returns `null` where no key of the ring sealed it, or the claims are not as asked for */
export async function openClaims(
  token: string,
  keys: readonly DerivedKey[],
  asked: JWTDecryptOptions,
): Promise<JWTPayload | null> {
  const { errors, jwtDecrypt } = await import('jose');
  const keyOf = (kid: string | undefined): DerivedKey['key'] => {
    const known = keys.find((key) => key.kid === kid);
    if (!known) throw new errors.JWKSNoMatchingKey();
    return known.key;
  };
  const accepted = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
  try {
    return (await jwtDecrypt(token, ({ kid }) => keyOf(kid), { ...asked, ...accepted })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
