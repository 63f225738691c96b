import { createHash } from 'node:crypto';
import { StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { RefreshShelf } from '../session/refresh-shelf.ts';
import { createRevocations, type Held, SUBJECT_KEPT_SEC } from '../session/revocations.ts';
import { createUnprovedEnds, type UnprovedEnds } from '../session/sessions.ts';
import type { SessionStore } from '../session/store.ts';
import type { TokenShelf } from '../session/token-shelf.ts';
import type { Channel } from './channel.ts';
import type { Status, ToPrimary } from './protocol.ts';

export interface JoinedStore {
  readonly store: SessionStore;
  readonly unproved: UnprovedEnds;
  /** Takes in ends that the primary process tells of: they are in force when this returns. Throws StoreUnavailable. */
  hold(told: readonly Held[]): void;
  holdUnproved(jti: string): void;
}

export interface JoinedStoreOptions {
  readonly primary: Pick<Channel<ToPrimary>, 'ask'>;
  /** As the primary process has it; `null`: it has not said so for too long. */
  readonly status: () => Status | null;
  readonly clock: Clock;
}

/** Longer than the primary process waits for a worker, which it ends then. */
const WITHIN_MS = 20_000;
/** For so long an end that failed makes each `confirm` fail. */
const FAILED_MS = 5000;
const PURGE_EVERY_SEC = 600;

/**
 * The store of the primary process. All ends are held here too, as they are told, so that a check asks nobody; whoever ends a
 * session waits by `confirm` until that is in force everywhere.
 */
export function createJoinedStore({ primary, status, clock }: JoinedStoreOptions): JoinedStore {
  const revocations = createRevocations(Number.POSITIVE_INFINITY);
  const unproved = createUnprovedEnds();
  const unsettled = new Set<Promise<unknown>>();
  let purgedSec = nowSec(clock);

  /** Has `confirm` wait for it, and fail with it. */
  const follow = (asked: Promise<unknown>): void => {
    unsettled.add(asked);
    const forget = (): void => void unsettled.delete(asked);
    asked.then(forget, () => setTimeout(forget, FAILED_MS).unref());
  };
  const assertRoom = (isAdded: boolean): void => {
    if (!isAdded) throw new StoreUnavailable('the session store is full');
  };

  const noteProofs: SessionStore['noteProofs'] = (source, given, atSec) => {
    const proofs = [...given];
    const digest = createHash('sha256').update(JSON.stringify(proofs)).digest('base64url');
    const note = async (): Promise<void> => {
      if (!(await primary.ask('noteProofs', { source, digest, atSec }, WITHIN_MS))) return;
      await primary.ask('noteProofs', { source, digest, atSec, proofs }, WITHIN_MS);
    };
    follow(note());
  };

  return {
    hold(told) {
      const now = nowSec(clock);
      if (now - purgedSec >= PURGE_EVERY_SEC) {
        revocations.purge(now);
        purgedSec = now;
      }
      for (const held of told) {
        if ('jti' in held) assertRoom(revocations.addSession(held.jti, held.untilSec));
        else if ('sub' in held) assertRoom(revocations.addSubject(held.sub, held));
        else revocations.setKnownSince(held.sinceSec);
      }
    },
    holdUnproved: unproved.add,
    unproved: {
      add(jti) {
        unproved.add(jti);
        follow(primary.ask('endUnproved', jti, WITHIN_MS));
      },
      has: unproved.has,
      all: unproved.all,
    },
    store: {
      revoke(jti, untilSec) {
        follow(primary.ask('revoke', { jti, untilSec }, WITHIN_MS));
        assertRoom(revocations.addSession(jti, untilSec));
      },
      revokeSubjects(subs, atSec) {
        follow(primary.ask('revokeSubjects', { subs, atSec }, WITHIN_MS));
        for (const sub of subs) {
          const endSec = revocations.endOf(sub, atSec, nowSec(clock));
          assertRoom(revocations.addSubject(sub, { atSec: endSec, untilSec: endSec + SUBJECT_KEPT_SEC }));
        }
      },
      async confirm() {
        await Promise.all(unsettled);
        await primary.ask('confirm', null, WITHIN_MS);
      },
      noteProofs,
      isRevoked: revocations.isRevoked,
      isEnded: revocations.isEnded,
      once: (id, expiresAtSec) => primary.ask('once', { id, expiresAtSec }),
      refresh: createJoinedRefresh(primary),
      tokens: createJoinedTokens(primary),
      held: revocations,
      onEnded: revocations.onAdded,
      isReady: () => status()?.isReady ?? false,
      waiting: () => status()?.waiting ?? 0,
      isCurrent: () => status()?.isCurrent ?? false,
      takesSignIns: () => primary.ask('takesSignIns', null),
      close() {},
    },
  };
}

const createJoinedTokens = (primary: Pick<Channel<ToPrimary>, 'ask'>): TokenShelf => ({
  put: (token, most) => primary.ask('putToken', { token, most }),
  find: (id) => primary.ask('findToken', id),
  of: (sub) => primary.ask('tokensOf', sub),
  remove: async (token) => void (await primary.ask('removeToken', token)),
  used: async (id, atSec) => void (await primary.ask('tokenUsed', { id, atSec })),
});

const createJoinedRefresh = (primary: Pick<Channel<ToPrimary>, 'ask'>): RefreshShelf => ({
  put: async (jti, text, untilSec) => void (await primary.ask('putRefresh', { jti, text, untilSec })),
  read: (jti) => primary.ask('readRefresh', jti),
  replace: (jti, text) => primary.ask('replaceRefresh', { jti, text }),
  take: (jti) => primary.ask('takeRefresh', jti),
  async turn(jti, forMs) {
    const turn = await primary.ask('turnRefresh', { jti, forMs });
    return turn === null ? null : async () => void (await primary.ask('endTurnRefresh', turn));
  },
});
