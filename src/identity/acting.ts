import type { Config } from '../config/schema/config.ts';
import { type Directory, findPerson, type Person } from '../directories/directory.ts';
import { canonicalUser } from '../directories/user-name.ts';
import type { Identity } from './identity.ts';
import { isLabel } from './modes/label.ts';

/** Who may act as whom, by today's configuration and today's groups. */
export interface Acting {
  /** Whether somebody may act as others at all. */
  mayAct(actor: Identity): boolean;
  /** Throws only when it could not be found out. */
  find(actor: Identity, user: string): Promise<Person | 'unknown' | 'protected'>;
  /** The person behind a `sub`, as whom somebody acts already; `null` where they may not, or no longer. Throws likewise. */
  personFor(actor: Identity, sub: string): Promise<Person | null>;
  /** Whether that would be found so now, asking nobody. */
  isStill(actor: Identity, person: Person): boolean;
}

export interface ActingOptions {
  readonly impersonation: Config['impersonation'];
  readonly directory: Pick<Directory, 'current' | 'lookUp' | 'find'>;
}

export function createActing({ impersonation: { groups, except }, directory }: ActingOptions): Acting {
  const actors = new Set(groups);
  // Directories and providers may spell a group each in their way. That makes nobody a member, but it takes nobody's protection.
  const protectedGroups = new Set([...groups, ...except.groups].map(unspelt));
  const protectedUsers = new Set(except.users.map(canonicalUser));
  // Whoever acts already, only says a name, comes as a guest or by what is less than a session of their own does not.
  const mayAct = (actor: Identity): boolean =>
    [actor.act, actor.connected].every((less) => less === undefined) &&
    actor.user !== '' &&
    !isLabel(actor) &&
    actor.groups.some((group) => actors.has(group));
  const isProtected = ({ user, sub, groups: of }: Person): boolean =>
    isLabel({ sub }) ||
    protectedUsers.has(canonicalUser(user)) ||
    of.some((group) => protectedGroups.has(unspelt(group)));
  return {
    mayAct,
    async find(actor, user) {
      const person = await directory.find?.(user);
      if (!person) return 'unknown';
      return person.sub === actor.sub || isProtected(person) ? 'protected' : person;
    },
    async personFor(actor, sub) {
      if (!mayAct(actor) || sub === actor.sub) return null;
      const person = await findPerson(directory, sub);
      return person && !isProtected(person) ? person : null;
    },
    isStill: (actor, person) => mayAct(actor) && directory.current(person.sub) === person,
  };
}

const unspelt = (group: string): string => group.normalize('NFC').toLowerCase();
