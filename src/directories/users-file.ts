import { existsSync } from 'node:fs';
import { Document, parseDocument, type YAMLMap } from 'yaml';
import { ConfigInvalid } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import { createFile, replaceFile } from '../lib/write-file-atomic.ts';
import { hashPassword, isWeak, verifyPassword } from './hash/argon2.ts';
import type { HashQueue } from './hash/queue.ts';
import { makePassword, passwordBytes } from './password.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';
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
    const found = parseUsers(readUsers(file), file, SOURCE);
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

/**
 * Writes one more user into a users file, and makes the file where there is none. Comments and the other users stay; the file
 * is replaced whole, with mode 600. Throws ConfigInvalid for a name, a password or a file that cannot be used; nothing is
 * written then.
 * @param grants - canonical
 * @returns false where the file has such a user already, in whatever spelling
 */
export async function addUser(
  file: string,
  user: string,
  password: string,
  grants: readonly string[],
): Promise<boolean> {
  const name = faultless(user);
  const bytes = passwordBytes(password);
  if (!bytes) throw new ConfigInvalid('a password has 1 to 1024 bytes; choose another');
  const isNew = !existsSync(file);
  const document = isNew ? new Document({ users: {} }, FAILSAFE) : parseDocument(readUsers(file), FAILSAFE);
  if (!isNew) {
    const users = parseUsers(readUsers(file), file, SOURCE);
    if (users.some(({ person }) => person.user === name)) return false;
  }
  document.setIn(['users', name], nodeOf(document, await hashPassword(bytes), grants));
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  parseUsers(text, file, SOURCE);
  try {
    if (!isNew) replaceFile(file, text);
    else if (!createFile(file, text)) throw new ConfigInvalid(`${file}: was made by another just now; try again`);
  } catch (error) {
    if (error instanceof ConfigInvalid) throw error;
    throw new ConfigInvalid(`${file}: cannot be written; make its folder writable for this user`, { cause: error });
  }
  return true;
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
  if (existsSync(file) || !(await addUser(file, user, password, grants))) {
    throw new ConfigInvalid(`${file}: is there already; it is left as it is`);
  }
  return { user: canonicalUser(user), password };
}

const FAILSAFE = { schema: 'failsafe', prettyErrors: false } as const;

const readUsers = (file: string): string => readText(file, 'users file', MOST_BYTES);

function faultless(user: string): string {
  const name = canonicalUser(user);
  const fault = faultOfUser(name);
  if (fault !== null) throw new ConfigInvalid(`${fault}; choose another`);
  return name;
}

/** One line, as in the examples: `{ password: "…", allowed_resources: [ … ] }`. */
function nodeOf(document: Document, hash: string, grants: readonly string[]): YAMLMap {
  const password = document.createNode(hash);
  password.type = 'QUOTE_DOUBLE';
  const fields = grants.length > 0 ? { allowed_resources: grants } : {};
  const node: YAMLMap = document.createNode(fields, { flow: true });
  node.items.unshift(document.createPair('password', password));
  return node;
}
