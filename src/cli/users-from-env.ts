import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Config } from '../config/schema/config.ts';
import { addUser, listUsers, updateUser } from '../directories/edit-users.ts';
import { verifyPassword } from '../directories/hash/password-hash.ts';
import { canonicalUser, faultOfUser } from '../directories/user-name.ts';
import { UsageError } from '../errors.ts';
import { createSecretFolder } from '../lib/secret-file.ts';
import type { Io } from './command.ts';

/** What the environment adds to a configuration, at each reading of it. */
export type WithUsers = (config: Config) => Config;

/**
 * The one user of `USERNAME` and `PASSWORD`, who may everything, in a file of its own below the state folder, or in that of
 * `TABPY_PWD_FILE`. Written only where it says something else, so that sessions end when the password changes and not before.
 * Throws UsageError, ConfigInvalid; no message holds the password.
 */
export async function usersFromEnv(config: Config, { env, cwd }: Pick<Io, 'env' | 'cwd'>): Promise<WithUsers> {
  const { USERNAME: name = '', PASSWORD: password = '', TABPY_PWD_FILE: theirs = '' } = env;
  const hasOwnFile = theirs !== '';
  const file = hasOwnFile ? resolve(cwd, theirs) : join(config.state, 'users-from-env.yaml');
  if (hasOwnFile && name === '' && password === '') return withUsers(file, null);
  if (name === '') throw missing('USERNAME');
  if (password === '') throw missing('PASSWORD');
  const user = canonicalUser(name);
  const fault = faultOfUser(user);
  if (fault !== null) throw new UsageError(`--users-from-env: USERNAME: ${fault}; choose another`);

  if (!hasOwnFile) {
    createSecretFolder(config.state);
    // Whoever was named there before is nobody any more.
    if (existsSync(file) && listUsers(file).users.some(({ person }) => person.user !== user)) await rm(file);
  }
  const known = existsSync(file) ? listUsers(file).users.find(({ person }) => person.user === user) : undefined;
  if (!known)
    await addUser(file, { user: name, password, ...(existsSync(file) ? {} : { format: formatOf(hasOwnFile) }) });
  else if (!(await verifyPassword(known.hash, password))) await updateUser(file, { user: name, password });
  return withUsers(file, user);
}

const formatOf = (hasOwnFile: boolean): 'tabpy' | 'users' => (hasOwnFile ? 'tabpy' : 'users');

const missing = (name: string): UsageError =>
  new UsageError(
    `--users-from-env: ${name} is not set; set USERNAME and PASSWORD (heroku config:set USERNAME=… PASSWORD=…), or TABPY_PWD_FILE to a file with users, or leave the flag out`,
  );

/** @param user - who may everything */
const withUsers =
  (file: string, user: string | null): WithUsers =>
  (config) => ({
    ...config,
    directories: [{ kind: 'file', file, isPlain: false, name: undefined, winsOver: [] }, ...config.directories],
    grants: user === null ? config.grants : withAll(config.grants, user),
  });

const withAll = (grants: Config['grants'], user: string): Config['grants'] => ({
  ...grants,
  // Own ones alone: a record has a "constructor" that nobody wrote.
  users: {
    ...grants.users,
    [user]: [...new Set([...(Object.hasOwn(grants.users, user) ? (grants.users[user] ?? []) : []), '_all_'])],
  },
});
