import { decoded } from './decoded.ts';
import { normalText } from './normal-text.ts';
import { sectionsOfRoute } from './routes.ts';
import { parseId, type SectionNames, sectionOf, sectionsOfId } from './section-of-id.ts';
import { isKeyed } from './value.ts';

/** The sections of an app as its configuration and everybody's grants make them. */
export interface SectionRules extends SectionNames {
  /** An id of no section is nobody's, unless it is declared shared or made by Dash. */
  readonly isStrict: boolean;
  /** `id.property`, lower-cased id: what is typed there may name any section. */
  readonly freeValues: ReadonlySet<string>;
  readonly routes: readonly { readonly segments: readonly string[]; readonly section: string }[];
}

/** What one identity may see of an app. Knows nothing of requests. */
export interface View {
  readonly rules: SectionRules;
  /** Whether a component, by its id, is somebody else's. */
  isDenied(id: unknown): boolean;
  /** Whether an id is in a section that this identity holds. */
  isOwn(id: unknown): boolean;
  /** Whether a value names a section that is somebody else's, anywhere in it. */
  namesDenied(value: unknown): boolean;
  /** The sections, of those that this identity does not hold, that a path leads to as a browser shows it. */
  deniedOn(path: string): string[];
  /** The same for a path from the app's own root. */
  deniedAt(ownPath: string): string[];
}

/** Where the app believes itself, each with a slash at either end. */
export interface Bases {
  /** As a browser shows them. */
  readonly shown: readonly string[];
  /** From the app's own root, as far as is known. Without its own root among them there may be more. */
  readonly own: readonly string[];
}

/** @param holds - whether the identity has been granted a section, by its lower-cased name */
export function createView(rules: SectionRules, holds: (section: string) => boolean, { shown, own }: Bases): View {
  const denied = new Set([...rules.known].filter((section) => !holds(section)));
  const isDeniedSection = (section: string | null): boolean => section !== null && denied.has(section);
  const onRoute = { known: rules.known, routes: rules.routes, bases: shown };
  const atRoute = { ...onRoute, bases: own, isAnywhere: !own.includes('/') };

  const isDenied = (id: unknown): boolean => {
    const { sections, isShared } = sectionsOfId(id, rules);
    if (sections.some((section) => denied.has(section))) return true;
    return rules.isStrict && sections.length === 0 && !isShared;
  };
  const notHeld = (sections: readonly string[]): string[] => sections.filter((section) => !holds(section));
  const deniedOn = (path: string): string[] => notHeld(sectionsOfRoute(path, onRoute));

  let found: RegExp | null = null;
  /** What could name a section between the marks of a query. Made once, and only where it is looked for. */
  const inQuery = (): RegExp => {
    const names = [...denied].map((name) => name.replaceAll('.', '\\.')).join('|');
    found ??= new RegExp(`(?<=^|[?&#=;])((?:${names})(?=$|[-?&#=;])[^?&#=;]{0,64})`, 'g');
    return found;
  };
  const isDeniedName = (text: string): boolean => isDeniedSection(sectionOf(text, rules.known));
  const isDeniedText = (text: string): boolean => {
    const normal = normalText(text);
    if (normal === '') return false;
    if (isDeniedName(normal)) return true;
    if (normal.startsWith('{') && isKeyed(parseId(normal))) return isDenied(normal);
    if (/[/\\%]/.test(normal) && deniedOn(beginningOf(text)).length > 0) return true;
    if (!/[?&#]/.test(normal)) return false;
    const namesOne = (query: string): boolean => {
      for (const [, part = ''] of query.matchAll(inQuery())) if (isDeniedName(part)) return true;
      return false;
    };
    return namesOne(normal) || (/[%+]/.test(text) && namesOne(normalText(decoded(text.replaceAll('+', ' ')))));
  };

  const namesDenied = (value: unknown): boolean => {
    if (denied.size === 0) return false;
    if (typeof value === 'string') return isDeniedText(value);
    if (Array.isArray(value)) return value.some(namesDenied);
    return isKeyed(value) && Object.entries(value).some(([key, part]) => isDeniedText(key) || namesDenied(part));
  };

  return {
    rules,
    isDenied,
    isOwn: (id) => {
      const { sections } = sectionsOfId(id, rules);
      return sections.length > 0 && sections.every(holds);
    },
    namesDenied,
    deniedOn,
    deniedAt: (ownPath) => notHeld(sectionsOfRoute(ownPath, atRoute)),
  };
}

/** No path is as long. */
const LONGEST_PATH = 16 * 1024;

/** Of a text that is longer, what a path could begin with: blanks, dots and slashes before it are no more than one. */
function beginningOf(text: string): string {
  if (text.length <= LONGEST_PATH) return text;
  const seen = /[^\s/\\.\p{C}]/gu;
  for (let round = 0; round < LONGEST_PATH; round++) {
    const at = seen.exec(text)?.index;
    if (at === undefined) return '/';
    if (!/^%(?:2[fe0]|5c|0[9ad])/i.test(text.slice(at, at + 3))) return `/${text.slice(at, at + LONGEST_PATH)}`;
    seen.lastIndex = at + 3;
  }
  return '/';
}
