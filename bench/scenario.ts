import type { Stage } from './stage/stage.ts';

/** What can be measured, with its unit, and whether more of it is better. */
export const METRICS = {
  rate: { title: 'per second', digits: 0, isMoreBetter: true },
  p99: { title: 'p99 ms', digits: 1, isMoreBetter: false },
  cpu: { title: 'CPU s per 100k', digits: 2, isMoreBetter: false },
  megabytes: { title: 'MB/s', digits: 0, isMoreBetter: true },
  ms: { title: 'ms', digits: 1, isMoreBetter: false },
  pause: { title: 'longest pause ms', digits: 0, isMoreBetter: false },
  idle: { title: 'MB idle', digits: 0, isMoreBetter: false },
  loaded: { title: 'MB after load', digits: 0, isMoreBetter: false },
} as const;

export type Metric = keyof typeof METRICS;
export type Figures = Readonly<Partial<Record<Metric, number>>>;

/** One thing that is measured beside others, in turns with them. */
export interface Entry {
  readonly name: string;
  /** Runs it for so many seconds. Throws where what was answered is not what was asked for: no figure is made of errors. */
  measure(seconds: number): Promise<Figures>;
}

export interface Scenario {
  /** What `--only` calls it. */
  readonly name: string;
  readonly title: string;
  /** What is measured and how, in a sentence or two. */
  readonly about: string;
  /** The entry that the others are given as shares of; absent: there is none. */
  readonly limit?: string;
  /** The metric of the shares and of the plot; the rate unless said otherwise. */
  readonly by?: Metric;
  /** Starts what it needs; it all ends with `closing`. */
  open(stage: Stage, closing: AsyncDisposableStack): Promise<readonly Entry[]>;
}

/** Medians by entry, in the order of the entries. */
export interface Result {
  readonly scenario: Scenario;
  readonly figures: ReadonlyMap<string, Figures>;
  /** What is to be said of the figures, as who was left out. */
  readonly notes: readonly string[];
}
