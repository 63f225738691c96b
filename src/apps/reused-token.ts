import { LRUCache } from 'lru-cache';
import type { Identity } from '../identity/identity.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { LIFE_SEC } from './identity-adapter.ts';

interface Kept {
  readonly token: Promise<string>;
  readonly renewSec: number;
}

/** What somebody may see can be a long list. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Makes a token once for each identity and half its life; requests at once share it.
 * @param inputsOf - all that goes into a token of this identity, but the time
 * @param make - `nowSec` in seconds since the epoch
 */
export function reuseTokens(
  inputsOf: (identity: Identity) => readonly string[],
  make: (identity: Identity, nowSec: number) => Promise<string>,
  clock: Clock,
): (identity: Identity) => Promise<string> {
  const kept = new LRUCache<string, Kept>({
    maxSize: MOST_BYTES,
    // A token is what goes into it in base64url, and a frame.
    sizeCalculation: (_kept, key) => key.length * 3 + 1000,
  });
  return (identity) => {
    const key = JSON.stringify(inputsOf(identity));
    const now = nowSec(clock);
    const known = kept.get(key);
    // A clock that was put back must not make one last longer.
    if (known && now < known.renewSec && now >= known.renewSec - LIFE_SEC / 2) return known.token;
    const token = make(identity, now);
    kept.set(key, { token, renewSec: now + LIFE_SEC / 2 });
    token.catch(() => kept.delete(key));
    return token;
  };
}
