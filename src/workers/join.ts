import type { Commons } from '../app/commons.ts';
import { createKeys } from '../app/keys.ts';
import type { Config } from '../config/schema/config.ts';
import type { HashQueue } from '../directories/hash/queue.ts';
import { createKnownAddresses, type KnownAddresses } from '../identity/attempts/known-addresses.ts';
import type { Clock } from '../lib/clock.ts';
import type { IdTokens } from '../login/id-tokens.ts';
import { createLiveSessions, type LiveSessions } from '../session/live-sessions.ts';
import type { LiveShelf } from '../session/live-shelf.ts';
import { type Answers, type Channel, openChannel, type Pipe } from './channel.ts';
import { createJoinedStore } from './joined-store.ts';
import { joinTally } from './joined-tally.ts';
import type { Joined, KnownAddress, Status, ToPrimary, ToWorker, WrittenKeys } from './protocol.ts';
import { readKeys } from './write-keys.ts';

/** What a worker hears of its primary process that concerns itself. */
export type Orders = Pick<Answers<ToWorker>, 'metrics' | 'reconfigure' | 'end'>;

export interface Membership {
  readonly primary: Channel<ToPrimary>;
  readonly joined: Joined;
  /** What is shared, by the configuration that is in force. */
  commonsOf(config: Config): Commons;
}

/** A primary process that has not said how the store stands for so long may know of ends that this one does not. */
const STALE_MS = 3000;
const JOIN_WITHIN_MS = 60_000;

/** Joins the workers of the primary process that started this one. Throws StoreUnavailable. */
export async function join(pipe: Pipe, clock: Clock, orders: Orders): Promise<Membership> {
  let status: Status | null = null;
  let heardMs = performance.now();
  const statusNow = (): Status | null => (performance.now() - heardMs <= STALE_MS ? status : null);

  /** Said before it can be heard: only what comes later than this worker's configuration. */
  let tally: Pick<ReturnType<typeof joinTally>, 'learnWaits' | 'learnEntries'> | null = null;
  const known = createKnownAddresses();
  const answers: Answers<ToWorker> = {
    ...orders,
    held(told) {
      held.hold(told);
      return null;
    },
    unproved(jti) {
      held.holdUnproved(jti);
      return null;
    },
    async keys(written) {
      early = written;
      await keys?.replace(readKeys(written));
      return null;
    },
    status(told) {
      status = told;
      heardMs = performance.now();
      return null;
    },
    waits(waits) {
      tally?.learnWaits(waits);
      return null;
    },
    entries(entries) {
      tally?.learnEntries(entries);
      return null;
    },
    knows({ user, network }) {
      known.add(user, network);
      return null;
    },
  };
  const primary = openChannel<ToWorker, ToPrimary>(pipe, () => answers);
  const held = createJoinedStore({ primary, status: statusNow, clock });
  let keys: ReturnType<typeof createKeys> | null = null;
  /** Said while this one joined: newer than what it is told by the answer. */
  let early: WrittenKeys | null = null;
  const joined = await primary.ask('join', null, JOIN_WITHIN_MS);
  status = joined.status;
  heardMs = performance.now();
  const taken = createKeys(readKeys(early ?? joined.keys));
  keys = taken;
  for (const { user, network } of joined.known) known.add(user, network);
  for (const jti of joined.unproved) held.holdUnproved(jti);

  return {
    primary,
    joined,
    commonsOf({ session }) {
      const joinedTally = joinTally(session.store, primary, statusNow);
      tally = joinedTally;
      const live = joinLive(primary, clock);
      return {
        ...{ store: held.store, unproved: held.unproved, live, keys: taken, tally: joinedTally.tally },
        known: joinKnown(primary, known),
        hashQueue: joinQueue(primary),
        idTokens: joinIdTokens(primary),
        sharers: joined.workers,
        close: async () => await live.close(),
      };
    },
  };
}

const joinKnown = (primary: Channel<ToPrimary>, known: KnownAddresses): KnownAddresses => ({
  ...known,
  add(user, network) {
    const told: KnownAddress = { user, network };
    if (!known.has(user, network)) primary.tell('knows', told);
    known.add(user, network);
  },
});

/** Those of all workers wait in one queue. */
const joinQueue = (primary: Channel<ToPrimary>): HashQueue => ({
  async run(task) {
    // However long: the queue itself is bounded, and refuses.
    const place = await primary.ask('hashPlace', null, 0);
    try {
      return await task();
    } finally {
      primary.tell('hashDone', place);
    }
  },
  waiting: 0,
  running: 0,
});

const joinIdTokens = (primary: Channel<ToPrimary>): IdTokens => ({
  keep: (jti, idToken) => primary.tell('keepIdToken', { jti, idToken }),
  // Without one the provider asks the person.
  take: (jti) => primary.ask('takeIdToken', jti).catch(() => null),
});

/** By these a use in one worker is known in another within three seconds. */
const LIVE = { writeEveryMs: 250, writtenEverySec: 1, lookEveryMs: 1000, lookBackSec: 5 };

function joinLive(primary: Channel<ToPrimary>, clock: Clock): LiveSessions {
  const shelf: LiveShelf = {
    write: (sessions) =>
      sessions.length === 0 ||
      primary.ask('noteLive', sessions).then(
        () => true,
        () => false,
      ),
    read: () => [],
    of: (sub) => primary.ask('liveOf', sub).catch(() => []),
    ofUser: () => [],
    drop: (jti) => primary.tell('dropLive', jti),
    usedSince: (sec, most) => primary.ask('usedSince', { sec, most }).catch(() => []),
    close() {},
  };
  return createLiveSessions({ shelf, clock, ...LIVE });
}
