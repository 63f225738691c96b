import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import type { At } from './connected-apps.ts';
import type { Fields } from './parse-token.ts';
import { type Refusal, refuse } from './refusal.ts';

/** To the letter, whoever made the token. */
export const AUDIENCE = 'tableau';

/** The scopes that are for a frame in a host page; every other is for the REST API. */
const EMBEDDING = ['tableau:views:embed', 'tableau:views:embed_authoring', 'tableau:insights:embed'];

const LONGEST = 255;
const MOST_SCOPES = 100;

/** What claims have to say, of whomever they are. */
export interface CheckedClaims {
  readonly sub: string;
  readonly jti: string;
  /** `exp`, in whole seconds since the epoch. */
  readonly ends: number;
  readonly scopes: readonly string[];
}

type Rules = Pick<ConnectedAppConfig, 'scopes' | 'maxLifetimeSec' | 'leewaySec'>;

/** @returns what the first rule says that does not hold */
export function checkClaims(claims: Fields, rules: Rules, at: At, nowSec: number): CheckedClaims | Refusal {
  const { sub, jti, exp, scp } = claims;
  if (claims.aud !== AUDIENCE) return refuse('JWT_PARSE_ERROR', `aud is not "${AUDIENCE}"`);
  if (!isUserName(sub)) return refuse('JWT_PARSE_ERROR', 'sub is not the name of a user');
  if (typeof exp !== 'number') return refuse('JWT_PARSE_ERROR', 'exp is not a number');
  const late = timesProblem(claims, exp, rules, nowSec);
  if (late) return late;
  if (!isText(jti)) return refuse('JWT_PARSE_ERROR', 'jti is not a text');
  const scopes = scopesOf(scp, rules.scopes, at);
  return 'kind' in scopes ? scopes : { sub, jti, ends: Math.floor(exp), scopes };
}

function timesProblem(
  { iat, nbf }: Fields,
  exp: number,
  { maxLifetimeSec, leewaySec }: Rules,
  nowSec: number,
): Refusal | null {
  if (exp <= nowSec) return refuse('JWT_PARSE_ERROR', 'the token is over; look at the clock of the application');
  if (exp > nowSec + maxLifetimeSec)
    return refuse(
      'JWT_EXPIRATION_EXCEEDS_CONFIGURED_EXPIRATION_PERIOD',
      `exp is more than ${maxLifetimeSec} seconds ahead`,
    );
  for (const [name, value] of Object.entries({ iat, nbf })) {
    if (value === undefined) continue;
    if (typeof value !== 'number') return refuse('JWT_PARSE_ERROR', `${name} is not a number`);
    if (value > nowSec + leewaySec)
      return refuse('JWT_PARSE_ERROR', `${name} is in the future; look at the clock of the application`);
  }
  return null;
}

function scopesOf(scp: unknown, allowed: readonly string[], at: At): readonly string[] | Refusal {
  if (scp === undefined) return refuse('SCOPES_MISSING_IN_JWT', 'there is no scp');
  if (!Array.isArray(scp) || scp.length > MOST_SCOPES || !scp.every(isText))
    return refuse('SCOPES_MALFORMED', 'scp is not a list of scopes');
  const isFor = (scope: string): boolean => EMBEDDING.includes(scope) === (at === 'embed');
  const scopes = [...new Set<string>(scp)].filter((scope) => allowed.includes(scope) && isFor(scope)).sort();
  return scopes.length > 0
    ? scopes
    : refuse(
        'SCOPES_MISSING_IN_JWT',
        `scp has nothing that this connected app may do ${at === 'embed' ? 'in a frame' : 'here'}`,
      );
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST && !/[\p{Cc}\p{Cs}]/u.test(value);

/** What cannot be seen would make two names look like one. */
const isUserName = (value: unknown): value is string =>
  isText(value) && value.trim() === value && !/[\p{Cf}\p{Zl}\p{Zp}]/u.test(value);
