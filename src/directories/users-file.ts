import { stringify } from 'yaml';
import { ConfigInvalid } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import { createFile, replaceFile } from '../lib/write-file-atomic.ts';
import { hashPassword, isWeak, verifyPassword } from './hash/argon2.ts';
import type { HashQueue } from './hash/queue.ts';
import { makePassword, passwordBytes } from './password.ts';
import { canonicalUser } from './user-name.ts';
import { createUsersTable, type UsersTable } from './users-table.ts';
import { type FileEntry, parseUsers } from './users-yaml.ts';

const SOURCE = 'file';
const MOST_BYTES = 16 * 1024 * 1024;

/** The users of a file, as of its last good version. */
export interface UsersFile extends Omit<UsersTable, 'replace'> {
  readonly file: string;
  /** How many users the version in use has. */
  readonly size: number;
  /** What is not wrong but not good either in the version in use: one line each, `file: what; what to do`. */
  readonly warnings: readonly string[];
  /**
   * Reads the file anew. Throws ConfigInvalid where it is not whole and right: the version in use stays. After a good one the
   * listeners of `onChanged` have been called; what one of them throws comes out here, with the new version in use.
   */
  reload(): Promise<void>;
}

export interface UsersFileOptions {
  readonly file: string;
  readonly queue: HashQueue;
  /** Users whose passwords are public: a file that has one of them with this password is refused. */
  readonly forbidden?: readonly { readonly user: string; readonly password: string }[];
}

/** Throws ConfigInvalid where the file cannot be used. */
export async function createUsersFile({ file, queue, forbidden = [] }: UsersFileOptions): Promise<UsersFile> {
  const read = async (): Promise<readonly FileEntry[]> => {
    const found = parseUsers(readText(file, 'users file', MOST_BYTES), file, SOURCE);
    for (const { user, password } of forbidden) {
      const entry = found.find(({ person }) => person.user === user);
      const bytes = passwordBytes(password);
      // Not by the queue: a rush of logins may not keep a new version of the file out.
      if (!entry || !bytes || !(await verifyPassword(entry.hash, bytes))) continue;
      throw new ConfigInvalid(
        `${file}:${entry.line}: ${user} has the password of the demo, which everybody knows; set another`,
      );
    }
    return found;
  };
  let users = await read();
  const { replace, ...directory } = createUsersTable({ source: SOURCE, users, queue });
  const load = async (): Promise<void> => {
    const next = await read();
    users = next;
    replace(next);
  };
  let underWay: Promise<void> = Promise.resolve();
  return {
    ...directory,
    file,
    get size() {
      return users.length;
    },
    get warnings() {
      const weak = users.filter(({ hash }) => isWeak(hash.cost)).length;
      return weak === 0
        ? []
        : [`${file}: ${weak} of ${users.length} hashes are cheap to guess; hash these passwords again`];
    },
    reload() {
      // One after the other, so that the newest version is the one that stays.
      underWay = underWay.then(load, load);
      return underWay;
    },
  };
}

/** A user as the file has them. */
export interface FileUser {
  /** An argon2id hash. */
  readonly password: string;
  readonly name?: string;
  readonly email?: string;
  readonly groups?: readonly string[];
  readonly allowed_resources?: readonly string[];
}

/** Writes a users file whole, with mode 600. Throws ConfigInvalid where it could not be read back; nothing is written then. */
export function writeUsersFile(file: string, users: Readonly<Record<string, FileUser>>): void {
  replaceFile(file, textOf(file, users));
}

function textOf(file: string, users: Readonly<Record<string, FileUser>>): string {
  // Users stand one a line; what a hash is made of needs quotes there.
  const options = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 } as const;
  const lines = Object.entries(users).map(([user, fields]) =>
    stringify({ [user]: fields }, { ...options, collectionStyle: 'flow' }),
  );
  const text = `users:\n${lines.map((line) => `  ${line.trim().slice(1, -1).trim()}\n`).join('')}`;
  parseUsers(text, file, SOURCE);
  return text;
}

/**
 * Makes a users file with one user and a generated password. The file holds the hash only: what is returned is the one
 * chance to say the password. Throws ConfigInvalid where the file is there already, or cannot be written.
 */
export async function createFirstUser(
  file: string,
  user: string,
  grants: readonly string[],
): Promise<{ user: string; password: string }> {
  const password = makePassword();
  const bytes = passwordBytes(password);
  if (!bytes) throw new TypeError('a generated password is never empty');
  const name = canonicalUser(user);
  const text = textOf(file, { [name]: { password: await hashPassword(bytes), allowed_resources: grants } });
  let isNew: boolean;
  try {
    isNew = createFile(file, text);
  } catch (error) {
    throw new ConfigInvalid(`${file}: cannot be created; make its folder writable for this user`, { cause: error });
  }
  if (!isNew) throw new ConfigInvalid(`${file}: is there already; it is left as it is`);
  return { user: name, password };
}
