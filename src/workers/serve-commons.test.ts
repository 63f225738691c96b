import { expect, it } from 'vitest';
import type { OwnCommons } from '../app/commons.ts';
import { createKeys, forEachPurpose } from '../app/keys.ts';
import { createHashQueue } from '../directories/hash/queue.ts';
import { createKnownAddresses } from '../identity/attempts/known-addresses.ts';
import { type Counted, createTally } from '../identity/attempts/tally.ts';
import { systemClock as clock, nowSec } from '../lib/clock.ts';
import { createIdTokens } from '../login/id-tokens.ts';
import { createLiveSessions } from '../session/live-sessions.ts';
import { createUnprovedEnds } from '../session/sessions.ts';
import { createMemoryStore } from '../session/store-memory.ts';
import { type Served, serveCommons } from './serve-commons.ts';
import type { Telling } from './telling.ts';

const NONE = { session: 0, device: 0, job: 0, handoff: 0, assertion: 0, pending: 0, refresh: 0, vouched: 0, embed: 0 };
const later = nowSec(clock) + 3600;

/** What answers two workers out of one store. */
function two(): { a: Served; b: Served } {
  const store = createMemoryStore({ clock });
  const commons: OwnCommons = {
    ...{ store, shared: null, live: createLiveSessions({ shelf: null, clock }), unproved: createUnprovedEnds() },
    keys: createKeys(forEachPurpose(NONE, () => [])),
    ...{ tally: createTally(), known: createKnownAddresses(), idTokens: createIdTokens(), sharers: 2 },
    hashQueue: createHashQueue({ concurrency: 1, maxWaiting: 1 }),
    isServing: () => true,
    async close() {},
  };
  const tell: Telling = { all: async () => {}, some: () => {}, ends: async () => {}, end: () => {} };
  const serve = (worker: number): Served => serveCommons({ commons, tell, clock, worker, proofs: new Map() });
  return { a: serve(1), b: serve(2) };
}

it('an id that may be used once is given to one worker', async () => {
  const { a, b } = two();
  const asked = [a, b, a, b].map(({ answers }) => answers.once({ id: 'oauth:x', expiresAtSec: later }));
  expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
});

it('a provider is asked by one worker at a time; the turn of one that is gone is over', async () => {
  const { a, b } = two();
  await a.answers.putRefresh({ jti: 'j', text: 'sealed', untilSec: later });
  const turn = { jti: 'j', forMs: 60_000 };
  expect(await a.answers.turnRefresh(turn)).not.toBeNull();
  expect(await b.answers.turnRefresh(turn)).toBeNull();
  a.release();
  await expect.poll(() => b.answers.turnRefresh(turn)).not.toBeNull();
});

it('passwords of all workers wait in one queue; the place of a worker that is gone is free', async () => {
  const { a, b } = two();
  const first = await a.answers.hashPlace(null);
  expect(first).toBeGreaterThan(0);
  const waiting = b.answers.hashPlace(null);
  await expect(a.answers.hashPlace(null)).rejects.toThrow('passwords wait to be checked already');
  a.release();
  expect(await waiting).toBeGreaterThan(0);
});

it('attempts are counted one by one, from whichever worker they come', async () => {
  const { a, b } = two();
  const mica: Counted = { of: 'name', key: 'name mica', pace: { free: 5, longestWaitMs: 60_000, fadeMs: 60_000 } };
  const waits = Array.from({ length: 20 }, (_none, at) =>
    (at % 2 === 0 ? a : b).answers.take({ all: [mica], nowMs: clock.nowMs() }),
  );
  expect((await Promise.all(waits)).filter((wait) => wait === 0)).toHaveLength(5);
});

it('a session that one worker saw is in the list of another, and no longer once one drops it', async () => {
  const { a, b } = two();
  const now = nowSec(clock);
  const session = { jti: 'j', sub: 'file:mica', user: 'mica', beganSec: now, endsSec: later, isRemembered: false };
  a.answers.noteLive([{ ...session, usedSec: now, address: '203.0.113.9', browser: 'Firefox' }]);
  expect(await b.answers.liveOf('file:mica')).toMatchObject([{ jti: 'j', browser: 'Firefox' }]);
  expect(await b.answers.usedSince({ sec: now, most: 10 })).toEqual([['j', now]]);
  b.answers.dropLive('j');
  expect(await a.answers.liveOf('file:mica')).toEqual([]);
});
