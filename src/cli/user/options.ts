import { resolve } from 'node:path';
import { KIND_NAMES, type KindName } from '../../directories/file-kind.ts';
import { UsageError } from '../../errors.ts';
import { parseGrant } from '../../lib/grant.ts';
import { readArguments } from '../arguments.ts';
import type { Io } from '../command.ts';

/** The flags of `dashgate user`, those of tabpy-user among them. */
export interface UserOptions {
  /** Absolute. */
  readonly file: string;
  readonly user: string | undefined;
  /** `-`: from standard input. */
  readonly password: string | undefined;
  readonly isPrompted: boolean;
  readonly format: KindName | undefined;
  /** Canonical; `null` where none were given. */
  readonly grants: readonly string[] | null;
}

const KNOWN = {
  username: 'text',
  pwdfile: 'text',
  password: 'text',
  format: 'text',
  allow: 'text',
  prompt: 'switch',
} as const;

const SHORT: Readonly<Record<string, string>> = { '-u': '--username', '-f': '--pwdfile', '-p': '--password' };

/** Throws UsageError. */
export function readUserOptions(args: readonly string[], { env, cwd }: Pick<Io, 'env' | 'cwd'>): UserOptions {
  const { options } = readArguments(args.map(lengthen), KNOWN);
  const { username, pwdfile, password, format, allow, prompt } = options as Partial<Record<keyof typeof KNOWN, string>>;
  if (prompt && password !== undefined)
    throw new UsageError('--prompt asks for the password that -p gives; leave one out');
  const fromEnv = env.TABPY_PWD_FILE || undefined;
  return {
    file: resolve(cwd, pwdfile ?? fromEnv ?? 'users.yaml'),
    user: username,
    password,
    isPrompted: Boolean(prompt),
    format: format === undefined ? (pwdfile === undefined && fromEnv ? 'tabpy' : undefined) : readFormat(format),
    grants: allow === undefined ? null : readGrants(allow),
  };
}

/** `-u NAME`, `-uNAME` and `-u=NAME` as docopt takes them. */
function lengthen(word: string, at: number, words: readonly string[]): string {
  const before = words[at - 1] ?? '';
  // The value of a flag, whatever it looks like.
  if (before in SHORT || Object.values(SHORT).includes(before)) return word;
  const long = SHORT[word.slice(0, 2)];
  if (!long) return word;
  return word.length === 2 ? long : `${long}=${word.slice(2).replace(/^=/, '')}`;
}

function readFormat(format: string): KindName {
  const found = KIND_NAMES.find((name) => name === format);
  if (!found) throw new UsageError(`--format: "${format}" is not known; write ${KIND_NAMES.join(', ')}`);
  return found;
}

const readGrants = (allow: string): readonly string[] =>
  allow
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const grant = parseGrant(word);
      if (grant === null)
        throw new UsageError(`--allow: "${word}" is not a grant; write names as marketing, sales/hr or _all_`);
      return grant;
    });
