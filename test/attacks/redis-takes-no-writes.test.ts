import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RedisStore } from '../../src/session/store-redis.ts';
import { needs } from '../support/needs.ts';
import { openRedis } from '../support/open-redis.ts';
import { type Redis, startRedis } from '../support/start-redis.ts';

// A Redis that is full, whose disk is, or that has lost its replicas answers questions and refuses writes. Then no instance hears what
// the others end, as little as where Redis is gone.

const POLL = { timeout: 20_000, interval: 5 };

needs('redis')('a Redis that can be read and not written', () => {
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

  it.each([
    ['is full', ['maxmemory', '1'], ['maxmemory', '0']],
    ['has no replica left', ['min-replicas-to-write', '1'], ['min-replicas-to-write', '0']],
  ])('because it %s is lost: nobody signs in, and what is open ends after the grace time', async (_why, bad, good) => {
    let nowMs = 1_800_000_000_000;
    const store = await openRedis({ url: redis.url, clock: { nowMs: () => nowMs }, graceMs: 60_000 });
    stores.push(store);
    const tries = async (): Promise<number> =>
      Number(/^total_connections_received:(\d+)/m.exec(String(await redis.ask('INFO', 'stats')))?.[1]);
    await redis.ask('CONFIG', 'SET', ...bad);
    await expect.poll(() => store.isReady(), POLL).toBe(false);
    nowMs += 61_000;
    // Some whole tries, two connections each, beside one a question.
    const seen = new Set<boolean>();
    const from = await tries();
    for (let asked = 0; (await tries()) - from < asked + 8; asked++) seen.add(store.isReady()).add(store.isCurrent());
    expect([...seen]).toEqual([false]);
    expect(await store.takesSignIns()).toBe(false);
    await redis.ask('CONFIG', 'SET', ...good);
    await expect.poll(() => store.isReady(), POLL).toBe(true);
    expect(store.isCurrent()).toBe(true);
  });
});
