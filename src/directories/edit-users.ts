import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { ConfigInvalid } from '../errors.ts';
import { withFileLock } from '../lib/file-lock.ts';
import { createFile, removeLeftovers, replaceFile } from '../lib/write-file-atomic.ts';
import type { FileEntry, FileKind, KindName } from './file-kind.ts';
import { makePassword } from './password.ts';
import { readPasswordFile } from './password-file.ts';
import { KINDS, recognise, recogniseUsers } from './recognise.ts';
import { canonicalUser } from './user-name.ts';

export interface WantedUser {
  readonly user: string;
  readonly password: string;
  /** Canonical; only where the kind of the file has such. */
  readonly grants?: readonly string[];
  /** For a file that is not there yet, or has no users; else it must be what the file is. */
  readonly format?: KindName | undefined;
}

/**
 * Writes one more user into a password file, and makes the file, with mode 600, where there is none. All else stays as it was.
 * Throws ConfigInvalid for a name, a password or a file that cannot be used; nothing is written then.
 * @returns false where the file has such a user already, in whatever spelling
 */
export function addUser(file: string, { user, password, grants = [], format }: WantedUser): Promise<boolean> {
  return changed(file, async (text) => {
    const kind = kindFor(file, text, format);
    const name = faultless(kind, user);
    if (grants.length > 0 && !kind.hasGrants) {
      throw new ConfigInvalid(`${file}: a ${kind.title} cannot say what a user may open; write it under grants.users`);
    }
    const before = text === null || recognise(text, file) === null ? [] : kind.parse(text, file, kind.source);
    if (has(before, name)) return null;
    const hash = await kind.hash(name, password);
    return { kind, before, text: kind.add(text ?? '', { user: name, hash, grants }), differs: name };
  });
}

/** Gives a user of a password file another password. @returns false where the file has no such user; throws as {@link addUser} */
export function updateUser(file: string, { user, password, format }: Omit<WantedUser, 'grants'>): Promise<boolean> {
  return changed(file, async (text) => {
    const { kind, before, name } = readFor(file, text, user, format);
    const old = before.find(({ person }) => person.user === name);
    if (text === null || !old) return null;
    // TabPy salts with the name as the file spells it.
    const hash = await kind.hash(old.hash.kind === 'tabpy' ? old.hash.user : name, password);
    return { kind, before, text: kind.update(text, { user: name, hash }), differs: name };
  });
}

/**
 * Takes a user out of a password file; throws as {@link addUser}. The last one stays: a file without users is refused by a
 * server that runs, which would keep them.
 */
export async function removeUser(file: string, user: string): Promise<'removed' | 'unknown' | 'last'> {
  let isLast = false;
  const isDone = await changed(file, async (text) => {
    const { kind, before, name } = readFor(file, text, user);
    if (text === null || !has(before, name)) return null;
    isLast = before.length === 1;
    return isLast ? null : { kind, before, text: kind.remove(text, name), differs: name };
  });
  return isDone ? 'removed' : isLast ? 'last' : 'unknown';
}

/** The users of a file, in its order. Throws ConfigInvalid. */
export function listUsers(file: string): { kind: FileKind; users: readonly FileEntry[] } {
  const text = readPasswordFile(file);
  const kind = recogniseUsers(text, file);
  return { kind, users: kind.parse(text, file, kind.source) };
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
  if (existsSync(file) || !(await addUser(file, { user, password, grants, format: 'users' }))) {
    throw new ConfigInvalid(`${file}: is there already; it is left as it is`);
  }
  return { user: canonicalUser(user), password };
}

interface Change {
  readonly kind: FileKind;
  readonly before: readonly FileEntry[];
  readonly text: string;
  /** The one user who may be another than before. */
  readonly differs: string;
}

/** Reads, changes and writes a file while nobody else does. @returns whether there was something to write */
function changed(file: string, change: (text: string | null) => Promise<Change | null>): Promise<boolean> {
  return withFileLock(file, async () => {
    const isNew = !existsSync(file);
    const wanted = await change(isNew ? null : readPasswordFile(file));
    if (!wanted) return false;
    checkChange(file, wanted);
    try {
      removeLeftovers(file);
      if (!isNew) replaceFile(file, wanted.text);
      else if (!createFile(file, wanted.text)) {
        throw new ConfigInvalid(`${file}: was made by another just now; try again`);
      }
    } catch (error) {
      if (error instanceof ConfigInvalid) throw error;
      throw new ConfigInvalid(`${file}: cannot be written; make its folder writable for this user`, { cause: error });
    }
    return true;
  });
}

/** Reads what would be written: the file is whole, and every other user is as before. */
function checkChange(file: string, { kind, before, text, differs }: Change): void {
  const spell = (users: readonly FileEntry[]): string =>
    JSON.stringify(
      users.filter(({ person }) => person.user !== differs).map(({ person, hash }) => [person, hash.text]),
    );
  const after = kind.parse(text, file, kind.source);
  if (recognise(text, file) !== kind || spell(after) !== spell(before)) {
    throw new ConfigInvalid(`${file}: cannot be changed without touching other users; change it in an editor`);
  }
}

function readFor(file: string, text: string | null, user: string, format?: KindName) {
  if (text === null)
    throw new ConfigInvalid(`${file}: there is no such file; correct its name, or make it by "dashgate user add"`);
  const kind = recogniseUsers(text, file);
  checkFormat(file, kind, format);
  return { kind, before: kind.parse(text, file, kind.source), name: canonicalUser(user) };
}

function kindFor(file: string, text: string | null, format: KindName | undefined): FileKind {
  const found = text === null ? null : recognise(text, file);
  if (found) checkFormat(file, found, format);
  const wanted = format ?? kindByName(file);
  if (found) return found;
  if (wanted) return KINDS[wanted];
  throw new ConfigInvalid(
    `${file}: its name does not tell what kind of file it is to be; say it by --format users, htpasswd or tabpy`,
  );
}

function checkFormat(file: string, { name, title }: FileKind, format: KindName | undefined): void {
  if (format === undefined || format === name) return;
  throw new ConfigInvalid(`${file}: is a ${title}; leave out --format, or name another file`);
}

/** What a new file is to be, by its name. */
function kindByName(file: string): KindName | null {
  const name = basename(file).toLowerCase();
  if (name.includes('htpasswd')) return 'htpasswd';
  if (name.includes('tabpy')) return 'tabpy';
  return /\.ya?ml$/.test(name) ? 'users' : null;
}

const has = (users: readonly FileEntry[], name: string): boolean => users.some(({ person }) => person.user === name);

function faultless(kind: FileKind, user: string): string {
  const name = canonicalUser(user);
  const fault = kind.faultOf(name);
  if (fault !== null) throw new ConfigInvalid(`${fault}; choose another`);
  return name;
}
