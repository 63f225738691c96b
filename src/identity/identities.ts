import type { LabelMode } from '../config/schema/credentials.ts';
import type { Person } from '../directories/directory.ts';
import { canonicalUser } from '../directories/user-name.ts';
import type { Identity } from './identity.ts';
import { isLabel, modeOfLabel } from './modes/label.ts';

/** What the configuration grants beside what directories do, canonical. */
export interface Grants {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** A bare key is the user name of a directory; other sources are written in full, as `github:12345`. */
  readonly users: Readonly<Record<string, readonly string[]>>;
  /** What those get who only said a name, or nothing, by how they came. */
  readonly modes?: Readonly<Partial<Record<LabelMode, readonly string[]>>>;
}

export type IdentityOf = (person: Person, proof: Pick<Identity, 'amr' | 'acr' | 'authTimeSec'>) => Identity;

/** Joins a person as they are today with the grants as they are today. */
export function createIdentityOf(grants: Grants): IdentityOf {
  const inFull = new Map(Object.entries(grants.users));
  const users = new Map(Object.entries(grants.users).map(([name, given]) => [canonicalUser(name), given]));
  const groups = new Map(Object.entries(grants.groups));
  const modes = new Map(
    Object.entries(grants.modes ?? {}).map(([mode, given]) => [mode, Object.freeze([...given].sort())]),
  );
  // A reload makes new persons or a new function, so what is remembered here is never out of date.
  const remembered = new WeakMap<Person, readonly string[]>();
  const resourcesOf = (person: Person): readonly string[] => {
    const known = remembered.get(person);
    if (known) return known;
    const all = new Set([
      ...person.allowedResources,
      // What a provider calls somebody is to the letter, and no user name of a directory.
      ...(person.isVouched
        ? (inFull.get(person.sub) ?? [])
        : [...(users.get(person.user) ?? []), ...(users.get(canonicalUser(person.sub)) ?? [])]),
      ...person.groups.flatMap((group) => groups.get(group) ?? []),
    ]);
    const merged = Object.freeze([...all].sort());
    remembered.set(person, merged);
    return merged;
  };
  /** No user and no member of anything: a dashboard that goes by user names is told of none. */
  const labelled = (person: Person, { amr, authTimeSec }: Pick<Identity, 'amr' | 'authTimeSec'>): Identity => {
    const allowedResources = modes.get(modeOfLabel(person.sub) ?? '') ?? [];
    return { sub: person.sub, user: '', name: person.name, email: '', groups: [], allowedResources, amr, authTimeSec };
  };
  return (person, proof) => {
    if (isLabel(person)) return labelled(person, proof);
    return {
      sub: person.sub,
      user: person.user,
      name: person.name,
      email: person.email,
      groups: person.groups,
      allowedResources: resourcesOf(person),
      amr: proof.amr,
      ...(proof.acr !== undefined && { acr: proof.acr }),
      authTimeSec: proof.authTimeSec,
    };
  };
}
