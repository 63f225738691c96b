import { tempDir } from '../test/support/temp-dir.ts';
import type { Options } from './options.ts';
import type { Peer } from './peers/peer.ts';
import { type Entry, type Figures, METRICS, type Metric, type Result, type Scenario } from './scenario.ts';

export const isMetric = (name: string): name is Metric => Object.hasOwn(METRICS, name);

export interface RunOptions extends Pick<Options, 'rounds' | 'seconds'> {
  readonly peers: readonly Peer[];
  /** Told how far it is. */
  readonly say: (line: string) => void;
}

/** Measures the entries of a scenario in turns, round by round, so that what the machine does besides meets all of them. */
export async function run(scenario: Scenario, { rounds, seconds, peers, say }: RunOptions): Promise<Result> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const notes: string[] = [];
  say(`${scenario.name}: starting what it needs`);
  const entries = await scenario.open({ dir, peers, note: (line) => notes.push(line) }, closing);
  const found = new Map<Entry, Figures[]>(entries.map((entry) => [entry, []]));
  // Once for nothing: caches fill, compilers compile.
  for (const entry of entries) await tryOnce(entry, 1);
  for (let round = 1; round <= rounds; round++) {
    for (const [entry, figures] of found) {
      figures.push(await tryOnce(entry, seconds));
      say(`${scenario.name}: round ${round} of ${rounds}: ${entry.name}: ${shown(figures.at(-1))}`);
    }
  }
  const medians = [...found].map(([{ name }, figures]) => [name, mediansOf(figures)] as const);
  return { scenario, figures: new Map(medians), notes };

  /** Who does not do what is asked is left out from there on, and that is said. */
  async function tryOnce(entry: Entry, time: number): Promise<Figures> {
    try {
      return await entry.measure(time);
    } catch (error) {
      found.delete(entry);
      const why = error instanceof Error ? error.message : String(error);
      notes.push(`${entry.name} is left out: ${why.replaceAll('\n', ' ').slice(0, 300)}`);
      say(`${scenario.name}: ${notes.at(-1)}`);
      return {};
    }
  }
}

function mediansOf(all: readonly Figures[]): Figures {
  const names = new Set(all.flatMap((figures) => Object.keys(figures)));
  return Object.fromEntries(
    [...names].filter(isMetric).map((name) => [name, median(all.flatMap((figures) => figures[name] ?? []))]),
  );
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const shown = (figures: Figures = {}): string =>
  Object.entries(figures)
    .filter(([name]) => isMetric(name))
    .map(([name, value]) => (isMetric(name) ? `${value.toFixed(METRICS[name].digits)} ${METRICS[name].title}` : ''))
    .join(', ');
