import type * as z from 'zod';
import { formatPath, nearest } from './names.ts';
import { isKeyed } from './prepare.ts';
import { settingsTree } from './settings.ts';
import type { Path } from './yaml-file.ts';

/** What is wrong with one key, in words, and where. */
export interface Problem {
  readonly path: Path;
  readonly why: string;
}

const KINDS: Record<string, string> = {
  string: 'a text; write one, in quotes if it looks like a number',
  array: 'a list; write [a, b], or a line with "- " for each',
  object: 'a section; write key: value lines below it',
  record: 'a map; write name: [grants] lines below it',
};

/**
 * Turns what zod found into problems. A misspelled key comes before what is missing, and in place of it where it is the
 * same. Never quotes a value: it may be a secret that slipped into the wrong line.
 */
export function explain(issues: readonly z.core.$ZodIssue[]): Problem[] {
  const misspelled = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => explainUnknown(toPath(issue), key, issue.input)) : [],
  );
  const meant = new Set(misspelled.map(({ meant }) => meant));
  const others = issues
    .filter((issue) => issue.code !== 'unrecognized_keys')
    .filter((issue) => issue.input !== undefined || !meant.has(formatPath(toPath(issue))))
    .map((issue) => ({ path: toPath(issue), why: explainOne(issue) }));
  return [...misspelled.map(({ problem }) => problem), ...others];
}

const toPath = (issue: z.core.$ZodIssue): Path =>
  issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));

function explainOne(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing; add it';
      if (issue.input === null) return 'has no value; write one, or remove the line';
      if (issue.expected === 'string' && typeof issue.input === 'number')
        return `is a bare number; ${adviceOnNumber(String(issue.path.at(-1)))}`;
      return `is not ${KINDS[issue.expected] ?? 'of the right kind; see the configuration reference'}`;
    case 'invalid_value':
      if (issue.input === undefined) return 'is missing; add it';
      if (issue.input === null) return 'has no value; write one, or remove the line';
      return `is not known; write ${formatChoice(issue.values.map(String))}`;
    case 'invalid_union':
      return 'discriminator' in issue
        ? explainType(issue)
        : 'is not of the right kind; see the configuration reference';
    case 'invalid_key':
      return 'is not a name; write 1 to 255 characters';
    case 'custom':
    case 'too_small':
      return issue.message;
    default:
      return 'is not valid; see the configuration reference';
  }
}

/** Of an entry that says by its `type` what it is. */
function explainType(issue: z.core.$ZodIssueInvalidUnion): string {
  const { input } = issue;
  const options = 'options' in issue ? (issue.options ?? []) : [];
  if (!isKeyed(input) || input.type === undefined) return 'is missing; add it';
  const { type } = input;
  const types = options.map(String);
  const near = typeof type === 'string' ? nearest(type, types) : null;
  if (near) return `is not known; did you mean ${near}?`;
  return `is not known; write ${formatChoice(types.map((one) => (one === 'plugin' ? AS_PLUGIN : one)))}`;
}

/** How a plug-in is written in the place of a type. */
const AS_PLUGIN = 'a plug-in as ./my-provider.js';

const adviceOnNumber = (key: string): string =>
  /(?:^|_)listen$/.test(key)
    ? 'write the address before the port, as 127.0.0.1:8080'
    : 'write its unit behind it, as 8h, or quote it where it is a text';

const formatChoice = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

function explainUnknown(path: Path, key: string, input: unknown): { problem: Problem; meant: string | null } {
  const siblings = keysOf(path, input);
  const near = nearest(key, siblings);
  const advice = near ? `did you mean ${near}?` : `known here: ${siblings.join(', ')}`;
  return {
    problem: { path: [...path, key], why: `there is no such key; ${advice}` },
    meant: near && formatPath([...path, near]),
  };
}

/** The keys that the schema has below a path, for an entry of the type that it says. */
function keysOf(path: Path, input: unknown): string[] {
  let settings = settingsTree;
  for (const part of path) {
    if (typeof part === 'number') continue;
    settings = settings.find((setting) => setting.path.at(-1) === part)?.children ?? [];
  }
  const type = isKeyed(input) ? String(input.type) : '';
  return settings.filter(({ types }) => types?.includes(type) ?? true).flatMap(({ path }) => path.at(-1) ?? []);
}
