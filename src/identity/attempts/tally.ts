import { type Counters, createCounters, type Pace } from './counters.ts';

/** What an attempt is counted against. */
export interface Counted {
  readonly of: 'name' | 'address';
  readonly key: string;
  readonly pace: Pace;
}

/** Who has failed how often, here or among all instances. What is asked of others is a promise, and never rejects but for `take`. */
export interface Tally {
  /** Milliseconds until the next attempt, as far as is known here; 0: now. */
  waitMs(counted: Counted, nowMs: number): number;
  /**
   * Counts an attempt against all of these at once, unless one of them has to wait.
   * @returns milliseconds to wait; 0: it was counted
   * @throws StoreUnavailable where that cannot be said
   */
  take(all: readonly Counted[], nowMs: number): number | Promise<number>;
  count(counted: Counted, nowMs: number): void | Promise<void>;
  /** Undoes one that was counted. */
  takeBack(counted: Counted, nowMs: number): void | Promise<void>;
  forget(counted: Counted, nowMs: number): void | Promise<void>;
}

/** In the memory of this process. */
export function createTally(): Tally {
  const tables: Record<Counted['of'], Counters> = { name: createCounters(), address: createCounters() };
  const waitMs: Tally['waitMs'] = ({ of, key, pace }, nowMs) => tables[of].waitMs(key, pace, nowMs);
  return {
    waitMs,
    take(all, nowMs) {
      const wait = Math.max(...all.map((counted) => waitMs(counted, nowMs)));
      if (wait === 0) for (const { of, key, pace } of all) tables[of].count(key, pace, nowMs);
      return wait;
    },
    count: ({ of, key, pace }, nowMs) => tables[of].count(key, pace, nowMs),
    takeBack: ({ of, key, pace }, nowMs) => tables[of].takeBack(key, pace, nowMs),
    forget: ({ of, key }) => tables[of].forget(key),
  };
}
