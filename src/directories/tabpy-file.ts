import { ConfigInvalid } from '../errors.ts';
import { type FileEntry, type FileKind, problemLines } from './file-kind.ts';
import { hashTabpy, isTabpyHash } from './hash/tabpy.ts';
import { faultOfLineUser, lineEndOf } from './lines.ts';
import { rawPasswordBytes } from './password.ts';
import { canonicalUser } from './user-name.ts';

/** The password file of TabPy 2: a user and a hash in each line, one space between them, as Python's csv module reads them. */
export const tabpyFile: FileKind = {
  name: 'tabpy',
  source: 'tabpy',
  title: 'TabPy password file',
  hasGrants: false,
  faultOf: faultOfLineUser,
  parse: parseTabpy,
  async hash(user, password) {
    const bytes = rawPasswordBytes(password);
    if (!bytes) throw new ConfigInvalid('a password has 1 to 1024 bytes and no NUL; choose another');
    return hashTabpy(user, bytes);
  },
  add: (text, { user, hash }) => `${endWithLine(text)}${lineOf(user, hash)}${lineEndOf(text)}`,
  update: (text, { user, hash }) =>
    splice(text, user, ({ fields, end, to }) => lineOf(fields[0] ?? user, hash) + text.slice(end, to)),
  remove: (text, user) => splice(text, user, () => ''),
};

/** One record: its fields and where it stands, from its first character to behind its line end. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
  readonly from: number;
  /** Before the line end. */
  readonly end: number;
  readonly to: number;
}

/**
 * Python's csv.reader with one space for a delimiter, quotes as in `"al ice"`, and lines that end as text mode knows them. An
 * empty line is a record without fields.
 */
export function* readCsv(text: string): Generator<CsvRecord> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const from = at;
    const begun = line;
    const fields: string[] = [];
    let field = '';
    let isQuoted = false;
    let isFieldStart = true;
    for (; at < text.length; at++) {
      const char = text[at] ?? '';
      if (isQuoted) {
        if (char === '"' && text[at + 1] === '"') {
          field += '"';
          at++;
        } else if (char === '"') isQuoted = false;
        else {
          if (char === '\n' || (char === '\r' && text[at + 1] !== '\n')) line++;
          field += char;
        }
      } else if (char === '\n' || char === '\r') break;
      else if (char === ' ') {
        fields.push(field);
        field = '';
        isFieldStart = true;
        continue;
      } else if (char === '"' && isFieldStart) isQuoted = true;
      else field += char;
      isFieldStart = false;
    }
    const end = at;
    if (end > from) fields.push(field);
    at += text.startsWith('\r\n', at) ? 2 : 1;
    line++;
    yield { fields, line: begun, from, end, to: Math.min(at, text.length) };
  }
}

function parseTabpy(text: string, file: string, source: string): readonly FileEntry[] {
  const problems: string[] = [];
  const entries: FileEntry[] = [];
  const seen = new Map<string, number>();
  for (const { fields, line, end } of readCsv(text)) {
    const [name = '', hash = ''] = fields;
    if (fields.length === 0 || name.startsWith('#')) continue;
    const report = (what: string): void => {
      problems.push(`${file}:${line}: ${what}`);
    };
    if (name === '') report('begins with a space, at which TabPy does not start; remove it');
    else if (fields.length !== 2)
      report(
        `has ${fields.length === 1 ? 'one field' : 'more than two fields'}; write the user name, one space and the hash, and quotes around a name with a space`,
      );
    else if (hash === '') report('has a user name and no hash; set a password by "dashgate user update"');
    else if (end === text.length && hash.length < 128)
      report('is cut short: the file ends within its hash; set the password again');
    else {
      const user = canonicalUser(name);
      const before = seen.get(user);
      const fault = faultOfLineUser(user);
      if (fault !== null) report(`${fault}; rename this user`);
      else if (before !== undefined)
        report(`is the same user name as in line ${before}, whatever the case; remove one of them`);
      seen.set(user, line);
      const person = { sub: `${source}:${user}`, user, name: user, email: '', groups: [], allowedResources: [] };
      entries.push({
        person: Object.freeze(person),
        hash: { kind: 'tabpy', text: hash.toLowerCase(), user: name.toLowerCase() },
        line,
      });
    }
  }
  if (problems.length === 0 && entries.length === 0)
    problems.push(`${file}: has no user in it; add one by "dashgate user add"`);
  if (problems.length > 0) throw new ConfigInvalid(problemLines(problems, file));
  return entries;
}

/** Those whose hash is none that TabPy makes: it takes the line, and nobody can sign in. */
export const unusable = (entries: readonly FileEntry[]): readonly FileEntry[] =>
  entries.filter(({ hash }) => hash.kind === 'tabpy' && !isTabpyHash(hash.text));

/** Quoted only where TabPy needs it. */
const lineOf = (user: string, hash: string): string =>
  `${/[ "]/.test(user) ? `"${user.replaceAll('"', '""')}"` : user} ${hash}`;

const endWithLine = (text: string): string =>
  text === '' || /[\r\n]$/.test(text) ? text : `${text}${lineEndOf(text)}`;

/** Puts another text in the place of the record of a user. */
function splice(text: string, user: string, wanted: (record: CsvRecord) => string): string {
  for (const record of readCsv(text)) {
    const [name = ''] = record.fields;
    if (name.startsWith('#') || canonicalUser(name) !== user) continue;
    return text.slice(0, record.from) + wanted(record) + text.slice(record.to);
  }
  throw new TypeError('the file has no such user');
}
