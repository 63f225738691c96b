import type { Person } from '../directories/directory.ts';
import { canonicalUser } from '../directories/user-name.ts';
import type { Identity } from './identity.ts';

/** What the configuration grants beside what directories do, canonical. */
export interface Grants {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** A bare key is the user name of a directory; other sources are written in full, as `github:12345`. */
  readonly users: Readonly<Record<string, readonly string[]>>;
}

export type IdentityOf = (person: Person, proof: Pick<Identity, 'amr' | 'authTimeSec'>) => Identity;

/** Joins a person as they are today with the grants as they are today. */
export function createIdentityOf(grants: Grants): IdentityOf {
  const users = new Map(Object.entries(grants.users).map(([name, given]) => [canonicalUser(name), given]));
  const groups = new Map(Object.entries(grants.groups));
  // A reload makes new persons or a new function, so what is remembered here is never out of date.
  const remembered = new WeakMap<Person, readonly string[]>();
  const resourcesOf = (person: Person): readonly string[] => {
    const known = remembered.get(person);
    if (known) return known;
    const all = new Set([
      ...person.allowedResources,
      ...(users.get(person.user) ?? []),
      ...(users.get(canonicalUser(person.sub)) ?? []),
      ...person.groups.flatMap((group) => groups.get(group) ?? []),
    ]);
    const merged = Object.freeze([...all].sort());
    remembered.set(person, merged);
    return merged;
  };
  return (person, proof) => ({
    sub: person.sub,
    user: person.user,
    name: person.name,
    email: person.email,
    groups: person.groups,
    allowedResources: resourcesOf(person),
    amr: proof.amr,
    authTimeSec: proof.authTimeSec,
  });
}
