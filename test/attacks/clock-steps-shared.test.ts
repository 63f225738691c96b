import { afterEach, beforeEach, expect, it } from 'vitest';
import { createSharedTally } from '../../src/identity/attempts/shared-tally.ts';
import type { RedisStore } from '../../src/session/store-redis.ts';
import { needs } from '../support/needs.ts';
import { type OpenRedisOptions, openRedis } from '../support/open-redis.ts';
import { type Redis, startRedis } from '../support/start-redis.ts';

// Clocks of machines are put forward and back: by hand, by NTP after a start, by a snapshot. None of it may let an ended session in.

const POLL = { timeout: 10_000, interval: 5 };
const HOUR = 3600;
/** Of the machines as they should be, which is also what Redis takes it for. */
const START = Math.floor(Date.now() / 1000);
const ENDS = START + 8 * HOUR;
const mica = (jti: string, beganSec = START) => ({ jti, sub: 'file:mica', beganSec });

needs('redis')('instances on one Redis', () => {
  let redis: Redis;
  let stores: RedisStore[];
  beforeEach(async () => {
    stores = [];
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const store of stores) store.close();
    await redis[Symbol.asyncDispose]();
  });

  /** With a clock of its own. */
  const instance = async (options: Partial<OpenRedisOptions> = {}) => {
    const at = { sec: START };
    const clock = { nowMs: () => at.sec * 1000 };
    const store = await openRedis({ url: redis.url, clock, ...options });
    stores.push(store);
    return { store, at };
  };
  const isReady = (store: RedisStore, expected: boolean) => expect.poll(() => store.isReady(), POLL).toBe(expected);

  it('an outage is no shorter for a clock that is put back meanwhile', async () => {
    (await instance()).store.close();
    const { store } = await instance({ graceMs: 300, clock: { nowMs: () => (START + 100) * 1000 } });
    expect(store.isRevoked(mica('a', START + 50))).toBe(false);
    await redis.kill();
    await isReady(store, false);
    // By as much as passes: on the wall no time has.
    await expect.poll(() => store.isCurrent(), POLL).toBe(false);
    // Nor does it vouch for what was written meanwhile, and lost.
    await redis.start();
    await isReady(store, true);
    expect(store.isRevoked(mica('a', START + 50))).toBe(true);
  });

  it('one that is a day ahead does not make Redis forget what the others need', async () => {
    const { store } = await instance();
    store.revoke('a', ENDS);
    await store.confirm();
    const { store: ahead, at } = await instance();
    at.sec += 24 * HOUR;
    ahead.revoke('b', at.sec + HOUR);
    await ahead.confirm();
    expect((await instance()).store.isRevoked(mica('a'))).toBe(true);
  });

  it('one whose clock was ahead knows all that was ended once it is put back', async () => {
    const { store, at } = await instance();
    const { store: other } = await instance();
    other.revoke('a', ENDS);
    await expect.poll(() => store.isRevoked(mica('a')), POLL).toBe(true);
    at.sec += 24 * HOUR;
    // Something that makes it tidy up.
    store.revoke('b', at.sec + HOUR);
    await store.confirm();
    at.sec = START;
    await expect.poll(() => store.isRevoked(mica('a')), POLL).toBe(true);
    expect(store.isRevoked(mica('c'))).toBe(false);
  });

  it('one that began while its clock was ahead signs nobody out once it is put back, and none of the others', async () => {
    const { store: ahead } = await instance({ clock: { nowMs: () => (START + 24 * HOUR) * 1000 } });
    ahead.close();
    const { store } = await instance();
    expect(store.isRevoked(mica('new', START + 600))).toBe(false);
    expect(store.isRevoked(mica('old', START - 1))).toBe(true);
  });
});

needs('redis')('a guesser', () => {
  it('gains nothing by an instance whose clock is ahead of the others', async () => {
    await using redis = await startRedis();
    const stores = [await openRedis({ url: redis.url }), await openRedis({ url: redis.url })];
    const [right, ahead] = stores.map((store) => createSharedTally(store));
    const mica = { of: 'name', key: 'mica', pace: { free: 5, longestWaitMs: 900_000, fadeMs: 900_000 } } as const;
    const nowMs = START * 1000;
    let guesses = 0;
    for (let time = 0; time < 30; time++) {
      if ((await right?.take([mica], nowMs)) === 0) guesses++;
      if ((await ahead?.take([mica], nowMs + HOUR * 1000)) === 0) guesses++;
    }
    for (const store of stores) store.close();
    // What is free at each of the two clocks.
    expect(guesses).toBeLessThanOrEqual(10);
  });
});
