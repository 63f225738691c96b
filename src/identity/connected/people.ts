import type { ConnectedAppConfig } from '../../config/schema/config.ts';
import { type Directory, findPerson, type Person } from '../../directories/directory.ts';
import { faultOfUser } from '../../directories/user-name.ts';
import { ALL, meet } from '../../lib/grant.ts';
import { isEmail } from '../../providers/admit.ts';
import { claimAt } from '../../providers/claims.ts';
import type { IdentityOf } from '../identities.ts';
import type { Identity } from '../identity.ts';
import type { Vouching } from './connected-apps.ts';
import { allowedOf } from './on-demand.ts';
import type { Fields } from './parse-token.ts';

/** The method (`amr`) of whom a connected app vouches for: how they proved it there, it does not say. */
export const CONNECTED_APP = 'connected-app';

const LONGEST_NAME = 200;

export const subOf = (client: string, user: string): string => `connected:${client}:${user}`;

export interface PeopleOptions {
  readonly directory: Pick<Directory, 'current' | 'lookUp'>;
  readonly identityOf: IdentityOf;
}

/** Who is meant by what a connected app vouched for, as of today; `null`: nobody. */
export type FindIdentity = (vouching: Vouching, app: ConnectedAppConfig) => Promise<Identity | null>;

export const createFindIdentity =
  ({ directory, identityOf }: PeopleOptions): FindIdentity =>
  async (vouching, app) => {
    const person = app.users === 'own' ? ownPerson(vouching, app) : await findPerson(directory, vouching.sub);
    if (!person) return null;
    // Nobody says when the person proved anything: a rule that wants a proof of some age is never met by this one.
    const identity = identityOf(person, { amr: [CONNECTED_APP], authTimeSec: 0 });
    const scope = app.apps.map((name) => (name === ALL ? ALL : `${name}/${ALL}`));
    return {
      ...identity,
      scope,
      allowedResources: meet(scope, identity.allowedResources),
      connected: app.clientId,
    };
  };

function ownPerson({ sub, shown, name, email, groups, resources }: Vouching, app: ConnectedAppConfig): Person | null {
  // Vouched for when it spoke of others' users.
  const prefix = subOf(app.clientId, '');
  if (!sub.startsWith(prefix)) return null;
  const given = allowedOf({ groups, resources }, app.onDemand);
  return {
    ...{ sub, user: app.userClaim === null ? sub : (shown ?? sub), name: name || sub.slice(prefix.length), email },
    ...{ groups: given.groups, allowedResources: given.resources, isVouched: true },
  };
}

/** Who a token is about, now; `null`: a directory has nobody of that name. */
export async function findSubject(
  directory: Pick<Directory, 'find'>,
  user: string,
  { clientId, users }: Pick<ConnectedAppConfig, 'clientId' | 'users'>,
): Promise<string | null> {
  if (users === 'own') return subOf(clientId, user);
  const person = faultOfUser(user) === null ? await directory.find?.(user) : null;
  return person?.sub ?? null;
}

/** What claims say of a person beside the `sub`; `null` where they have to say a user name, and do not. */
export function personalClaims(
  claims: Fields,
  { userClaim }: Pick<ConnectedAppConfig, 'userClaim'>,
): Pick<Vouching, 'shown' | 'name' | 'email'> | null {
  const { name, email, email_verified } = claims;
  const shown = userClaim === null ? null : claimAt(claims, userClaim);
  if (shown !== null && (typeof shown !== 'string' || faultOfUser(shown) !== null)) return null;
  const isLine = typeof name === 'string' && name.length <= LONGEST_NAME && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name);
  return {
    shown,
    name: isLine ? name.trim() : '',
    email: typeof email === 'string' && email_verified === true && isEmail(email) ? email : '',
  };
}
