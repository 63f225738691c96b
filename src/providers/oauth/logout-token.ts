import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { sidOf, subjectOf } from '../claims.ts';
import type { LogoutFinding } from '../provider.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** Beyond it nothing is parsed. */
const LONGEST = 8192;
/** A token that lives longer than this would have to be remembered for as long (§2.4 asks for two minutes at most). */
const OLDEST_SEC = 600;
const SKEW_SEC = 30;

export interface LogoutTokenOptions {
  /** The provider's id. */
  readonly id: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly keys: JWTVerifyGetKey;
  readonly algorithms: readonly string[];
  readonly nowSec: number;
}

/**
 * Verifies a logout token by OpenID Connect Back-Channel Logout 1.0 §2.6; whether it came before is for the caller to see.
 * @throws ProviderUnavailable where the keys cannot be had
 */
export async function readLogoutToken(token: string, options: LogoutTokenOptions): Promise<LogoutFinding> {
  const { id, issuer, clientId, keys, algorithms, nowSec } = options;
  const refused = (detail: string): LogoutFinding => ({ kind: 'refused', detail });
  if (token.length > LONGEST) return refused('the token is too long');
  let claims: JWTPayload;
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: [...algorithms],
      requiredClaims: ['iat', 'exp', 'jti'],
      clockTolerance: SKEW_SEC,
      currentDate: new Date(nowSec * 1000),
    });
    // Explicit typing is recommended, not asked for (§2.4): where a type is given, it has to be this one.
    const type = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
    if (type !== undefined && type !== 'logout+jwt' && type !== 'jwt') return refused('the token is of another type');
    claims = payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return refused(error.message);
    throw error;
  }
  const { iat = 0, exp = 0, jti, sub, sid, events, nonce } = claims;
  if (nonce !== undefined) return refused('the token has a nonce, as an ID token has');
  if (!isLogoutEvent(events)) return refused('the token has no logout event');
  if (iat > nowSec + SKEW_SEC || exp - nowSec > OLDEST_SEC)
    return refused('the token is of the future, or lives too long');
  if (typeof jti !== 'string' || jti === '' || jti.length > 255) return refused('the jti cannot be one');
  const subject = sub === undefined ? null : subjectOf(id, sub);
  const session = sid === undefined ? null : sidOf(issuer, sid);
  if ((sub !== undefined && subject === null) || (sid !== undefined && session === null))
    return refused('sub or sid cannot be one');
  if (subject === null && session === null) return refused('the token has neither sub nor sid');
  return { kind: 'end', sub: subject, sid: session, tokenId: jti, expiresAtSec: exp + SKEW_SEC };
}

function isLogoutEvent(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event: unknown = Reflect.get(events, EVENT);
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}
