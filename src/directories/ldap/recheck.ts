import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { DirectoryUnavailable } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Person } from '../directory.ts';

/** People as a directory far away last had them. */
export interface Recheck {
  /** `undefined`: has to be asked. No I/O that anybody waits for. */
  current(sub: string): Person | null | undefined;
  /**
   * Asks, once for all who ask at the same time. While the directory is down the last answer counts for `graceMs` more; then,
   * and for whoever was never asked about, this throws DirectoryUnavailable.
   */
  lookUp(sub: string): Promise<Person | null>;
  /** Takes in what was just found out otherwise. @param askedMs - when the question went out */
  learn(person: Person, askedMs: number): void;
}

export interface RecheckOptions {
  readonly ask: (sub: string) => Promise<Person | null>;
  readonly everyMs: number;
  readonly graceMs: number;
  readonly clock: Clock;
  /** Told of each `sub` that the directory no longer has. */
  readonly onGone: (sub: string) => void;
}

interface Known {
  readonly person: Person | null;
  readonly askedMs: number;
}

const MOST = 50_000;
/** So long the directory is left in peace when it did not answer: a request need not wait for what the last one waited for. */
const QUIET_MS = 2000;
/** From this part of the time on, the next question is asked ahead, so that nobody has to wait for it. */
const AHEAD = 0.75;

export function createRecheck({ ask, everyMs, graceMs, clock, onGone }: RecheckOptions): Recheck {
  const known = new LRUCache<string, Known>({ max: MOST });
  const underWay = new Map<string, Promise<Person | null>>();
  let failure: { readonly error: DirectoryUnavailable; readonly atMs: number } | null = null;

  /** Infinity where the clock was put back: nobody knows then. */
  const ageOf = ({ askedMs }: Known): number => {
    const age = clock.nowMs() - askedMs;
    return age < 0 ? Number.POSITIVE_INFINITY : age;
  };
  const recentFailure = (): DirectoryUnavailable | null => {
    const age = failure ? clock.nowMs() - failure.atMs : 0;
    return failure && age >= 0 && age < QUIET_MS ? failure.error : null;
  };

  /** Of two answers the one to the later question counts. One that says nothing new leaves the person the same object. */
  const remember = (sub: string, person: Person | null, askedMs: number): Person | null => {
    const last = known.get(sub);
    if (last && last.askedMs > askedMs && ageOf(last) < everyMs) return last.person;
    const same = last && isDeepStrictEqual(last.person, person) ? last.person : person;
    known.set(sub, { person: same, askedMs });
    return same;
  };
  const find = async (sub: string): Promise<Person | null> => {
    const askedMs = clock.nowMs();
    try {
      const person = await ask(sub);
      failure = null;
      if (!person) onGone(sub);
      return remember(sub, person, askedMs);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error;
      failure = { error, atMs: clock.nowMs() };
      return lastAnswer(sub, error);
    }
  };
  const lastAnswer = (sub: string, error: DirectoryUnavailable): Person | null => {
    const last = known.get(sub);
    if (!last || ageOf(last) >= everyMs + graceMs) throw error;
    return last.person;
  };
  const question = (sub: string): Promise<Person | null> => {
    let pending = underWay.get(sub);
    if (!pending) {
      pending = find(sub).finally(() => underWay.delete(sub));
      underWay.set(sub, pending);
    }
    return pending;
  };

  return {
    current(sub) {
      const last = known.get(sub);
      const age = last ? ageOf(last) : Number.POSITIVE_INFINITY;
      if (!last || age >= everyMs) return undefined;
      if (age >= everyMs * AHEAD && !recentFailure()) question(sub).catch(() => {});
      return last.person;
    },
    async lookUp(sub) {
      const error = recentFailure();
      return error ? lastAnswer(sub, error) : question(sub);
    },
    learn(person, askedMs) {
      remember(person.sub, person, askedMs);
    },
  };
}
