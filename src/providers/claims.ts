import { createHash } from 'node:crypto';
import type { ProviderConfig } from '../config/schema/config.ts';
import { faultOfUser } from '../directories/user-name.ts';
import { ALL, parseGrant } from '../lib/grant.ts';
import { isMark } from '../lib/provider-mark.ts';
import { isEmail } from './admit.ts';
import type { Told, Vouched } from './provider.ts';
import { isMet, ruleMark } from './rules.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** So many bytes of each list: a session has to fit into a code too, by which it goes to another host. */
const MOST_GROUPS = 1200;
const MOST_RESOURCES = 600;
const LONGEST_NAME = 200;
/** OpenID Connect Core §2: at most 255 ASCII characters; what cannot be seen would make two look like one. */
const SUBJECT = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** Claims of our own, which no provider can write: marks (lib/provider-mark.ts) of where somebody is from. */
export const MARKS = Symbol('marks');
export type MarkedClaims = Claims & { readonly [MARKS]?: readonly string[] };

/** Whose claims they are, and what of them counts. */
export type ClaimRules = Pick<
  ProviderConfig,
  'id' | 'issuer' | 'userClaim' | 'groupsClaim' | 'groupNames' | 'resourcesClaim' | 'allowsAll' | 'rules'
>;

export interface ReadClaims {
  readonly config: ClaimRules;
  /** Groups that the configuration knows by name: these are kept before all others where there is no room for all. */
  readonly knownGroups: ReadonlySet<string>;
}

/** The `sub` of somebody whom a provider vouches for; `null` where what it says can be nobody's. */
export const subjectOf = (id: string, subject: unknown): string | null =>
  typeof subject === 'string' && SUBJECT.test(subject) ? `${id}:${subject}` : null;

/** What names a provider's own session among ended ones: of one length, and readable by nobody. */
export const sidOf = (issuer: string, sid: unknown): string | null =>
  typeof sid === 'string' && sid !== '' && sid.length <= 1000
    ? createHash('sha256')
        .update(JSON.stringify([issuer, sid]))
        .digest('base64url')
    : null;

/** @returns `null` where the claims name no subject; `user` is `''` where the claim for it can be no user name */
export function readClaims(claims: MarkedClaims, { config, knownGroups }: ReadClaims): Vouched | null {
  const sub = subjectOf(config.id, claims.sub);
  if (sub === null) return null;
  const email = emailOf(claims);
  const { userClaim, groupsClaim, resourcesClaim } = config;
  const amr = textsOf(claims.amr).slice(0, 10);
  return {
    sub,
    name: oneLine(claims.name) || oneLine(claims.preferred_username) || email || sub,
    email,
    user: userClaim === null ? null : userName(userClaim === 'email' ? email : claimAt(claims, userClaim)),
    groups: [
      ...(claims[MARKS] ?? []),
      ...config.rules.filter((rule) => isMet(rule, textsOf(claimAt(claims, rule.claim)))).map(ruleMark),
      ...(groupsClaim === null ? [] : groupsOf(textsOf(claimAt(claims, groupsClaim)), config, knownGroups)),
    ],
    allowedResources:
      resourcesClaim === null ? [] : grantsOf(textsOf(claimAt(claims, resourcesClaim)), config.allowsAll),
    // Somebody else looked at the proof, and does not say at which (RFC 8176 has no word for that).
    amr: amr.length > 0 ? amr : ['fed'],
    acr: oneLine(claims.acr) || null,
    authTimeSec: typeof claims.auth_time === 'number' && claims.auth_time > 0 ? Math.floor(claims.auth_time) : 0,
    sid: sidOf(config.issuer, claims.sid),
  };
}

export const toldOf = ({ name, email, user, groups, allowedResources }: Vouched): Told => ({
  ...{ name, email, user, groups, allowedResources },
});

/** The claims that the configuration asks for by name. */
export const wantedClaims = ({ userClaim, groupsClaim, resourcesClaim, rules }: ProviderConfig): string[] =>
  ['name', 'email', userClaim, groupsClaim, resourcesClaim, ...rules.map(({ claim }) => claim)].filter(
    (name) => name !== null,
  );

/** By its whole name first, which may have dots in it; else step by step, as `realm_access.roles`. */
export function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let at: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = Reflect.get(at, step);
  }
  return at;
}

/** What no other source could write: a name with a colon would be somebody's `sub`. */
const userName = (value: unknown): string => (typeof value === 'string' && faultOfUser(value) === null ? value : '');

const emailOf = ({ email, email_verified }: Claims): string =>
  typeof email === 'string' && email_verified === true && isEmail(email) ? email : '';

const oneLine = (value: unknown): string =>
  typeof value === 'string' && value.length <= LONGEST_NAME && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) ? value.trim() : '';

const textsOf = (value: unknown): string[] =>
  (typeof value === 'string' ? [value] : Array.isArray(value) ? value : []).filter(
    (item): item is string => typeof item === 'string' && item !== '' && item.length <= 255 && !/\p{Cc}/u.test(item),
  );

function groupsOf(given: readonly string[], { groupNames }: ClaimRules, known: ReadonlySet<string>): string[] {
  const names = groupNames ? new Map(groupNames) : null;
  const groups = new Set(names ? given.flatMap((group) => names.get(group) ?? []) : given);
  return fitting(
    [...groups].filter((group) => !isMark(group)).sort((a, b) => Number(known.has(b)) - Number(known.has(a))),
    MOST_GROUPS,
  );
}

const grantsOf = (given: readonly string[], allowsAll: boolean): string[] =>
  fitting(
    [...new Set(given.flatMap((text) => parseGrant(text) ?? []))].filter((grant) => allowsAll || !isAll(grant)),
    MOST_RESOURCES,
  );

/** Everything, or everything of an app. */
export const isAll = (grant: string): boolean => grant === ALL || grant.endsWith(`/${ALL}`);

function fitting(texts: readonly string[], most: number): string[] {
  let room = most;
  return texts.filter((text) => {
    room -= Buffer.byteLength(JSON.stringify(text)) + 1;
    return room >= 0;
  });
}
