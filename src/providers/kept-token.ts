import type { DerivedKey } from '../session/key-ring.ts';
import { openClaims, sealClaims } from '../session/sealed-claims.ts';
import type { Tokens, Told } from './provider.ts';

/** What is kept for one session to ask its provider by. */
export interface KeptToken {
  readonly jti: string;
  readonly sub: string;
  readonly issuer: string;
  /** The absolute end of the session, in seconds since the epoch. */
  readonly endsSec: number;
  readonly tokens: Tokens;
  /** What the provider said when it was asked last. */
  readonly told: Told;
  /** When that was, by the clock. */
  readonly checkedMs: number;
}

const AUDIENCE = 'refresh';

/** Seals it for this purpose alone. @param keys - newest first */
export function sealToken({ jti, sub, endsSec, ...rest }: KeptToken, keys: readonly DerivedKey[]): Promise<string> {
  return sealClaims(
    (Jwt) => new Jwt({ ...rest }).setAudience(AUDIENCE).setJti(jti).setSubject(sub).setExpirationTime(endsSec),
    keys,
  );
}

/** @returns `null` where no key of the ring sealed it, or it is another session's */
export async function openToken(text: string, jti: string, keys: readonly DerivedKey[]): Promise<KeptToken | null> {
  const claims = await openClaims(text, keys, {
    audience: AUDIENCE,
    // The session judges its own end.
    currentDate: new Date(0),
    requiredClaims: ['jti', 'sub', 'exp'],
  });
  if (claims?.jti !== jti) return null;
  const { sub = '', exp = 0, issuer, tokens, told, checkedMs } = claims;
  if (typeof issuer !== 'string' || !isTokens(tokens)) return null;
  if (!isTold(told) || typeof checkedMs !== 'number') return null;
  return { jti, sub, issuer, endsSec: exp, tokens, told, checkedMs };
}

function isTokens(value: unknown): value is Tokens {
  if (typeof value !== 'object' || value === null) return false;
  const of = new Map<string, unknown>(Object.entries(value));
  const isOne = (name: string, type: string): boolean => of.get(name) === null || typeof of.get(name) === type;
  return (
    ['accessToken', 'refreshToken', 'idToken'].every((name) => isOne(name, 'string')) &&
    isOne('accessEndsSec', 'number')
  );
}

/** The seal says that we wrote it; another version may have. */
function isTold(value: unknown): value is Told {
  if (typeof value !== 'object' || value === null) return false;
  const of = new Map<string, unknown>(Object.entries(value));
  const isTexts = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string');
  return (
    ['name', 'email'].every((name) => typeof of.get(name) === 'string') &&
    ['groups', 'allowedResources'].every((name) => isTexts(of.get(name))) &&
    (of.get('user') === null || typeof of.get('user') === 'string')
  );
}
