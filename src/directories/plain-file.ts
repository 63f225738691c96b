import { ConfigInvalid } from '../errors.ts';
import { type FileEntry, type FileKind, problemLines } from './file-kind.ts';
import { plainHash } from './hash/plain.ts';
import { rawPasswordBytes } from './password.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';

/** The file of Panel's `--basic-auth`: JSON with user names and their passwords as they are. Never taken unless it is asked for. */
export const plainFile: FileKind = {
  name: 'plain',
  source: 'basic',
  title: 'file of passwords in plain text',
  hasGrants: false,
  faultOf: faultOfUser,
  parse: parsePlain,
  hash: refuse,
  add: refuse,
  update: refuse,
  remove: refuse,
};

function refuse(): never {
  throw new ConfigInvalid(
    'a file of passwords in plain text is written by hand; make a users file by "dashgate user add"',
  );
}

function parsePlain(text: string, file: string, source: string): readonly FileEntry[] {
  const problems: string[] = [];
  const entries: FileEntry[] = [];
  const seen = new Set<string>();
  for (const [name, password] of Object.entries(readJson(text, file))) {
    const user = canonicalUser(name);
    const bytes = typeof password === 'string' ? rawPasswordBytes(password) : null;
    const fault = faultOfUser(user);
    if (fault !== null) problems.push(`${file}: ${fault}; rename this user`);
    else if (seen.has(user)) problems.push(`${file}: has a user name twice, whatever the case; remove one of them`);
    else if (bytes === null)
      problems.push(
        `${file}: has a user without a password of 1 to 1024 bytes; write it as a text, or remove the user`,
      );
    else {
      const person = { sub: `${source}:${user}`, user, name, email: '', groups: [], allowedResources: [] };
      entries.push({ person: Object.freeze(person), hash: plainHash(bytes), line: 1 });
    }
    seen.add(user);
  }
  if (problems.length === 0 && entries.length === 0) problems.push(`${file}: has no user in it; write {"mica": "…"}`);
  if (problems.length > 0) throw new ConfigInvalid(problemLines(problems, file));
  return entries;
}

/** No message repeats what stands in it. */
function readJson(text: string, file: string): object {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ConfigInvalid(`${file}: is not JSON with user names and passwords; write it as {"mica": "…"}`);
}
