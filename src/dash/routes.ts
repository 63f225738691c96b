import { decoded } from './decoded.ts';
import { normalText } from './normal-text.ts';
import { sectionOf } from './section-of-id.ts';

/** Where the pages of an app are. */
export interface RouteRules {
  readonly known: ReadonlySet<string>;
  /** Path of a page, lower-cased segments, to the section it belongs to; what is below it belongs to it too. */
  readonly routes: readonly { readonly segments: readonly string[]; readonly section: string }[];
  /** Prefixes below which the app believes itself, with a slash at either end. */
  readonly bases: readonly string[];
  /** A path below none of them may be below one that is not known: each of its segments counts as the first. */
  readonly isAnywhere?: boolean;
}

/**
 * The sections that a path leads to: by the route map, or by its first segment, as an id is. Read as Dash reads it, where slashes at either
 * end and in a row mean nothing: no URL parser, to which `//hr` is a host.
 */
export function sectionsOfRoute(path: string, { known, routes, bases, isAnywhere = false }: RouteRules): string[] {
  const found = new Set<string>();
  for (const spelling of spellings(path)) {
    const below = bases.flatMap((base) => without(base, spelling) ?? []);
    const all = isAnywhere ? spelling.map((_segment, i) => spelling.slice(i)) : [spelling];
    for (const segments of below.length > 0 ? below : all) {
      for (const route of routes) if (route.segments.every((part, i) => segments[i] === part)) found.add(route.section);
      const section = sectionOf(segments[0] ?? '', known);
      if (section !== null) found.add(section);
    }
  }
  return [...found];
}

/** More than any route has, and any prefix above it. */
const MOST_SEGMENTS = 1000;

export const segmentsOf = (path: string): string[] =>
  normalText(path)
    .split(/[/\\]+/, MOST_SEGMENTS)
    .map((segment) => segment.replace(/^\.+|\.+$/g, ''))
    .filter((segment) => segment !== '');

/** As it stands, and decoded, for as often as that changes anything. */
function spellings(path: string): string[][] {
  const all: string[][] = [];
  let text = path.replace(/^\s*[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  for (let round = 0; round < 4; round++) {
    all.push(segmentsOf(text));
    const next = decoded(text);
    if (next === text) break;
    text = next;
  }
  return all;
}

function without(base: string, segments: readonly string[]): string[][] | null {
  const prefix = segmentsOf(base);
  return prefix.length > 0 && prefix.every((part, i) => segments[i] === part) ? [segments.slice(prefix.length)] : null;
}
