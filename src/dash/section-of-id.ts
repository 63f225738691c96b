import { isKeyed } from './value.ts';

/** The sections of an app, and the ids that belong to none though they look so, or need not belong to one. */
export interface SectionNames {
  readonly known: ReadonlySet<string>;
  /** Lower-cased ids; `*` at the end stands for any rest. */
  readonly shared: readonly string[];
}

/** `null`: a part of a page that is everybody's. */
export type Section = string | null;

/** As long as the name of a section can be. */
const LONGEST_NAME = 64;

/** The longest known section S such that the text is S, or begins with `S-`. Looks at no more of it than that takes. */
export function sectionOf(text: string, known: ReadonlySet<string>): Section {
  const lower = text.slice(0, LONGEST_NAME + 1).toLowerCase();
  for (
    let end = text.length > LONGEST_NAME ? lower.lastIndexOf('-') : lower.length;
    end > 0;
    end = lower.lastIndexOf('-', end - 1)
  ) {
    const beginning = lower.slice(0, end);
    if (known.has(beginning)) return beginning;
  }
  return null;
}

/** What an id says of itself. */
export interface IdSections {
  readonly sections: readonly string[];
  /** Declared shared by the configuration, or one that Dash makes itself. */
  readonly isShared: boolean;
}

/**
 * Whose an id is: a string's own section; a dict's are those of all its strings, and of the keys that hold a wildcard none.
 * Ids come as strings, as dicts, and as dicts in a string.
 */
export function sectionsOfId(id: unknown, names: SectionNames): IdSections {
  const parsed = parseId(id);
  if (typeof parsed === 'string') {
    if (isDeclared(parsed, names.shared)) return SHARED;
    const section = sectionOf(parsed, names.known);
    return { sections: section === null ? [] : [section], isShared: isMadeByDash(parsed) };
  }
  if (!isKeyed(parsed)) return { sections: [], isShared: false };
  const strings = Object.values(parsed).filter((value) => typeof value === 'string');
  const own = strings.filter((text) => !isDeclared(text, names.shared));
  const sections = own.flatMap((text) => sectionOf(text, names.known) ?? []);
  return { sections, isShared: own.length < strings.length || own.some(isMadeByDash) };
}

const SHARED: IdSections = { sections: [], isShared: true };

/** A dict that stands in a string is read; `\.` in it is a dot. Any other string is an id as it stands. */
export function parseId(id: unknown): unknown {
  if (typeof id !== 'string' || !id.startsWith('{')) return id;
  try {
    return JSON.parse(id.replaceAll('\\.', '.'));
  } catch {
    return id;
  }
}

const isDeclared = (id: string, shared: readonly string[]): boolean => {
  const lower = id.toLowerCase();
  return shared.some((entry) => (entry.endsWith('*') ? lower.startsWith(entry.slice(0, -1)) : lower === entry));
};

/** `_pages_content` and its like, and the UUIDs that Dash gives to components without an id of their own. */
const isMadeByDash = (id: string): boolean =>
  /^_pages_(?:location|content|store|dummy)$/.test(id) ||
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(id);

/** `id.property`, or the id alone, as answers name what they change; an id that is a dict has dots of its own. */
export function idOfKey(key: string): string {
  if (key.startsWith('{')) return key.slice(0, key.lastIndexOf('}') + 1) || key;
  const dot = key.indexOf('.');
  return dot < 0 ? key : key.slice(0, dot);
}
