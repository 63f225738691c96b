import {
  type CryptoKey,
  decodeJwt,
  errors,
  type JWTHeaderParameters,
  type JWTPayload,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import type { TokenIssuerConfig } from '../../config/schema/config.ts';
import type { Person } from '../../directories/directory.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { createKeyedDigest } from '../../lib/keyed-digest.ts';
import { newest } from '../../lib/lru.ts';
import type { Session } from '../../session/session.ts';
import { createAskKeys } from './ask-keys.ts';
import { createIssuerKeys, type IssuerKeys } from './issuer-keys.ts';
import { personOf } from './person.ts';

/** Held in memory. */
const MOST = 10_000;

export type IssuedFinding =
  /** `session` stands for the token wherever something hangs on a session. */
  | { readonly kind: 'open'; readonly person: Person; readonly session: Session }
  | { readonly kind: 'no'; readonly reason: 'bad-token' | 'token-expired'; readonly sub: string };

/** Tokens that others issue (RFC 7519, RFC 9068), for one version of the configuration. */
export interface IssuedTokens {
  /** @throws ProviderUnavailable where the keys of its issuer are not known */
  find(text: string): Promise<IssuedFinding>;
}

export interface IssuedTokensOptions {
  readonly issuers: readonly TokenIssuerConfig[];
  /** Groups that the configuration knows by name. */
  readonly knownGroups: ReadonlySet<string>;
  readonly clock: Clock;
}

/** Nothing that is longer is taken apart. */
const LONGEST = 8192;
/** A key that its issuer has taken back is of use no longer than this, and as long as keys are kept. */
const REMEMBERED_MS = 300_000;

interface Issuer {
  readonly config: TokenIssuerConfig;
  readonly keys: IssuerKeys;
}

interface Verified {
  readonly person: Person;
  readonly session: Session;
  /** Seconds since the epoch. */
  readonly notBeforeSec: number;
  readonly untilMs: number;
}

const BAD: Extract<IssuedFinding, { kind: 'no' }> = { kind: 'no', reason: 'bad-token', sub: '' };

export function createIssuedTokens({ issuers, knownGroups, clock }: IssuedTokensOptions): IssuedTokens {
  const byName = new Map(
    issuers.map((config): [string, Issuer] => {
      const { id, issuer, keysGraceMs: graceMs } = config;
      return [issuer, { config, keys: createIssuerKeys({ id, ask: createAskKeys(config), graceMs, clock }) }];
    }),
  );
  const digest = createKeyedDigest();
  // By all of the token, so that no other shares its entry; a digest, so that memory holds no token. Its times are judged each time.
  const verified = newest<Verified>(MOST);

  const judged = ({ person, session, notBeforeSec }: Verified): IssuedFinding => {
    const now = nowSec(clock);
    if (session.endsSec <= now) return { kind: 'no', reason: 'token-expired', sub: session.sub };
    return notBeforeSec > now ? { ...BAD, sub: session.sub } : { kind: 'open', person, session };
  };

  const verify = async (text: string, key: string): Promise<IssuedFinding> => {
    const issuer = issuerOf(text, byName);
    if (!issuer) return BAD;
    const { config } = issuer;
    const claims = await verifiedClaims(text, issuer, clock);
    if (claims === 'expired') return { kind: 'no', reason: 'token-expired', sub: '' };
    const vouched = claims && personOf(claims, config, knownGroups);
    if (!claims || !vouched) return BAD;
    const { exp = 0, nbf = 0, iat = 0 } = claims;
    const { person, amr, acr, authTimeSec } = vouched;
    const session: Session = {
      ...{ sub: person.sub, name: '', email: '', groups: [], allowedResources: [], amr, authTimeSec },
      ...(acr !== null && { acr }),
      ...{ beganSec: iat, jti: `jwt-${Buffer.from(key, 'binary').toString('base64url')}`, writtenSec: iat },
      ...{ endsSec: Math.floor(exp) + config.leewaySec, token: 'issued' },
    };
    const entry = { person, session, notBeforeSec: nbf - config.leewaySec, untilMs: clock.nowMs() + REMEMBERED_MS };
    verified.set(key, entry);
    return judged(entry);
  };

  return {
    async find(text) {
      if (byName.size === 0 || text.length > LONGEST) return BAD;
      const key = digest(text);
      const known = verified.get(key);
      if (known && clock.nowMs() < known.untilMs && clock.nowMs() > known.untilMs - 2 * REMEMBERED_MS)
        return judged(known);
      return verify(text, key);
    },
  };
}

/** The one that it says it is of; nothing of that is believed before its signature was looked at. */
function issuerOf(text: string, byName: ReadonlyMap<string, Issuer>): Issuer | null {
  try {
    return byName.get(decodeJwt(text).iss ?? '') ?? null;
  } catch {
    return null;
  }
}

/** @returns `null` where the token does not hold. Throws ProviderUnavailable. */
async function verifiedClaims(
  text: string,
  { config, keys }: Issuer,
  clock: Clock,
): Promise<JWTPayload | 'expired' | null> {
  const asked = {
    issuer: config.issuer,
    audience: [...config.audience],
    algorithms: [...config.algorithms],
    requiredClaims: ['exp', 'iat', 'sub'],
    clockTolerance: config.leewaySec,
    currentDate: new Date(clock.nowMs()),
  };
  try {
    let result: JWTVerifyResult | null = null;
    let others: readonly CryptoKey[] = [];
    try {
      result = await jwtVerify(
        text,
        async (header: JWTHeaderParameters) => {
          const [first, ...more] = await keys.find(header);
          if (!first) throw new errors.JWKSNoMatchingKey();
          others = more;
          return first;
        },
        asked,
      );
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      for (const key of others) result ??= await jwtVerify(text, key, asked).catch(onlyBySignature);
    }
    return result && isTaken(result, config) ? result.payload : null;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return 'expired';
    if (error instanceof errors.JOSEError || error instanceof TypeError) return null;
    throw error;
  }
}

function onlyBySignature(error: unknown): null {
  if (error instanceof errors.JWSSignatureVerificationFailed) return null;
  throw error;
}

/** A token of another kind, or one that only its holder's key makes good (`cnf`, RFC 7800), is none that whoever bears it may use. */
function isTaken({ payload, protectedHeader }: JWTVerifyResult, { type, leewaySec }: TokenIssuerConfig): boolean {
  const given = protectedHeader.typ?.toLowerCase().replace(/^application\//, '');
  const isOfType = given === 'at+jwt' || (type === 'any' && (given === undefined || given === 'jwt'));
  const { cnf, exp = 0, iat = 0 } = payload;
  return isOfType && cnf === undefined && Number.isFinite(exp) && iat <= exp + leewaySec;
}
