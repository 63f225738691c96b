import { ConfigInvalid } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import type { FileEntry, FileKind } from './file-kind.ts';
import { isWeak, verifyPassword } from './hash/password-hash.ts';
import type { HashQueue } from './hash/queue.ts';
import { parseAside } from './parse-aside.ts';
import { plainFile } from './plain-file.ts';
import { recogniseUsers } from './recognise.ts';
import { unusable } from './tabpy-file.ts';
import { createUsersTable, type UsersTable } from './users-table.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/** Below this a YAML file is parsed before a thread would have begun. */
const ASIDE_FROM_BYTES = 16 * 1024;

/** The users of a file, as of its last good version. */
export interface PasswordFile extends Omit<UsersTable, 'replace'> {
  readonly file: string;
  readonly kind: FileKind;
  /** The users of the version in use. */
  readonly users: readonly FileEntry[];
  /** What is not wrong but not good either in the version in use: one line each, `file: what; what to do`. */
  readonly warnings: readonly string[];
  /**
   * Reads the file anew. Throws ConfigInvalid where it is not whole and right: the version in use stays. After a good one the
   * listeners of `onChanged` have been called; what one of them throws comes out here, with the new version in use.
   */
  reload(): Promise<void>;
}

export interface PasswordFileOptions {
  readonly file: string;
  readonly queue: HashQueue;
  /** In place of the source of its kind. */
  readonly name?: string | undefined;
  /** It is Panel's, with passwords in plain text. */
  readonly isPlain?: boolean;
  /** Users whose passwords are public: a file that has one of them with this password is refused. */
  readonly forbidden?: readonly { readonly user: string; readonly password: string }[];
  /** Asked before a new version of the file takes the place of the old one; refuses it by ConfigInvalid. */
  readonly accept?: (users: readonly FileEntry[]) => void;
}

/** Throws ConfigInvalid where the file cannot be used. */
export async function createPasswordFile(options: PasswordFileOptions): Promise<PasswordFile> {
  const { file, queue, name, forbidden = [], accept } = options;
  const kindOf = (text: string): FileKind => (options.isPlain ? plainFile : recogniseUsers(text, file));
  const kind = kindOf(readPasswordFile(file));
  const source = name ?? kind.source;

  const read = async (): Promise<readonly FileEntry[]> => {
    const text = readPasswordFile(file);
    const found = kindOf(text);
    if (found !== kind) {
      throw new ConfigInvalid(`${file}: was a ${kind.title} and is a ${found.title} now; restart dashgate to take it`);
    }
    const isAside = kind.name === 'users' && text.length >= ASIDE_FROM_BYTES;
    const entries = isAside ? await parseAside({ text, file, source }) : kind.parse(text, file, source);
    for (const { user, password } of forbidden) {
      const entry = entries.find(({ person }) => person.user === user);
      // Not by the queue: a rush of logins may not keep a new version of the file out.
      if (!entry || !(await verifyPassword(entry.hash, password))) continue;
      throw new ConfigInvalid(
        `${file}:${entry.line}: ${user} has the password of the demo, which everybody knows; set another`,
      );
    }
    return entries;
  };

  let users = await read();
  const { replace, ...directory } = createUsersTable({ source, users, queue });
  const load = async (): Promise<void> => {
    const next = await read();
    accept?.(next);
    users = next;
    replace(next);
  };
  let underWay: Promise<void> = Promise.resolve();
  return {
    ...directory,
    file,
    kind,
    get users() {
      return users;
    },
    get warnings() {
      return warningsOf(users, file);
    },
    reload() {
      // One after the other, so that the newest version is the one that stays.
      underWay = underWay.then(load, load);
      return underWay;
    },
  };
}

/** The text of a password file, a byte order mark included: what is written back has it too. Throws ConfigInvalid. */
export const readPasswordFile = (file: string): string =>
  readText(file, 'password file', MOST_BYTES, { keepsMark: true, maker: `dashgate user add -f ${file} -u NAME` });

function warningsOf(users: readonly FileEntry[], file: string): readonly string[] {
  if (users.some(({ hash }) => hash.kind === 'plain'))
    return [`${file}: has passwords in plain text, for whoever can read it; make a users file by "dashgate user add"`];
  const weak = users.filter(({ hash }) => isWeak(hash));
  const kinds = [...new Set(weak.map(({ hash }) => hash.kind))].sort().join(', ');
  const [first, ...others] = unusable(users);
  return [
    ...(weak.length > 0
      ? [
          `${file}: ${weak.length} of ${users.length} hashes are cheap to guess (${kinds}); set these passwords again by "dashgate user update"`,
        ]
      : []),
    ...(first
      ? [
          `${file}:${first.line}: has something in place of a hash, so nobody can sign in as this user${others.length > 0 ? ` (nor as ${others.length} more)` : ''}; set the password, or remove the line`,
        ]
      : []),
  ];
}
