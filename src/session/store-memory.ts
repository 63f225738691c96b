import { StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { createKeyedDigest } from '../lib/keyed-digest.ts';
import { createMemoryRefresh } from './refresh-shelf.ts';
import { createRevocations, SUBJECT_KEPT_SEC } from './revocations.ts';
import type { SessionStore } from './store.ts';
import { createMemoryTokens } from './token-shelf.ts';
import { createUsedIds } from './used-ids.ts';

const PURGE_EVERY_SEC = 600;

/**
 * Forgets with the process. So that no ended session comes back by a restart, every session that began before this start
 * is refused; it is one second that cannot be told apart, the one in which it starts.
 */
export function createMemoryStore({ clock }: { clock: Clock }): SessionStore {
  const revocations = createRevocations(nowSec(clock));
  const usedIds = createUsedIds();
  const digest = createKeyedDigest();
  /** By source and subject. Whoever tells may have begun later than this, as workers do, and have seen no change. */
  const noted = new Map<string, ReadonlyMap<string, string>>();
  let purgedSec = nowSec(clock);
  let isOpen = true;

  const write = (add: () => boolean): void => {
    if (!isOpen) throw new StoreUnavailable('the session store is closed');
    const now = nowSec(clock);
    if (now - purgedSec >= PURGE_EVERY_SEC) {
      revocations.purge(now);
      purgedSec = now;
    }
    if (!add()) throw new StoreUnavailable('the session store is full; restart dashgate, and everybody signs in again');
  };

  const revokeSubjects = (subs: readonly string[], atSec: number): void =>
    write(() => {
      // Each of them, also where there is no room for one.
      const added = subs.map((sub) => {
        const endSec = revocations.endOf(sub, atSec, nowSec(clock));
        return revocations.addSubject(sub, { atSec: endSec, untilSec: endSec + SUBJECT_KEPT_SEC });
      });
      return added.every(Boolean);
    });

  return {
    revoke: (jti, untilSec, by) => write(() => revocations.addSession(jti, untilSec, by)),
    revokeSubjects,
    noteProofs(source, proofs, atSec) {
      const now = new Map([...proofs].map(([sub, proof]) => [sub, digest(proof)]));
      const before = noted.get(source) ?? new Map<string, string>();
      const differing = [...before].filter(([sub, mark]) => now.get(sub) !== mark).map(([sub]) => sub);
      // In this order: what is noted without being ended would never be ended.
      if (differing.length > 0) revokeSubjects(differing, atSec);
      noted.set(source, now);
    },
    isRevoked: revocations.isRevoked,
    isEnded: revocations.isEnded,
    async once(id, expiresAtSec) {
      const isFirst = isOpen ? usedIds.add(id, expiresAtSec, nowSec(clock)) : null;
      if (isFirst === null) throw new StoreUnavailable('the session store takes no more ids that may be used once');
      return isFirst;
    },
    refresh: createMemoryRefresh(clock),
    tokens: createMemoryTokens(clock),
    held: revocations,
    onEnded: revocations.onAdded,
    isReady: () => isOpen,
    waiting: () => 0,
    isCurrent: () => true,
    takesSignIns: () => true,
    async confirm() {
      if (!isOpen) throw new StoreUnavailable('the session store is closed');
    },
    close() {
      isOpen = false;
    },
  };
}
