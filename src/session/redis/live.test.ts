import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../../../test/support/needs.ts';
import { openRedis } from '../../../test/support/open-redis.ts';
import { type Redis, startRedis } from '../../../test/support/start-redis.ts';
import { createLiveSessions, type LiveSessions } from '../live-sessions.ts';
import type { Session } from '../session.ts';
import type { RedisStore } from '../store-redis.ts';

const START = 1_800_000_000;
const session = (jti: string, sub = 'file:mica'): Session => ({
  ...{ sub, jti, name: '', email: '', groups: [], allowedResources: [], amr: ['pwd'] },
  ...{ authTimeSec: START, writtenSec: START, endsSec: START + 86_400 },
});
const by = (address = '203.0.113.9') => ({ user: 'mica', address, agent: 'curl/8' });

needs('redis')('the list of sessions of several instances', () => {
  let redis: Redis;
  let stores: RedisStore[];
  let now: number;
  const clock = { nowMs: () => now * 1000 };
  const open = async (): Promise<{ store: RedisStore; list: LiveSessions }> => {
    const store = await openRedis({ url: redis.url, clock });
    stores.push(store);
    const list = createLiveSessions({ shelf: store.live, clock, writeEveryMs: 5, lookEveryMs: 5 });
    await list.ready;
    return { store, list };
  };
  beforeEach(async () => {
    now = START;
    stores = [];
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const store of stores) store.close();
    await redis[Symbol.asyncDispose]();
  });

  it('has those of all, newest use first, also after all were restarted', async () => {
    const [here, there] = [await open(), await open()];
    here.list.note(session('a'), by());
    there.list.note(session('x', 'file:mike'), by());
    now += 10;
    there.list.note(session('b'), by('198.51.100.7'));
    await expect.poll(async () => (await here.list.of('file:mica')).map(({ jti }) => jti)).toEqual(['b', 'a']);
    for (const { list, store } of [here, there]) {
      await list.close();
      store.close();
    }
    const later = await open();
    expect(await later.list.of('file:mica')).toMatchObject([
      { jti: 'b', user: 'mica', beganSec: START, usedSec: START + 10, address: '198.51.100.7', browser: 'curl' },
      { jti: 'a', usedSec: START },
    ]);
    later.list.drop('b');
    await expect.poll(async () => (await later.list.of('file:mica')).map(({ jti }) => jti)).toEqual(['a']);
  });

  it('tells each when a session was used at another, so that it does not count as idle', async () => {
    const [here, there] = [await open(), await open()];
    here.list.note(session('a'), by());
    await expect.poll(() => there.list.usedSec('a')).toBe(START);
    now += 1000;
    here.list.note(session('a'), by());
    await expect.poll(() => there.list.usedSec('a')).toBe(START + 1000);
    // Also one that starts, before it is asked.
    expect((await open()).list.usedSec('a')).toBe(START + 1000);
  });

  it('keeps no more than a hundred of one user', async () => {
    const { list, store } = await open();
    for (let at = 0; at < 150; at++) {
      now++;
      list.note(session(`${at}`), by());
    }
    await expect.poll(() => redis.ask('ZCARD', '{dashgate}:live-of:file:mica')).toBe(100);
    expect((await list.of('file:mica'))[0]?.jti).toBe('149');
    expect(await store.live.ofUser('mica', 1000)).toHaveLength(100);
  });

  it('leaves out what others have written, and does without Redis', async () => {
    const { list, store } = await open();
    list.note(session('a'), by());
    await expect.poll(() => redis.ask('ZCARD', '{dashgate}:live-of:file:mica')).toBe(1);
    const lies = ['no JSON', '{"jti":"x"}', 'null', 'x'.repeat(10_000), '{"jti":1,"sub":"file:mica"}'];
    for (const [at, lie] of lies.entries()) {
      await redis.ask('ZADD', '{dashgate}:live-of:file:mica', `${now}`, `lie-${at}`);
      await redis.ask('SET', `{dashgate}:session:lie-${at}`, lie);
    }
    // One of somebody else's, under this name.
    await redis.ask('ZADD', '{dashgate}:live-of:file:mike', `${now}`, 'a');
    expect((await list.of('file:mica')).map(({ jti }) => jti)).toEqual(['a']);
    expect(await list.of('file:mike')).toEqual([]);
    await redis.kill();
    expect((await list.of('file:mica')).map(({ jti }) => jti)).toEqual(['a']);
    expect(await store.live.write([], now)).toBe(false);
  });
});
