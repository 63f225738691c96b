import type { TokenIssuerConfig } from '../../config/schema/config.ts';
import type { Person } from '../../directories/directory.ts';
import { type Claims, claimAt, readClaims } from '../../providers/claims.ts';
import type { Vouched } from '../../providers/provider.ts';

/** The method (`amr`) of a token whose issuer does not say how its holder proved who they are. */
const BY_TOKEN = ['jwt'];

/** Whom a token is about, by the rules of its issuer; `null`: it names nobody, or nobody that a dashboard could be told of. */
export function personOf(
  claims: Claims,
  config: TokenIssuerConfig,
  knownGroups: ReadonlySet<string>,
): ({ readonly person: Person } & Pick<Vouched, 'amr' | 'acr' | 'authTimeSec'>) | null {
  const who = readClaims(withList(claims, config.resourcesClaim), { config: { ...config, rules: [] }, knownGroups });
  if (!who || who.user === '') return null;
  const { sub, name, email, user, groups, allowedResources, acr, authTimeSec } = who;
  return {
    person: Object.freeze({ sub, user: user ?? sub, name, email, groups, allowedResources, isVouched: true as const }),
    ...{ amr: claims.amr === undefined ? BY_TOKEN : who.amr, acr, authTimeSec },
  };
}

/** A text is a list parted by blanks, as `scope` is (RFC 8693 §4.2): no name of a resource has one. */
function withList(claims: Claims, name: string | null): Claims {
  const value = name === null ? undefined : claimAt(claims, name);
  return name !== null && typeof value === 'string' ? { ...claims, [name]: value.split(' ') } : claims;
}
