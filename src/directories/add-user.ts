import { existsSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import { createFile, replaceFile } from '../lib/write-file-atomic.ts';
import { hashPassword } from './hash/argon2.ts';
import { passwordBytes } from './password.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';
import { parseUsers } from './users-yaml.ts';

const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Adds a user to a users file, and makes the file where there is none; comments and order of what is there stay.
 * @returns false where there is such a user already: the file is left as it is
 * @throws ConfigInvalid where the file is not whole and right, UsageError where name or password cannot be taken
 */
export async function addUser(
  file: string,
  user: string,
  password: string,
  grants: readonly string[],
): Promise<boolean> {
  const name = canonicalUser(user);
  const fault = faultOfUser(name);
  if (fault) throw new UsageError(fault);
  const bytes = passwordBytes(password);
  if (!bytes) throw new UsageError('a password has 1 to 1024 bytes');
  const isNew = !existsSync(file);
  const text = isNew ? 'users:\n' : readText(file, 'users file', MOST_BYTES);
  if (!isNew && parseUsers(text, file, 'file').some(({ person }) => person.user === name)) return false;
  const document = parseDocument(text);
  const entry = { password: await hashPassword(bytes), ...(grants.length > 0 ? { allowed_resources: grants } : {}) };
  document.setIn(['users', name], document.createNode(entry, { flow: true }));
  const next = document.toString({ lineWidth: 0 });
  parseUsers(next, file, 'file');
  if (isNew) return createFile(file, next);
  replaceFile(file, next);
  return true;
}
