import { ConfigInvalid } from '../errors.ts';
import { type FileEntry, type FileKind, problemLines } from './file-kind.ts';
import { parseApr1 } from './hash/apr1.ts';
import { hashBcrypt, parseBcrypt } from './hash/bcrypt.ts';
import type { PasswordHash } from './hash/password-hash.ts';
import { parseSha1 } from './hash/sha1.ts';
import { faultOfLineUser, lineEndOf } from './lines.ts';
import { rawPasswordBytes } from './password.ts';
import { canonicalUser } from './user-name.ts';

/** The user file of Apache and nginx: `name:hash` in each line, and perhaps a comment behind another colon. */
export const htpasswd: FileKind = {
  name: 'htpasswd',
  source: 'htpasswd',
  title: 'htpasswd file',
  hasGrants: false,
  faultOf: faultOfLineUser,
  parse: parseHtpasswd,
  async hash(_user, password) {
    const bytes = rawPasswordBytes(password);
    const hash = bytes && (await hashBcrypt(bytes));
    if (!hash) throw new ConfigInvalid('a password in an htpasswd file has 1 to 72 bytes and no NUL; choose another');
    return hash;
  },
  add: (text, { user, hash }) => `${endWithLine(text)}${user}:${hash}${lineEndOf(text)}`,
  update: (text, { user, hash }) =>
    editLine(text, user, (line) => {
      const at = line.indexOf(':');
      const after = /^[^:\r\n]*?(?=\s*$|:)/.exec(line.slice(at + 1))?.[0] ?? '';
      return line.slice(0, at + 1) + hash + line.slice(at + 1 + after.length);
    }),
  remove: (text, user) => editLine(text, user, () => ''),
};

function parseHtpasswd(text: string, file: string, source: string): readonly FileEntry[] {
  const problems: string[] = [];
  const entries: FileEntry[] = [];
  const seen = new Map<string, number>();
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const report = (what: string): void => {
      problems.push(`${file}:${at + 1}: ${what}`);
    };
    const [name = '', hash] = line.split(':', 2);
    if (hash === undefined) {
      report('has no colon; write the user name, ":" and the hash');
      continue;
    }
    const user = canonicalUser(name);
    const fault = faultOfLineUser(user);
    const before = seen.get(user);
    if (fault !== null) report(`${fault}; rename this user`);
    else if (before !== undefined)
      report(`is the same user name as in line ${before}, whatever the case; remove one of them`);
    seen.set(user, at + 1);
    const read = readHash(hash);
    if (typeof read === 'string') {
      report(`password ${read}`);
      continue;
    }
    const person = { sub: `${source}:${user}`, user, name: user, email: '', groups: [], allowedResources: [] };
    entries.push({ person: Object.freeze(person), hash: read, line: at + 1 });
  }
  if (problems.length === 0 && entries.length === 0)
    problems.push(`${file}: has no user in it; add one by "dashgate user add"`);
  if (problems.length > 0) throw new ConfigInvalid(problemLines(problems, file));
  return entries;
}

const AGAIN = 'set it again by "dashgate user update" or "htpasswd -B"';

function readHash(hash: string): PasswordHash | string {
  if (/^\$2[aby]\$/.test(hash)) return parseBcrypt(hash);
  if (hash.startsWith('$apr1$')) return parseApr1(hash);
  if (hash.startsWith('{SHA}')) return parseSha1(hash);
  if (hash === '') return `is missing; ${AGAIN}`;
  if (/^\$2x\$/.test(hash)) return `is a bcrypt hash of a program with a known fault ($2x$); ${AGAIN}`;
  if (/^(\$(?:1|5|6|7|y|gy|argon2\w*)\$|\{[\w-]+\})/.test(hash))
    return `is of a kind that is not read here (bcrypt, $apr1$ and {SHA} are); ${AGAIN}`;
  return `is plain text or a crypt hash, which whoever reads the file has or soon guesses; ${AGAIN}`;
}

const endWithLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}${lineEndOf(text)}`);

/** Puts another text in the place of the line of a user, which has its line end. */
function editLine(text: string, user: string, wanted: (line: string) => string): string {
  const lines = text.split(/(?<=\n)/);
  const at = lines.findIndex(
    (line) => !line.startsWith('#') && canonicalUser(line.split(':', 1)[0] ?? '') === user && line.includes(':'),
  );
  if (at < 0) throw new TypeError('the file has no such user');
  return lines.with(at, wanted(lines[at] ?? '')).join('');
}
