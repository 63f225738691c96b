import type { AnyoneConfig } from '../config/schema/anyone.ts';
import { ConfigInvalid } from '../errors.ts';
import { readText } from '../lib/read-text.ts';
import { checkPrivate } from '../lib/secret-file.ts';
import type { Directory, Person } from './directory.ts';
import { plainHash, verifyPlain } from './hash/plain.ts';
import { rawPasswordBytes } from './password.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';

const MOST_BYTES = 4096;

/** Stands in `sub` before the colon: of no other directory, so that who typed a name is never who has it in a file. */
export const ANYONE = 'anyone';

/** The `sub` of all of them together, of whom the one password is the proof. */
export const ALL_OF_ANYONE = `${ANYONE}:`;

/**
 * One password for whoever has it, by whatever user name: the `--basic-auth` of Panel. The name proves nothing, so that grants to
 * the users of directories are not theirs.
 * @throws ConfigInvalid where the password cannot be used
 */
export function openAnyone(config: AnyoneConfig, warn: (line: string) => void): Directory & { readonly proof: string } {
  const bytes = rawPasswordBytes(config.kind === 'text' ? config.text : readPassword(config.file, warn));
  if (!bytes) throw new ConfigInvalid('directories: the one password has 1 to 1024 bytes and no NUL; choose another');
  const right = plainHash(bytes);
  warn('directories: one password lets in everybody by whatever name; give each their own by "dashgate user add"');
  const personOf = (name: string): Person | null =>
    faultOfUser(name) === null
      ? Object.freeze({
          ...{ sub: `${ANYONE}:${name}`, user: name, name, email: '', groups: [], allowedResources: [] },
          isVouched: true as const,
        })
      : null;
  return {
    source: ANYONE,
    proof: right.text,
    canonical: canonicalUser,
    async verify(user, password) {
      const given = rawPasswordBytes(password);
      const isRight = verifyPlain(right, given ?? new Uint8Array());
      const person = personOf(canonicalUser(user));
      if (!person) return { kind: 'wrong', reason: 'unknown-user' };
      return given && isRight ? { kind: 'right', person } : { kind: 'wrong', reason: 'bad-password' };
    },
    current(sub) {
      const name = sub.slice(ANYONE.length + 1);
      return sub === `${ANYONE}:${canonicalUser(name)}` ? personOf(name) : null;
    },
    granted: () => NONE,
    onChanged: () => () => {},
    close() {},
  };
}

const NONE: ReadonlySet<string> = new Set();

function readPassword(file: string, warn: (line: string) => void): string {
  const text = readText(file, 'password file', MOST_BYTES).replace(/\r?\n$/, '');
  const warning = checkPrivate(file);
  if (warning) warn(warning);
  if (text === '' || /[\r\n]/.test(text))
    throw new ConfigInvalid(`${file}: must hold one line, the password; write it`);
  return text;
}
