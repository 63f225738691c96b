import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { ConfigInvalid } from '../errors.ts';
import { parseGrant } from '../lib/grant.ts';
import { type FileEntry, problemLines } from './file-kind.ts';
import { parseArgon2 } from './hash/argon2.ts';
import { repeatedKeys } from './repeated-keys.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';
import type { UserEntry } from './users-table.ts';

const MOST_GRANTS = 256;
const KEYS = ['password', 'name', 'email', 'groups', 'allowed_resources'];

/**
 * Reads the text of a users file. All of it is text: `007`, `no` and `1e3` are user names as they stand.
 * Throws ConfigInvalid with one line a problem, `file:line: what; what to do`; no line repeats a password or a hash.
 * @param file - as it is shown in these lines
 */
export function parseUsers(text: string, file: string, source: string): readonly FileEntry[] {
  const lines = new LineCounter();
  // No pretty errors: they quote the source, and with it a hash.
  const document = parseDocument(text, {
    schema: 'failsafe',
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const problems: string[] = [];
  const lineOf = (node: unknown): number => {
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    return lines.linePos(range?.[0] ?? 0).line || 1;
  };
  const report: Report = (node, what) => {
    problems.push(`${file}:${lineOf(node)}: ${what}`);
  };
  const finish = (): void => {
    if (problems.length > 0) throw new ConfigInvalid(problemLines(problems, file));
  };

  for (const { code, pos } of [...document.errors, ...document.warnings]) {
    const rule = code.toLowerCase().replaceAll('_', ' ');
    report({ range: pos }, `is not plain YAML (${rule}); check quotes, brackets and the indent of this line`);
  }
  for (const key of repeatedKeys(document.contents))
    report(key, 'is not plain YAML (duplicate key); check quotes, brackets and the indent of this line');
  finish();

  const users = usersOf(document.contents, report);
  finish();
  const seen = new Map<string, number>();
  const entries: FileEntry[] = [];
  for (const pair of users?.items ?? []) {
    const name = readName(pair, report);
    if (name === null) continue;
    const before = seen.get(name);
    if (before !== undefined)
      report(pair.key, `is the same user name as in line ${before}, whatever the case; remove one of them`);
    seen.set(name, lineOf(pair.key));
    const entry = readUser(pair, name, source, report);
    if (entry) entries.push({ ...entry, line: lineOf(pair.key) });
  }
  finish();
  return entries;
}

type Report = (node: unknown, what: string) => void;

function usersOf(root: unknown, report: Report): YAMLMap | null {
  if (!isMap(root)) {
    report(root, 'has no users; begin it with "users:" and one user a line below');
    return null;
  }
  let users: YAMLMap | null = null;
  for (const { key, value } of root.items) {
    if (textOf(key) !== 'users') report(key, 'is an unknown key; the only one at the top of a users file is "users"');
    else if (isMap(value) && value.items.length > 0) users = value;
    else report(key, 'must name at least one user, as mica: { password: "$argon2id$…" }');
  }
  return users;
}

function readName({ key }: Pair, report: Report): string | null {
  const text = textOf(key);
  if (text === null) {
    report(key, 'must be a user name');
    return null;
  }
  const name = canonicalUser(text);
  const fault = faultOfUser(name);
  if (fault !== null) report(key, `${fault}; rename this user`);
  return fault === null ? name : null;
}

function readUser({ key, value }: Pair, user: string, source: string, report: Report): UserEntry | null {
  if (!isMap(value)) {
    report(key, 'must be a map with at least a password, as { password: "$argon2id$…" }');
    return null;
  }
  const fields = new Map<string, Pair>();
  for (const pair of value.items) {
    const field = textOf(pair.key) ?? '';
    if (KEYS.includes(field)) fields.set(field, pair);
  }
  const password = fields.get('password');
  const hash = password ? parseArgon2(textOf(password.value) ?? '') : 'is missing; it must be an argon2id hash';
  if (typeof hash === 'string') report(password?.key ?? key, `password ${hash}`);
  for (const { key } of value.items) {
    // With an unquoted hash its parameters look like keys: one line says enough of it.
    if (typeof hash === 'string' || KEYS.includes(textOf(key) ?? '')) continue;
    report(key, `is an unknown key; a user has ${KEYS.join(', ')}`);
  }
  const name = readText(fields.get('name'), report);
  const email = readText(fields.get('email'), report);
  if (email && !/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(email)) {
    report(fields.get('email')?.key, 'email must be one address, as mica@example.com');
  }
  const groups = readList(
    fields.get('groups'),
    'groups',
    groupOf,
    'a group of 1 to 128 characters without a comma',
    report,
  );
  const grant = 'a resource, as marketing, sales/marketing or _all_ (letters, digits, "_", "." and "-", at most 64)';
  const allowedResources = readList(fields.get('allowed_resources'), 'allowed_resources', parseGrant, grant, report);
  if (typeof hash === 'string') return null;
  const person = { sub: `${source}:${user}`, user, name: name || user, email, groups, allowedResources };
  return { person: Object.freeze(person), hash };
}

/** A scalar's text; `null` for a map, a list, an alias or a tagged value. */
const textOf = (node: unknown): string | null =>
  isScalar(node) && typeof node.value === 'string' && (node.tag === undefined || node.tag === 'tag:yaml.org,2002:str')
    ? node.value
    : null;

/** What is told to an upstream in a header: one line, and not a long one. */
const isLine = (text: string): boolean => text.length <= 256 && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);

function readText(pair: Pair | undefined, report: Report): string {
  if (!pair) return '';
  const text = textOf(pair.value);
  if (text !== null && isLine(text)) return text;
  report(pair.key, 'must be one line of text, of at most 256 characters');
  return '';
}

const groupOf = (text: string): string | null =>
  text === text.trim() && text !== '' && text.length <= 128 && isLine(text) && !text.includes(',') ? text : null;

function readList(
  pair: Pair | undefined,
  field: string,
  parse: (text: string) => string | null,
  wanted: string,
  report: Report,
): readonly string[] {
  if (!pair) return [];
  if (!isSeq(pair.value) || pair.value.items.length > MOST_GRANTS) {
    report(pair.key, `${field} must be a list in brackets, of at most ${MOST_GRANTS}, as [finance, hr]`);
    return [];
  }
  const items = pair.value.items.map((node) => {
    const item = parse(textOf(node) ?? '');
    if (item === null) report(node ?? pair.key, `each of ${field} must be ${wanted}`);
    return item ?? '';
  });
  return Object.freeze([...new Set(items)]);
}
