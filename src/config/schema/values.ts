import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { formatDuration, parseDuration } from '../../lib/duration.ts';
import { NAME, parseGrant } from '../../lib/grant.ts';

/** Says why a text is refused: what is wrong; what to do. Never the text itself, which may be a secret in the wrong place. */
export class Refused {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** What the reference says about a key beside its description. */
export interface Note {
  /** Reads as the type in tables: `duration`, `file`. */
  title?: string | undefined;
  description?: string | undefined;
  examples?: unknown[] | undefined;
  /** The default in words, where it depends on another key. */
  derived?: string | undefined;
  /** Stands in the place of another key, so that a sample cannot have both. */
  instead?: true | undefined;
  /** Another key can stand in its place; a sample has this one. */
  needed?: true | undefined;
}

/** A string in the file that becomes something else, by a reader that refuses with a reason. */
export const text = <T>(title: string, read: (text: string) => T | Refused, note: Note & { pattern?: string } = {}) =>
  z
    .string()
    .transform((given, context): T => {
      const value = read(given);
      if (!(value instanceof Refused)) return value;
      context.addIssue({ code: 'custom', message: value.why });
      return z.NEVER;
    })
    .meta({ title, ...note });

const hasControls = (given: string): boolean => /[\p{Cc}\u2028\u2029]/u.test(given);

/** A line that people read. */
export const line = (longest: number) =>
  text('text', (given) =>
    given.length > longest || hasControls(given)
      ? new Refused(`is not one line of at most ${longest} characters; shorten it`)
      : given,
  );

/** @returns a text that becomes milliseconds */
export const duration = (leastMs: number, mostMs: number) =>
  text(
    'duration',
    (given) => {
      const ms = parseDuration(given);
      if (ms === null) return new Refused('is not a duration; write a number and its unit, as 90s, 15m, 8h or 1h30m');
      if (ms >= leastMs && ms <= mostMs) return ms;
      return new Refused(
        `is out of range; write something from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`,
      );
    },
    { pattern: '^(\\d+(ms|[dhms]))+$' },
  );

/** Marks the schemas of what may be the name of a file or of a package. */
export const moduleNames = z.registry<{ module: true }>();

/** Marks the schemas of a text that a bare 0 in the file is one of. */
export const zeroTexts = z.registry<{ zero: true }>();

/** The same, or `null` for `none` and `0`. */
export const durationOrNone = (leastMs: number, mostMs: number) => {
  const schema = text(
    'duration',
    (given): number | null | Refused => {
      const ms = given === 'none' || given === '0' ? 0 : parseDuration(given);
      if (ms === null)
        return new Refused('is not a duration; write a number and its unit, as 90s, 15m, 8h or 1h30m, or none');
      if (ms === 0) return null;
      if (ms >= leastMs && ms <= mostMs) return ms;
      return new Refused(
        `is out of range; write something from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}, or none`,
      );
    },
    { pattern: '^(none|0|(\\d+(ms|[dhms]))+)$' },
  );
  zeroTexts.add(schema, { zero: true });
  return schema;
};

/** Marks the schemas whose text is a file name, which load.ts makes absolute. */
export const fileNames = z.registry<{ file: true }>();

export const file = text('file', (given) =>
  given === '' || hasControls(given) ? new Refused('is not a file name; write one, or remove the line') : given,
);
fileNames.add(file, { file: true });

/** The path behind `unix:`. */
export function readSocketPath(path: string): string | Refused {
  if (!isAbsolute(path) || hasControls(path))
    return new Refused('is not a socket address; write unix: and an absolute path, as unix:/run/dashgate.sock');
  return path;
}

/** The name of an app or of a resource. */
export const name = text(
  'name',
  (given) =>
    NAME.test(given) && given !== '_all_'
      ? given
      : new Refused('is not a name; write 1 to 64 of a-z, 0-9, _ . and -, and not _all_'),
  { pattern: NAME.source },
);

export const grant = text(
  'grant',
  (given) =>
    parseGrant(given) ??
    new Refused('is not a grant; write resource, app/resource, _all_ or app/_all_ (1 to 64 of a-z, 0-9, _ . - each)'),
);

/** Path patterns as lib/path-pattern.ts compiles them, compared with decoded paths. */
export const pathPattern = text(
  'path pattern',
  (given) => {
    const segments = given.slice(1).split('/');
    if (!given.startsWith('/') || given.length > 1024)
      return new Refused('is not a path pattern; begin it with /, as /hr/**');
    if (/[?#%;\\]/.test(given) || hasControls(given))
      return new Refused('has a character that no decoded path has; write the path decoded, without ? # % ; or \\');
    if (segments.slice(0, -1).includes('') || segments.some((segment) => segment === '.' || segment === '..'))
      return new Refused('has an empty or dot segment, which no request has; remove it');
    if (segments.some((segment) => segment !== '**' && segment.includes('**')))
      return new Refused('has ** beside other characters; ** stands for whole segments, as /hr/**');
    return given;
  },
  { pattern: '^/' },
);

/** An exact path of an app, as a browser asks for it: plain, so that it has one spelling. */
export const plainPath = text(
  'path',
  (given) =>
    /^(?:\/[A-Za-z0-9._~-]+)+\/?$/.test(given) && !given.split('/').some((part) => part === '.' || part === '..')
      ? given
      : new Refused('is not a plain path; write letters, digits, - . _ and ~ between slashes, as /login'),
  { pattern: '^/' },
);

/** Marks sections that may be written as `true` for "with every default", or `false` for "not at all". */
export const switches = z.registry<{ switch: true }>();

export const wholeNumber = (least: number, most: number) =>
  z
    .int({ error: `is not a whole number; write one from ${least} to ${most}` })
    .min(least, { error: `is out of range; write something from ${least} to ${most}` })
    .max(most, { error: `is out of range; write something from ${least} to ${most}` });

/** Every entry once. */
export const listOf = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .refine((list) => new Set(list.map((entry) => JSON.stringify(entry))).size === list.length, {
      error: 'has an entry twice; remove one',
    })
    .meta({ uniqueItems: true });

/** A cookie name is a token (RFC 6265 §4.1.1); chunks and `;` must fit behind it. */
export const cookieName = text(
  'name',
  (given) =>
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(given)
      ? given
      : new Refused('is not a cookie name; write at most 64 letters, digits, _ and -'),
  { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$" },
);
