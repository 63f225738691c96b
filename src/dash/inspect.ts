import type { App } from '../access/app.ts';
import { UpstreamUnusable } from '../errors.ts';
import type { Fetched } from '../proxy/fetch.ts';
import { type Callback, readDependencies } from './dependencies.ts';
import { parseId, sectionsOfId } from './section-of-id.ts';
import { isKeyed } from './value.ts';
import type { SectionRules } from './view.ts';

/** A Dash app as it answers now. */
export interface Inspected {
  readonly layout: unknown;
  readonly callbacks: readonly Callback[];
}

/**
 * Asks a running app, as dashgate itself.
 * @throws UpstreamUnreachable, UpstreamUnusable
 */
export async function inspect(app: App, ask: (path: string) => Promise<Fetched>): Promise<Inspected> {
  const read = async (name: string): Promise<unknown> => {
    const { status, body } = await ask(app.prefix + name);
    if (status !== 200)
      throw new UpstreamUnusable(`${app.name} answers ${status} at ${app.prefix}${name}; is it a Dash app?`);
    try {
      return JSON.parse(body.toString('utf8'));
    } catch (cause) {
      throw new UpstreamUnusable(
        `${app.name} answers no JSON at ${app.prefix}${name}; is it a Dash app, and does it know that it is below ${app.prefix}?`,
        { cause },
      );
    }
  };
  return { layout: await read('_dash-layout'), callbacks: readDependencies(await read('_dash-dependencies')) };
}

/** A component of a layout, with what stands above it. */
export interface Found {
  /** As the app wrote it. */
  readonly id: string;
  readonly type: string;
  /** The section of it or of the nearest component above that has one; `null`: everybody's. */
  readonly section: string | null;
}

/** A text that people read, and whose it is. */
export interface FoundText {
  readonly text: string;
  readonly section: string | null;
}

/** Every component with an id, and every text, of a layout. */
export function survey(layout: unknown, rules: SectionRules): { components: Found[]; texts: FoundText[] } {
  const components: Found[] = [];
  const texts: FoundText[] = [];
  const walk = (value: unknown, section: string | null, key: string): void => {
    if (typeof value === 'string' && TEXTS.has(key) && /\p{L}/u.test(value)) texts.push({ text: value, section });
    else if (Array.isArray(value)) for (const part of value) walk(part, section, key);
    else if (isKeyed(value)) {
      const { id } = isKeyed(value.props) ? value.props : {};
      const own = id === undefined ? section : (sectionsOfId(id, rules).sections[0] ?? section);
      if (id !== undefined) components.push({ id: written(id), type: String(value.type), section: own });
      for (const [name, part] of Object.entries(value)) if (name !== 'id') walk(part, own, name);
    }
  };
  walk(layout, null, 'children');
  return { components, texts };
}

/** Properties that are shown as they are. */
const TEXTS = new Set(['children', 'label', 'title', 'placeholder', 'options']);

export const written = (id: unknown): string => (typeof id === 'string' ? id : JSON.stringify(id));

/** Beginnings of ids that are neither a section nor declared shared, each with its ids. */
export function unclassified(ids: Iterable<string>, rules: SectionRules): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const id of ids) {
    const { sections, isShared } = sectionsOfId(id, rules);
    if (sections.length > 0 || isShared) continue;
    const parsed = parseId(id);
    for (const text of isKeyed(parsed) ? Object.values(parsed).filter((part) => typeof part === 'string') : [id]) {
      const prefix = text.split('-', 1)[0] ?? text;
      found.set(prefix, (found.get(prefix) ?? new Set()).add(id));
    }
  }
  return new Map([...found].sort().map(([prefix, all]) => [prefix, [...all].sort()]));
}
