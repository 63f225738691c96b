import { ConfigInvalid } from '../errors.ts';
import type { FileKind } from './file-kind.ts';
import { htpasswd } from './htpasswd.ts';
import { tabpyFile } from './tabpy-file.ts';
import { usersYaml } from './users-kind.ts';

/** By the name that `--format` takes. */
export const KINDS = { users: usersYaml, htpasswd, tabpy: tabpyFile } as const;

/** What no other kind has: a hash in the place where this one has it. */
const MARKS: readonly (readonly [FileKind, RegExp])[] = [
  [htpasswd, /^[^:]+:(?:\$2[abxy]\$|\$apr1\$|\{SHA\})/],
  [tabpyFile, /\s[0-9a-f]{128}(?:\s|$)/i],
];

/** What looks like one where no line has a hash that is known. */
const LOOKS: readonly (readonly [FileKind, RegExp])[] = [
  [htpasswd, /^[^:]+:\S/],
  [tabpyFile, /^(?:"(?:[^"]|"")+"|[^\s:"{[-][^ :]*) \S+$/],
];

const USERS_YAML = /^(?:---|%|\{|(["']?)users\1\s*:(?:\s|$))/;

/**
 * Which kind of password file a text is: by its first line where that begins a users file, else by the hashes in it.
 * @returns `null` where it has nothing but comments
 * @throws ConfigInvalid where it has lines of two kinds
 */
export function recognise(text: string, file: string): FileKind | null {
  const kind = kindOf(text.replace(MARK, ''), file);
  if (kind && kind !== usersYaml && MARK.test(text)) {
    throw new ConfigInvalid(
      `${file}:1: begins with a byte order mark, which is a part of the first line to all who read a ${kind.title}; save it as UTF-8 without one`,
    );
  }
  return kind;
}

const MARK = /^\uFEFF/;

function kindOf(text: string, file: string): FileKind | null {
  const lines = [...significant(text)];
  const [first] = lines;
  if (!first) return null;
  if (USERS_YAML.test(first.text)) return usersYaml;
  const marked = MARKS.flatMap(([kind, mark]) => {
    const found = lines.find(({ text }) => mark.test(text));
    return found ? [{ kind, line: found.line }] : [];
  }).sort((one, other) => one.line - other.line);
  const [one, other] = marked;
  if (one && other) {
    throw new ConfigInvalid(
      `${file}:${other.line}: is a line of a ${other.kind.title}, line ${one.line} is of a ${one.kind.title}; put each kind into a file of its own`,
    );
  }
  return one?.kind ?? LOOKS.find(([, look]) => look.test(first.text))?.[0] ?? usersYaml;
}

/** The kind, of a text that must have one. Throws ConfigInvalid. */
export function recogniseUsers(text: string, file: string): FileKind {
  const kind = recognise(text, file);
  if (kind) return kind;
  throw new ConfigInvalid(`${file}: has no user in it; add one by "dashgate user add -u NAME -f ${file}"`);
}

function* significant(text: string): Generator<{ text: string; line: number }> {
  let line = 0;
  for (const raw of text.split('\n')) {
    line++;
    const found = raw.trimEnd();
    if (found !== '' && !/^\s*#/.test(found)) yield { text: found, line };
  }
}
