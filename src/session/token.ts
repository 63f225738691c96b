import type { DerivedKey } from './key-ring.ts';
import { openCompact } from './open-compact.ts';
import { sealClaims } from './sealed-claims.ts';
import type { ActingAs, Session } from './session.ts';

/** More than the chunks of a cookie can carry: no key is tried on it. */
const LONGEST = 20 * 1024;

/**
 * Seals a session as a compact JWE (RFC 7516): `alg: dir` (RFC 7518 §4.5), `enc: A256GCM`, under the newest key.
 * @param issuer - `server.public_url`, checked when the cookie comes back
 */
export function seal(session: Session, issuer: string, keys: readonly DerivedKey[]): Promise<string> {
  const { sub, jti, iat, exp, ...claims } = claimsOf(session);
  return sealClaims(
    (Jwt) => new Jwt(claims).setIssuer(issuer).setSubject(sub).setJti(jti).setIssuedAt(iat).setExpirationTime(exp),
    keys,
  );
}

/**
 * Opens what {@link seal} made; the end of the session is for the caller to judge, each time anew.
 * @returns `null` if no key of the ring sealed it, or if it is not a session of this issuer
 */
export function open(token: string, issuer: string, keys: readonly DerivedKey[]): Session | null {
  if (token.length > LONGEST) return null;
  const opened = openCompact(token, keys);
  const claims = opened && claimsIn(opened);
  return claims && claims.iss === issuer ? sessionOf(claims) : null;
}

/** @returns `null` for what is no JWT claims set (RFC 7519 §7.2) */
function claimsIn(opened: Buffer): Record<string, unknown> | null {
  try {
    const claims: unknown = JSON.parse(opened.toString());
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? { ...claims } : null;
  } catch {
    return null;
  }
}

/** A session under its names on the wire; {@link sessionOf} reads them back. */
export const claimsOf = (session: Session) => ({
  sub: session.sub,
  jti: session.jti,
  iat: session.writtenSec,
  exp: session.endsSec,
  name: session.name,
  email: session.email,
  groups: session.groups,
  allowed_resources: session.allowedResources,
  amr: session.amr,
  acr: session.acr,
  auth_time: session.authTimeSec,
  began: session.beganSec,
  remembered: session.isRemembered,
  host: session.host,
  provider: session.provider,
  acting_as: session.actingAs && {
    sub: session.actingAs.sub,
    jti: session.actingAs.own.jti,
    iat: session.actingAs.own.writtenSec,
    exp: session.actingAs.own.endsSec,
    remembered: session.actingAs.own.isRemembered,
  },
  embed: session.embed,
});

/** @returns `null` where these are the claims of no session */
export function sessionOf(claims: Record<string, unknown>): Session | null {
  const { sub, jti, iat, exp, auth_time } = claims;
  if (typeof sub !== 'string' || typeof jti !== 'string') return null;
  const actingAs = actingAsOf(claims.acting_as);
  if (actingAs === null) return null;
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof auth_time !== 'number') return null;
  return {
    sub,
    name: text(claims.name),
    email: text(claims.email),
    groups: texts(claims.groups),
    allowedResources: texts(claims.allowed_resources),
    amr: texts(claims.amr),
    ...(typeof claims.acr === 'string' && { acr: claims.acr }),
    authTimeSec: auth_time,
    ...(typeof claims.began === 'number' && { beganSec: claims.began }),
    jti,
    writtenSec: iat,
    endsSec: exp,
    ...(claims.remembered === true && { isRemembered: true as const }),
    ...(typeof claims.host === 'string' && { host: claims.host }),
    ...providerOf(claims.provider),
    ...(actingAs && { actingAs }),
    ...embedOf(claims.embed),
  };
}

/** `null`: what is only half there leaves no session of its owner's own by mistake. */
function actingAsOf(claim: unknown): ActingAs | undefined | null {
  if (claim === undefined) return undefined;
  if (typeof claim !== 'object' || claim === null) return null;
  const { sub, jti, iat, exp, remembered }: Record<string, unknown> = { ...claim };
  if (typeof sub !== 'string' || typeof jti !== 'string') return null;
  if (typeof iat !== 'number' || typeof exp !== 'number') return null;
  return { sub, own: { jti, writtenSec: iat, endsSec: exp, ...(remembered === true && { isRemembered: true }) } };
}

function providerOf(claim: unknown): Pick<Session, 'provider'> {
  if (typeof claim !== 'object' || claim === null || !('issuer' in claim) || typeof claim.issuer !== 'string')
    return {};
  const { issuer } = claim;
  const textIn = (name: string): string | null => text(Reflect.get(claim, name)) || null;
  return {
    provider: {
      ...{ issuer, sid: textIn('sid'), user: textIn('user') },
      ...(Reflect.get(claim, 'isRechecked') === true && { isRechecked: true as const }),
    },
  };
}

function embedOf(claim: unknown): Pick<Session, 'embed'> {
  if (typeof claim !== 'object' || claim === null) return {};
  const { client, shown, scopes, page }: Record<string, unknown> = { ...claim };
  if (typeof client !== 'string' || typeof page !== 'string') return {};
  return { embed: { client, shown: text(shown) || null, scopes: texts(scopes), page } };
}

const text = (claim: unknown): string => (typeof claim === 'string' ? claim : '');
const texts = (claim: unknown): string[] =>
  Array.isArray(claim) ? claim.filter((item) => typeof item === 'string') : [];
