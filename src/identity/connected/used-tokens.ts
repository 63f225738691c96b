import { createHash } from 'node:crypto';
import { StoreUnavailable } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import type { SessionStore } from '../../session/store.ts';

/** Tokens that were taken: each may be once, by whichever instance. */
export interface UsedTokens {
  /**
   * Uses up the token of this `jti`.
   * @returns true for exactly one call
   * @throws StoreUnavailable where it is not known, or where this client has taken too many
   */
  use(client: string, jti: string, endsSec: number): Promise<boolean>;
}

/** Of one client, that are not over yet. One that takes more would leave the others no room. */
const MOST = 20_000;

export function createUsedTokens({
  once,
  clock,
  most = MOST,
}: {
  readonly once: SessionStore['once'];
  readonly clock: Clock;
  readonly most?: number;
}): UsedTokens {
  /** How many of each client end in which second. */
  const taken = new Map<string, Map<number, number>>();
  const livingOf = (client: string): number => {
    const seconds = taken.get(client) ?? new Map<number, number>();
    taken.set(client, seconds);
    let sum = 0;
    for (const [second, count] of seconds) {
      if (second < nowSec(clock)) seconds.delete(second);
      else sum += count;
    }
    return sum;
  };
  return {
    async use(client, jti, endsSec) {
      if (livingOf(client) >= most)
        throw new StoreUnavailable(`${client}: brought ${most} tokens that are not over yet`);
      if (!(await once(keyOf(client, jti), endsSec))) return false;
      const seconds = taken.get(client);
      seconds?.set(endsSec, (seconds.get(endsSec) ?? 0) + 1);
      return true;
    },
  };
}

/** Of one length, and the same in every process. No two pairs come to one text: no client id has a line end. */
const keyOf = (client: string, jti: string): string =>
  `connected:${createHash('sha256').update(`${client}\n${jti}`).digest('base64url')}`;
