import { createHmac, randomBytes } from 'node:crypto';
import type { Directory, Person } from './directory.ts';
import { argon2Like, COST } from './hash/argon2.ts';
import { decoyLike, type PasswordHash, verifyPassword } from './hash/password-hash.ts';
import type { HashQueue } from './hash/queue.ts';
import { canonicalUser } from './user-name.ts';

/** A person whose user name is canonical, with the hash of their password. */
export interface UserEntry {
  readonly person: Person;
  readonly hash: PasswordHash;
}

/** A directory that is held in memory, whole. */
export interface UsersTable extends Directory {
  /**
   * Puts a new table in the place of the old one, at once and whole, then tells of each `sub` that is gone or has another
   * password. All listeners are called; what one of them throws is thrown after that.
   */
  replace(users: readonly UserEntry[]): void;
}

export interface UsersTableOptions {
  readonly source: string;
  readonly users: readonly UserEntry[];
  readonly queue: HashQueue;
}

export function createUsersTable({ source, users, queue }: UsersTableOptions): UsersTable {
  let table = tableOf(users);
  const listeners = new Set<(subs: readonly string[]) => void>();
  const decoyKey = randomBytes(32);

  /**
   * What is checked for an unknown user. Where the hashes of a table differ in kind or cost, each unknown name is given those
   * of some user, always the same one: an answer's time says how dear a name's hash would be, and nothing of whether it
   * exists.
   */
  const decoyFor = (name: string): PasswordHash => {
    const { hashes } = table;
    const pick = createHmac('sha256', decoyKey).update(name).digest().readUInt32BE() % hashes.length;
    return decoyLike(hashes[pick] ?? COMMON, name);
  };

  return {
    source,
    canonical: canonicalUser,
    async verify(user, password) {
      const name = canonicalUser(user);
      const decoy = decoyFor(name);
      const hash = table.byName.get(name)?.hash;
      const matches = await queue.run(() => verifyPassword(hash ?? decoy, password));
      if (!hash) return { kind: 'wrong', reason: 'unknown-user' };
      // Looked up again: the password may have been changed while this one was being checked.
      const now = table.byName.get(name);
      if (!matches || now?.hash.text !== hash.text) return { kind: 'wrong', reason: 'bad-password' };
      return { kind: 'right', person: now.person };
    },
    knows: (user) => table.byName.has(canonicalUser(user)),
    find: async (user) => table.byName.get(canonicalUser(user))?.person ?? null,
    granted: () => table.granted,
    current: (sub) => table.bySub.get(sub)?.person ?? null,
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    replace(next) {
      const old = table;
      table = tableOf(next);
      const changed = [...old.bySub].filter(([sub, { hash }]) => table.bySub.get(sub)?.hash.text !== hash.text);
      tell(
        [...listeners],
        changed.map(([sub]) => sub),
      );
    },
    close: () => listeners.clear(),
  };
}

const COMMON = argon2Like({ cost: COST, saltBytes: 16, digestBytes: 32 });

interface Table {
  readonly byName: ReadonlyMap<string, UserEntry>;
  readonly bySub: ReadonlyMap<string, UserEntry>;
  /** One for each user, never empty. */
  readonly hashes: readonly PasswordHash[];
  readonly granted: ReadonlySet<string>;
}

function tableOf(users: readonly UserEntry[]): Table {
  return {
    byName: new Map(users.map((entry) => [entry.person.user, entry])),
    bySub: new Map(users.map((entry) => [entry.person.sub, entry])),
    granted: new Set(users.flatMap(({ person }) => person.allowedResources)),
    hashes: users.length > 0 ? users.map(({ hash }) => hash) : [COMMON],
  };
}

function tell(listeners: readonly ((subs: readonly string[]) => void)[], subs: readonly string[]): void {
  if (subs.length === 0) return;
  const errors: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener(subs);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
