import { type Clock, nowSec } from '../lib/clock.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import { type Algorithm, type AssertionKey, keysFrom } from './assertion-key.ts';

/** What their seeds are derived from the ring for. */
export const ASSERTION_PURPOSE = 'dashgate/assertion/v1';

/** The keys that sign assertions, and those that readers may still meet. */
export interface AssertionKeys {
  /** Throws TypeError where the ring is empty. */
  signing(algorithm: Algorithm): AssertionKey;
  /** Newest first. */
  published(): readonly AssertionKey[];
}

/**
 * So long a new key is published before it signs, in seconds: readers keep what they fetched for five minutes, and some, as
 * PyJWT, do not look again at once for a key that they do not know.
 */
const LEAD_SEC = 600;

/**
 * One key an algorithm for each of the ring, so that they are rotated with it and every instance that shares the ring has the same. Those that
 * are there at the start sign at once.
 * @param seeds - of 32 bytes, newest first, for {@link ASSERTION_PURPOSE}; a new list whenever the ring changes
 */
export function createAssertionKeys(seeds: () => readonly DerivedKey[], clock: Clock): AssertionKeys {
  let from: readonly DerivedKey[] | null = null;
  let made: readonly (AssertionKey & { readonly sinceSec: number })[] = [];
  const published = (): typeof made => {
    const now = seeds();
    if (now === from) return made;
    const sinceSec = from === null ? Number.NEGATIVE_INFINITY : nowSec(clock);
    const known = new Map(made.map((key) => [key.kid, key]));
    from = now;
    made = now.flatMap(keysFrom).map((key) => known.get(key.kid) ?? { ...key, sinceSec });
    return made;
  };
  return {
    published,
    signing(algorithm) {
      const keys = published().filter((key) => key.algorithm === algorithm);
      const key = keys.find(({ sinceSec }) => nowSec(clock) >= sinceSec + LEAD_SEC) ?? keys[0];
      if (!key) throw new TypeError('the key ring is empty');
      return key;
    },
  };
}
