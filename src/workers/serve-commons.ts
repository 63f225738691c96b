import type { OwnCommons } from '../app/commons.ts';
import type { Counted } from '../identity/attempts/tally.ts';
import type { Clock } from '../lib/clock.ts';
import type { Answers } from './channel.ts';
import type { ToPrimary } from './protocol.ts';
import type { Telling } from './telling.ts';

export interface ServedOptions {
  readonly commons: OwnCommons;
  readonly tell: Telling;
  readonly clock: Clock;
  /** Of which worker the questions are. */
  readonly worker: number;
  /** What the last of them said that users prove themselves by, by source. */
  readonly proofs: Map<string, string>;
}

/** What answers one worker out of what is shared. */
export interface Served {
  readonly answers: Omit<Answers<ToPrimary>, 'join' | 'listens' | 'failed'>;
  /** The worker is gone: what it held is given back. */
  release(): void;
}

export function serveCommons({ commons, tell, clock, worker, proofs }: ServedOptions): Served {
  const { store, unproved, live, tally, known, hashQueue, idTokens, shared } = commons;
  const places = new Map<number, () => void>();
  const turns = new Map<number, () => Promise<void>>();
  let lastPlace = 0;
  let isGone = false;

  const done = (): null => null;
  /** Also where the store did not take it: what was ended counts, and is written later. */
  const thenTold = async (end: () => void): Promise<null> => {
    try {
      end();
    } finally {
      await tell.ends();
    }
    return null;
  };
  const tellWaits = (all: readonly Counted[]): void => {
    // Redis tells of its own, as long as it is there.
    if (shared?.hub.isUp()) return;
    const nowMs = clock.nowMs();
    const waits = all.map((counted) => {
      const wait = tally.waitMs(counted, nowMs);
      return { counted: { of: counted.of, key: counted.key }, untilMs: wait > 0 ? nowMs + wait : 0 };
    });
    tell.some('waits', waits);
  };
  const countedBy =
    (name: 'count' | 'takeBack' | 'forget') =>
    async ({ counted, nowMs }: { counted: Counted; nowMs: number }): Promise<null> => {
      await tally[name](counted, nowMs);
      tellWaits([counted]);
      return null;
    };

  return {
    answers: {
      revoke: ({ jti, untilSec }) => thenTold(() => store.revoke(jti, untilSec)),
      revokeSubjects: ({ subs, atSec }) => thenTold(() => store.revokeSubjects(subs, atSec)),
      async endUnproved(jti) {
        unproved.add(jti);
        await tell.all('unproved', jti);
        return null;
      },
      async confirm() {
        await store.confirm();
        await tell.ends();
        return null;
      },
      async noteProofs({ source, digest, proofs: given, atSec }) {
        if (proofs.get(source) === digest) return false;
        if (!given) return true;
        await thenTold(() => store.noteProofs(source, given, atSec));
        proofs.set(source, digest);
        return false;
      },
      once: ({ id, expiresAtSec }) => store.once(id, expiresAtSec),
      takesSignIns: () => store.takesSignIns(),
      putRefresh: ({ jti, text, untilSec }) => store.refresh.put(jti, text, untilSec).then(done),
      readRefresh: (jti) => store.refresh.read(jti),
      replaceRefresh: ({ jti, text }) => store.refresh.replace(jti, text),
      takeRefresh: (jti) => store.refresh.take(jti),
      async turnRefresh({ jti, forMs }) {
        const end = await store.refresh.turn(jti, forMs);
        if (!end) return null;
        turns.set(++lastPlace, end);
        return lastPlace;
      },
      async endTurnRefresh(turn) {
        const end = turns.get(turn);
        turns.delete(turn);
        await end?.();
        return null;
      },
      putToken: ({ token, most }) => store.tokens.put(token, most),
      findToken: (id) => store.tokens.find(id),
      tokensOf: (sub) => store.tokens.of(sub),
      removeToken: (token) => store.tokens.remove(token).then(done),
      tokenUsed: ({ id, atSec }) => store.tokens.used(id, atSec).then(done),
      noteLive(sessions) {
        for (const session of sessions) live.take(session);
        return null;
      },
      liveOf: (sub) => live.of(sub),
      dropLive(jti) {
        live.drop(jti);
        return null;
      },
      usedSince: ({ sec, most }) => live.usedSince(sec, most),
      async take({ all, nowMs }) {
        const wait = await tally.take(all, nowMs);
        tellWaits(all);
        return wait;
      },
      count: countedBy('count'),
      takeBack: countedBy('takeBack'),
      forget: countedBy('forget'),
      knows(told) {
        known.add(told.user, told.network);
        tell.some('knows', told, worker);
        return null;
      },
      async hashPlace() {
        const { promise, resolve, reject } = Promise.withResolvers<number>();
        const place = ++lastPlace;
        const held = async (): Promise<void> => {
          if (isGone) return;
          const used = Promise.withResolvers<void>();
          places.set(place, used.resolve);
          resolve(place);
          await used.promise;
        };
        hashQueue.run(held).catch(reject);
        return await promise;
      },
      hashDone(place) {
        places.get(place)?.();
        places.delete(place);
        return null;
      },
      keepIdToken({ jti, idToken }) {
        idTokens.keep(jti, idToken);
        return null;
      },
      takeIdToken: (jti) => idTokens.take(jti),
      redis: (command) => ask(commons, command),
    },
    release() {
      isGone = true;
      for (const free of places.values()) free();
      places.clear();
      for (const end of turns.values()) void end().catch(() => {});
      turns.clear();
    },
  };
}

async function ask({ shared }: OwnCommons, command: readonly string[]): Promise<unknown> {
  if (!shared) throw new TypeError('there is no Redis to be asked');
  return await shared.hub.ask(command);
}
