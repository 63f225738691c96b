import { StoreUnavailable } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { USED_KEPT_SEC } from '../used-ids.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';

type Asking = Pick<Link, 'ask'>;

/** Ids that may be used once, in Redis. Those that this process took are known here as well, should Redis forget them. */
export interface RedisOnce {
  /** @returns true for exactly one call of all instances. Throws StoreUnavailable. */
  take(link: Asking, id: string, expiresAtSec: number): Promise<boolean>;
  /** Throws StoreUnavailable. */
  writeBack(link: Asking): Promise<void>;
}

const MOST_AT_ONCE = 500;

/** @param most - how many are held here, the latest ones, at some 150 bytes each */
export function createRedisOnce(keys: Keys, clock: Clock, most = 100_000): RedisOnce {
  const taken = new Map<string, number>();

  const purge = (): void => {
    for (const [id, untilSec] of taken) if (untilSec < nowSec(clock)) taken.delete(id);
  };
  const put = async (link: Asking, id: string, untilSec: number): Promise<boolean> => {
    const answer = await link.ask(['SET', keys.once(id), '1', 'NX', 'PXAT', `${untilSec * 1000}`]);
    if (answer !== 'OK' && answer !== null) throw new StoreUnavailable('Redis answers garbage');
    return answer === 'OK';
  };

  return {
    async take(link, id, expiresAtSec) {
      if (taken.has(id)) return false;
      // Redis has it as well: who takes ids without end shall not keep others from theirs.
      const [oldest] = taken.keys();
      if (taken.size >= most && oldest !== undefined) taken.delete(oldest);
      const untilSec = expiresAtSec + USED_KEPT_SEC;
      const isFirst = await put(link, id, untilSec);
      // Where no answer came, nobody was told that it is theirs.
      taken.set(id, untilSec);
      return isFirst;
    },
    async writeBack(link) {
      purge();
      const all = [...taken];
      for (let at = 0; at < all.length; at += MOST_AT_ONCE)
        await Promise.all(all.slice(at, at + MOST_AT_ONCE).map(([id, untilSec]) => put(link, id, untilSec)));
    },
  };
}
