import { StoreUnavailable } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { type Revocations, SLACK_SEC, SUBJECT_KEPT_SEC } from '../revocations.ts';
import { isJti, isSub, nameOf, readAll, type WrittenEnd } from './ends.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';

/** All ends that this process has heard of, beside those that stand in Redis. */
export interface KnownEnds {
  /** Throws StoreUnavailable where there is no room. */
  add(end: WrittenEnd): void;
  /** Takes in all that stands in Redis. Throws StoreUnavailable. @returns what is known here and not there */
  readWhole(link: Link): Promise<WrittenEnd[]>;
  /** Drops what has ended anyway, every ten minutes. */
  purge(): void;
  /** Throws StoreUnavailable, once, where the clock was put back: what seemed to be over was dropped, and stands in Redis. */
  assertClock(): void;
}

const PURGE_EVERY_SEC = 600;

export function createKnownEnds(revocations: Revocations, keys: Keys, clock: Clock): KnownEnds {
  let purgedSec = nowSec(clock);

  const add = (end: WrittenEnd): void => {
    const { jti, sub = '', sec, by } = end;
    const isAdded =
      jti === undefined
        ? revocations.addSubject(sub, { atSec: sec, untilSec: sec + SUBJECT_KEPT_SEC }, by)
        : revocations.addSession(jti, sec, by);
    if (!isAdded) throw new StoreUnavailable('the session store is full; restart dashgate once sessions have ended');
  };
  const purge = (): void => {
    const now = nowSec(clock);
    if (now - purgedSec < PURGE_EVERY_SEC) return;
    purgedSec = now;
    revocations.purge(now);
  };

  return {
    add,
    purge,
    async readWhole(link) {
      const there = new Map<string, number>();
      const take = (end: WrittenEnd): void => {
        there.set(nameOf(end), end.sec);
        add(end);
      };
      purge();
      const pastSec = nowSec(clock) - PURGE_EVERY_SEC;
      await readAll(link, keys.sessions, (jti, sec) => isJti(jti) && sec >= pastSec && take({ jti, sec }));
      await readAll(link, keys.subjects, (sub, sec) => isSub(sub) && take({ sub, sec }));
      const here = function* (): Generator<WrittenEnd> {
        for (const [jti, sec] of revocations.sessions()) yield { jti, sec };
        for (const [sub, { atSec }] of revocations.subjects()) yield { sub, sec: atSec };
      };
      return [...here()].filter((end) => (there.get(nameOf(end)) ?? -1) < end.sec);
    },
    assertClock() {
      if (purgedSec - nowSec(clock) <= SLACK_SEC) return;
      purgedSec = nowSec(clock);
      throw new StoreUnavailable('the clock here was put back, and all is read anew');
    },
  };
}
