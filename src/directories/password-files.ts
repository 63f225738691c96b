import { realpathSync } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';
import type { FileEntry } from './file-kind.ts';
import type { HashQueue } from './hash/queue.ts';
import { createPasswordFile, type PasswordFile, type PasswordFileOptions } from './password-file.ts';

export interface FileChoice {
  /** Its place in `directories`, for messages. */
  readonly at: number;
  readonly file: string;
  /** In place of the source of its kind. */
  readonly name?: string | undefined;
  readonly isPlain?: boolean;
  /** Sources whose users this file's users of the same name may hide. */
  readonly winsOver: readonly string[];
}

/** Several password files that were given together, in the order in which they are asked. */
export interface PasswordFiles {
  readonly files: readonly PasswordFile[];
  /**
   * Reads one of them anew, and after it those whose last version was refused for the names in it: it may be good now.
   * @returns those that have a new version
   * @throws ConfigInvalid where its new version is refused
   */
  reload(file: string): Promise<readonly PasswordFile[]>;
}

/** @throws ConfigInvalid where one cannot be used, or where two have one source or, unless that is wanted, one user name */
export async function openPasswordFiles(
  choices: readonly FileChoice[],
  { queue, forbidden }: { queue: HashQueue } & Pick<PasswordFileOptions, 'forbidden'>,
): Promise<PasswordFiles> {
  const places = choices.map(({ file }) => placeOf(file));
  const again = places.findIndex((place, at) => places.indexOf(place) !== at);
  if (again >= 0)
    throw new ConfigInvalid(
      `directories[${choices[again]?.at}].file: is a file that is named before; remove one of them`,
    );

  const files: PasswordFile[] = [];
  const clashed = new Set<PasswordFile>();
  const accept = (at: number) => (users: readonly FileEntry[]) => {
    const own = files[at];
    if (!own) return;
    clashed.delete(own);
    try {
      checkNames(files, choices, { at, users });
    } catch (error) {
      clashed.add(own);
      throw error;
    }
  };
  for (const [at, { file, name, isPlain = false }] of choices.entries()) {
    files.push(
      await createPasswordFile({ file, name, isPlain, queue, ...(forbidden && { forbidden }), accept: accept(at) }),
    );
  }
  checkSources(files, choices);
  checkNames(files, choices);

  return {
    files,
    async reload(name) {
      const changed = files.filter(({ file }) => file === name);
      for (const file of changed) await file.reload();
      for (const other of [...clashed].filter((file) => !changed.includes(file))) {
        try {
          await other.reload();
          changed.push(other);
        } catch (error) {
          // Why it is refused was said when it changed.
          if (!(error instanceof ConfigInvalid)) throw error;
        }
      }
      return changed;
    },
  };
}

const placeOf = (file: string): string => {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
};

function checkSources(files: readonly PasswordFile[], choices: readonly FileChoice[]): void {
  const seen = new Map<string, PasswordFile>();
  for (const [at, file] of files.entries()) {
    const before = seen.get(file.source);
    if (before) {
      throw new ConfigInvalid(
        `directories[${choices[at]?.at}]: ${before.file} and ${file.file} have the source "${file.source}", so their users could not be told apart; give one of them a name, as { file: …, name: staff }`,
      );
    }
    seen.set(file.source, file);
    for (const winner of choices[at]?.winsOver ?? []) {
      const other = files.findIndex(({ source }) => source === winner);
      if (other >= 0 && other <= at) {
        throw new ConfigInvalid(
          `directories[${choices[at]?.at}].wins_over: "${winner}" is asked before, so it wins; move this directory before it`,
        );
      }
    }
  }
}

/** Refuses a user name that two files show, unless the first of them may hide the other's. */
function checkNames(
  files: readonly PasswordFile[],
  choices: readonly FileChoice[],
  changed?: { at: number; users: readonly FileEntry[] },
): void {
  const seen = new Map<string, { at: number; line: number }>();
  for (const [at, { users, file, source }] of files.entries()) {
    for (const { person, line } of changed?.at === at ? changed.users : users) {
      const before = seen.get(person.user);
      if (!before) seen.set(person.user, { at, line });
      else if (!choices[before.at]?.winsOver.includes(source)) {
        throw new ConfigInvalid(
          `${file}:${line}: is a user whom ${files[before.at]?.file}:${before.line} has too; remove one of them, or say that the first may hide the other: directories[${choices[before.at]?.at}].wins_over: [${source}]`,
        );
      }
    }
  }
}
