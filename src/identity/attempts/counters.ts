import { createHash } from 'node:crypto';

/** How failures add up to a wait, and how they fade. */
export interface Pace {
  /** So many failures cost no wait; each one after that doubles it, from one second on. */
  readonly free: number;
  readonly longestWaitMs: number;
  /** One failure is forgotten each time this much has passed. */
  readonly fadeMs: number;
}

/** Failures by key. What is counted fades, and what one key has cannot be washed away by a flood of others. */
export interface Counters {
  /** Milliseconds until the next attempt; 0: now. */
  waitMs(key: string, pace: Pace, nowMs: number): number;
  count(key: string, pace: Pace, nowMs: number): void;
  /** Undoes one `count`. */
  takeBack(key: string, pace: Pace, nowMs: number): void;
  forget(key: string): void;
  /** Takes over what somebody else has counted. @param isWaiting - whether it costs a wait */
  put(key: string, count: Count, isWaiting: boolean): void;
  /** How many keys are held. */
  readonly size: number;
}

export interface CountersOptions {
  /** How many keys are held that cost no wait yet, and as many that do: twice as many in all. */
  readonly most?: number;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_KEY = 100;

export interface Count {
  /** Failures as they were at `atMs`, in fractions where some have faded. */
  readonly failures: number;
  readonly atMs: number;
}

/**
 * Counters in the memory of this process. Two tables, so that a flood of fresh keys pushes out other fresh keys and never
 * one that makes somebody wait: to push that out, an attacker would have to fail as often with each of `most` keys.
 */
export function createCounters({ most = 32_768 }: CountersOptions = {}): Counters {
  const fresh = new Map<string, Count>();
  const waiting = new Map<string, Count>();

  const failuresOf = (count: Count | undefined, { fadeMs }: Pace, nowMs: number): number =>
    count ? Math.max(0, count.failures - Math.max(0, nowMs - count.atMs) / fadeMs) : 0;

  const get = (key: string): Count | undefined => waiting.get(key) ?? fresh.get(key);

  const put = (key: string, count: Count, isWaiting: boolean): void => {
    // Deleted first: a map is in the order of insertion, so the first key of a table is the one least lately counted.
    fresh.delete(key);
    waiting.delete(key);
    if (count.failures <= 0) return;
    const table = isWaiting ? waiting : fresh;
    table.set(key, count);
    const [oldest] = table.keys();
    if (table.size > most && oldest !== undefined) table.delete(oldest);
  };

  const add = (key: string, by: 1 | -1, pace: Pace, nowMs: number): void => {
    const failures = failuresOf(get(key), pace, nowMs) + by;
    put(key, { failures, atMs: nowMs }, Math.ceil(failures) >= pace.free);
  };

  return {
    waitMs(written, pace, nowMs) {
      const key = short(written);
      const count = get(key);
      if (!count) return 0;
      // Counted by a clock that was ahead, here or elsewhere: the wait is from now on, not until that time has come.
      if (count.atMs > nowMs) (waiting.has(key) ? waiting : fresh).set(key, { ...count, atMs: nowMs });
      const beyond = Math.ceil(failuresOf(count, pace, nowMs)) - pace.free;
      if (beyond < 0) return 0;
      const wait = Math.min(FIRST_WAIT_MS * 2 ** beyond, pace.longestWaitMs);
      return Math.max(0, wait - Math.max(0, nowMs - count.atMs));
    },
    count: (written, pace, nowMs) => add(short(written), 1, pace, nowMs),
    takeBack: (written, pace, nowMs) => add(short(written), -1, pace, nowMs),
    put: (written, count, isWaiting) => put(short(written), count, isWaiting),
    forget(written) {
      const key = short(written);
      fresh.delete(key);
      waiting.delete(key);
    },
    get size() {
      return fresh.size + waiting.size;
    },
  };
}

/** A client may choose a name as long as a header; memory is not its to choose. */
export const short = (key: string): string =>
  key.length <= LONGEST_KEY ? key : `sha256 ${createHash('sha256').update(key).digest('base64url')}`;
