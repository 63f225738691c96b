import { Document, isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { ConfigInvalid } from '../errors.ts';
import type { FileKind, NewUser } from './file-kind.ts';
import { hashArgon2 } from './hash/argon2.ts';
import { lineEndOf } from './lines.ts';
import { passwordBytes } from './password.ts';
import { repeatedKeys } from './repeated-keys.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';
import { parseUsers } from './users-yaml.ts';

/** Our own users file, with names, groups and grants beside the argon2id hash of each password. */
export const usersYaml: FileKind = {
  name: 'users',
  source: 'file',
  title: 'users file',
  hasGrants: true,
  faultOf: faultOfUser,
  parse: parseUsers,
  async hash(_user, password) {
    const bytes = passwordBytes(password);
    if (!bytes) throw new ConfigInvalid('a password has 1 to 1024 bytes and no NUL; choose another');
    return hashArgon2(bytes);
  },
  add: (text, wanted) =>
    either(
      () => addLine(text, wanted),
      () => addNode(text, wanted),
      wanted.user,
    ),
  update(text, { user, hash }) {
    const password = pairOf(parse(text), user, 'password').value as Scalar;
    return cut(text, password, JSON.stringify(hash));
  },
  remove: (text, user) =>
    either(
      () => removeLines(text, user),
      () => removeNode(text, user),
      null,
    ),
};

const parse = (text: string): Document =>
  parseDocument(text, { schema: 'failsafe', prettyErrors: false, uniqueKeys: false });

/**
 * What changes only the lines of one user, or, where the file is laid out in a way that this does not fit, the same done on
 * the parsed document, which may move blanks and quotes of other lines.
 */
function either(onText: () => string | null, onDocument: () => string, added: string | null): string {
  const text = onText();
  if (text === null) return onDocument();
  const document = parse(text);
  const isGood = [...document.errors, ...document.warnings, ...repeatedKeys(document.contents)].length === 0;
  return isGood && (added === null || pairOf(document, added) !== null) ? text : onDocument();
}

function addLine(text: string, { user, hash, grants }: NewUser): string | null {
  const users = text.trim() === '' ? null : usersOf(parse(text));
  if (users?.flow) return null;
  const [first] = users?.items ?? [];
  const at = isScalar(first?.key) ? first.key.range?.[0] : undefined;
  const indent = at === undefined ? '  ' : text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  if (indent.trim() !== '') return null;
  const name = /^[a-z0-9_][\w.@-]*$/.test(user) ? user : JSON.stringify(user);
  const allowed = grants.length > 0 ? `, allowed_resources: [${grants.join(', ')}]` : '';
  const end = lineEndOf(text);
  const before = text === '' || text.endsWith('\n') ? text : text + end;
  return `${before}${users ? '' : `users:${end}`}${indent}${name}: { password: ${JSON.stringify(hash)}${allowed} }${end}`;
}

function addNode(text: string, { user, hash, grants }: NewUser): string {
  const document = text.trim() === '' ? new Document({ users: {} }, { schema: 'failsafe' }) : parse(text);
  const fields = { password: hash, ...(grants.length > 0 && { allowed_resources: grants }) };
  document.setIn(['users', user], document.createNode(fields, { flow: true }));
  return print(document);
}

function removeLines(text: string, user: string): string | null {
  const users = usersOf(parse(text));
  if (!users || users.flow) return null;
  const { key, value } = pairOf(parse(text), user);
  const [from] = (isScalar(key) ? key.range : null) ?? [];
  const to = (value as Scalar | YAMLMap | null)?.range?.[1];
  if (from === undefined || to === undefined) return null;
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  // The range of a block may end behind its last line end.
  const lineEnd = text[to - 1] === '\n' ? to - 1 : text.indexOf('\n', to);
  return text.slice(0, lineStart) + (lineEnd < 0 ? '' : text.slice(lineEnd + 1));
}

function removeNode(text: string, user: string): string {
  const document = parse(text);
  const { key } = pairOf(document, user);
  usersOf(document)?.delete(key);
  return print(document);
}

const print = (document: Document): string => document.toString({ lineWidth: 0, flowCollectionPadding: true });

function usersOf(document: Document): YAMLMap | null {
  const users = document.get('users');
  return isMap(users) ? users : null;
}

/** A user of the file, or one of their fields. */
function pairOf(document: Document, user: string, field?: string): Pair {
  const named = (map: YAMLMap | null, matches: (key: string) => boolean): Pair | undefined =>
    map?.items.find(({ key }) => isScalar(key) && matches(String(key.value)));
  const found = named(usersOf(document), (key) => canonicalUser(key) === user);
  const wanted = field && isMap(found?.value) ? named(found.value, (key) => key === field) : found;
  if (!wanted) throw new TypeError('the file has no such user');
  return wanted;
}

function cut(text: string, { range }: Scalar, replacement: string): string {
  const [from, to] = range ?? [];
  if (from === undefined || to === undefined) throw new TypeError('the password stands nowhere');
  // The range of a block goes to behind its last line end.
  const lineEnd = /\r?\n$/.exec(text.slice(from, to))?.[0] ?? '';
  return text.slice(0, from) + replacement + lineEnd + text.slice(to);
}
