import { isDeepStrictEqual } from 'node:util';
import type { Clock } from './clock.ts';
import { newest } from './lru.ts';

/** What another machine last said of each of those whom it knows, by a key. */
export interface Recheck<T> {
  /** `undefined`: has to be asked. No I/O that anybody waits for. */
  current(key: string): T | null | undefined;
  /**
   * Asks, once for all who ask at the same time. While the other side is down the last answer counts for `graceMs` more; then,
   * and for whoever was never asked about, this throws what the question threw.
   */
  lookUp(key: string): Promise<T | null>;
  /** Takes in what was just found out otherwise. @param askedMs - when the question went out */
  learn(key: string, found: T, askedMs: number): void;
}

export interface Answer<T> {
  /** `null`: it knows nobody such, or no more. */
  readonly found: T | null;
  /** When the question went out that this answers, by the clock. */
  readonly askedMs: number;
}

export interface RecheckOptions<T> {
  readonly ask: (key: string) => Promise<Answer<T>>;
  readonly everyMs: number;
  readonly graceMs: number;
  readonly clock: Clock;
  /** Whether an error means that it could not be asked; any other is a bug, which no last answer covers. */
  readonly isOutage: (error: unknown) => boolean;
  /** Told of each key that is known no more. */
  readonly onGone?: (key: string) => void;
  /** Told of each key of which something else is known than before. */
  readonly onChanged?: (key: string) => void;
}

const MOST = 50_000;
/** So long the other side is left in peace when it did not answer: a request need not wait for what the last one waited for. */
const QUIET_MS = 2000;
/** From this part of the time on, the next question is asked ahead, so that nobody has to wait for it. */
export const AHEAD = 0.75;

export function createRecheck<T>({
  ask,
  everyMs,
  graceMs,
  clock,
  isOutage,
  onGone = () => {},
  onChanged = () => {},
}: RecheckOptions<T>): Recheck<T> {
  const known = newest<Answer<T>>(MOST);
  const underWay = new Map<string, Promise<T | null>>();
  let failure: { readonly error: unknown; readonly atMs: number } | null = null;

  /** Infinity where the clock was put back: nobody knows then. */
  const ageOf = ({ askedMs }: Answer<T>): number => {
    const age = clock.nowMs() - askedMs;
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  };
  const recentFailure = (): typeof failure => {
    const age = failure ? clock.nowMs() - failure.atMs : 0;
    return age >= 0 && age < QUIET_MS ? failure : null;
  };

  /** Of two answers the one to the later question counts. One that says nothing new leaves what is known the same object. */
  const remember = (key: string, found: T | null, askedMs: number): T | null => {
    const last = known.get(key);
    if (last && last.askedMs > askedMs && ageOf(last) < everyMs) return last.found;
    const same = last && isDeepStrictEqual(last.found, found) ? last.found : found;
    known.set(key, { found: same, askedMs });
    if (last && same !== last.found) onChanged(key);
    return same;
  };
  const find = async (key: string): Promise<T | null> => {
    try {
      const { found, askedMs } = await ask(key);
      failure = null;
      if (found === null) onGone(key);
      return remember(key, found, askedMs);
    } catch (error) {
      if (!isOutage(error)) throw error;
      failure = { error, atMs: clock.nowMs() };
      return lastAnswer(key, error);
    }
  };
  const lastAnswer = (key: string, error: unknown): T | null => {
    const last = known.get(key);
    if (!last || ageOf(last) >= everyMs + graceMs) throw error;
    return last.found;
  };
  const question = (key: string): Promise<T | null> => {
    let pending = underWay.get(key);
    if (!pending) {
      pending = find(key).finally(() => underWay.delete(key));
      underWay.set(key, pending);
    }
    return pending;
  };

  return {
    current(key) {
      const last = known.get(key);
      const age = last ? ageOf(last) : Number.POSITIVE_INFINITY;
      if (!last || age >= everyMs) return undefined;
      if (age >= everyMs * AHEAD && !recentFailure()) question(key).catch(() => {});
      return last.found;
    },
    async lookUp(key) {
      const failed = recentFailure();
      return failed ? lastAnswer(key, failed.error) : question(key);
    },
    learn(key, found, askedMs) {
      remember(key, found, askedMs);
    },
  };
}
