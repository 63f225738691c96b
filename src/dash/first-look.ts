import type { Log } from '../telemetry/log.ts';
import type { Callback } from './dependencies.ts';
import { survey, unclassified, written } from './inspect.ts';
import type { SectionRules } from './view.ts';

export interface FirstLookOptions {
  readonly app: string;
  readonly rules: () => SectionRules;
  /** The layout of the Dash app whose root is there; rejects where it cannot be had. */
  readonly layoutAt: (base: string) => Promise<unknown>;
  readonly log: Log;
}

/** So many beginnings are named in one line, and so many are remembered as said. */
const MOST_SAID = 20;
const MOST_KNOWN = 500;
const LONGEST = 40;

/**
 * Tells the log, once for each, of beginnings of ids that are neither a section nor declared shared: everybody sees those, and a
 * new section that nobody has thought of is among them.
 * @returns to be called with the callbacks of an app whenever they have been read
 */
export function createFirstLook({ app, rules, layoutAt, log }: FirstLookOptions) {
  const known = new Set<string>();
  const looked = new Set<string>();

  function tell(ids: readonly string[]): void {
    const today = rules();
    const news = [...unclassified(ids, today).keys()].filter((prefix) => !known.has(prefix));
    if (news.length === 0 || known.size >= MOST_KNOWN) return;
    for (const prefix of news.slice(0, MOST_KNOWN)) known.add(prefix);
    const more = news.length > MOST_SAID ? `, and ${news.length - MOST_SAID} more` : '';
    log.warn(`ids that belong to no section are ${today.isStrict ? 'hidden' : 'everybody’s'}`, {
      app,
      beginnings: news.slice(0, MOST_SAID).map(short).join(', ') + more,
      advice: `name each in sections.names or in sections.shared; dashgate check --app ${app} lists them with their ids`,
    });
  }

  return (base: string, callbacks: readonly Callback[]): void => {
    tell(
      callbacks.flatMap(({ outputs, inputs, state }) => [...outputs, ...inputs, ...state].map(({ id }) => written(id))),
    );
    if (looked.has(base)) return;
    looked.add(base);
    layoutAt(base).then(
      (layout) => tell(survey(layout, rules()).components.map(({ id }) => id)),
      // It is for people only: what an app cannot be asked for is said where it matters.
      () => {},
    );
  };
}

const short = (prefix: string): string => (prefix.length > LONGEST ? `${prefix.slice(0, LONGEST)}…` : prefix);
