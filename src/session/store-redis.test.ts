import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { needs } from '../../test/support/needs.ts';
import { type OpenRedisOptions, openRedis } from '../../test/support/open-redis.ts';
import { type Redis, startRedis } from '../../test/support/start-redis.ts';
import { StoreUnavailable } from '../errors.ts';
import { createSharedTally } from '../identity/attempts/shared-tally.ts';
import { RedisRefused } from './redis/link.ts';
import type { RedisStore } from './store-redis.ts';

const START = 1_800_000_000;
const LATER = START + 9000;
const session = (jti: string, beganSec = START, sub = 'file:mica') => ({ jti, sub, beganSec });

needs('redis')('the redis store', () => {
  let redis: Redis;
  let stores: RedisStore[];
  let now: number;
  let said: string[];
  const clock = { nowMs: () => now * 1000 };
  const open = async (options: Partial<OpenRedisOptions> = {}): Promise<RedisStore> => {
    const say = { warn: (line: string) => void said.push(line), info: (line: string) => void said.push(line) };
    const store = await openRedis({ url: redis.url, clock, say, ...options });
    stores.push(store);
    return store;
  };
  const isBack = (store: RedisStore) => expect.poll(() => store.isReady(), { timeout: 10_000, interval: 5 }).toBe(true);
  const isLost = (store: RedisStore) =>
    expect.poll(() => store.isReady(), { timeout: 10_000, interval: 5 }).toBe(false);
  const knows = (store: RedisStore, jti: string) =>
    expect.poll(() => store.isRevoked(session(jti)), { timeout: 10_000, interval: 5 }).toBe(true);

  beforeEach(async () => {
    now = START;
    said = [];
    stores = [];
    redis = await startRedis();
  });
  afterEach(async () => {
    for (const store of stores) store.close();
    await redis[Symbol.asyncDispose]();
  });

  it('tells the other instances of each end, and whoever starts later', async () => {
    const [here, there] = [await open(), await open()];
    const told = Promise.withResolvers<unknown>();
    there.onEnded(told.resolve);
    here.revoke('a', LATER, 'operator');
    expect(await told.promise).toEqual({ jti: 'a', by: 'operator' });
    expect(there.isRevoked(session('a'))).toBe(true);
    here.revokeSubjects(['file:mike'], START);
    await here.confirm();
    const late = await open();
    expect([late.isRevoked(session('a')), late.isRevoked(session('x', START, 'file:mike'))]).toEqual([true, true]);
    expect(late.isRevoked(session('x'))).toBe(false);
  });

  it('hears of thirty thousand at once, which is more than the log holds', async () => {
    const [here, there] = [await open(), await open()];
    const subs = Array.from({ length: 30_000 }, (_, at) => `file:user-${at}`);
    here.revokeSubjects(subs, START);
    await here.confirm();
    await expect
      .poll(() => subs.every((sub) => there.isRevoked(session('x', START, sub))), { timeout: 20_000, interval: 20 })
      .toBe(true);
  });

  it('writes all that is known back to a Redis that was killed and kept nothing, and lets in who was let in before', async () => {
    const [here, there] = [await open(), await open()];
    here.revoke('before', LATER);
    await knows(there, 'before');
    now += 100;
    await redis.kill();
    await isLost(here);
    there.revoke('meanwhile', LATER);
    await expect(there.confirm()).rejects.toThrow(StoreUnavailable);
    expect(there.isRevoked(session('meanwhile'))).toBe(true);
    await redis.start();
    await isBack(here);
    await isBack(there);
    await there.confirm();
    await knows(here, 'meanwhile');
    const late = await open();
    expect([late.isRevoked(session('before')), late.isRevoked(session('meanwhile'))]).toEqual([true, true]);
    expect([here, there, late].map((store) => store.isRevoked(session('x')))).toEqual([false, false, false]);
  });

  it('lets nobody back in where Redis lost what it knew while nobody else knew it', async () => {
    const first = await open();
    first.revoke('a', LATER);
    await first.confirm();
    // As a kill would: nothing is said to Redis.
    first.close();
    await redis.kill();
    await redis.start();
    now += 10;
    const next = await open();
    expect(next.isRevoked(session('a'))).toBe(true);
    expect(next.isRevoked(session('new', now))).toBe(false);
  });

  it('does not believe a Redis that came back with an older state', async () => {
    await redis[Symbol.asyncDispose]();
    redis = await startRedis({ conf: 'save 3600 1' });
    const first = await open();
    await redis.ask('SAVE');
    first.revoke('a', LATER);
    await first.confirm();
    first.close();
    await redis.kill();
    await redis.start();
    now += 10;
    expect((await open()).isRevoked(session('a'))).toBe(true);
    expect(said).toEqual([expect.stringMatching(/started anew while no dashgate ran/)]);
  });

  it('but believes it where another instance knows as much', async () => {
    await redis[Symbol.asyncDispose]();
    redis = await startRedis({ conf: 'save 3600 1' });
    const first = await open();
    await redis.ask('SAVE');
    first.revoke('a', LATER);
    await first.confirm();
    await redis.kill();
    await redis.start();
    now += 10;
    // Both come at once: the one that knows nothing waits for the one that does.
    const next = await open();
    expect([next.isRevoked(session('a')), next.isRevoked(session('b'))]).toEqual([true, false]);
  });

  it.each([
    ['all of it', ['FLUSHALL']],
    ['the ended sessions', ['DEL', '{dashgate}:ended-sessions']],
    ['the log', ['DEL', '{dashgate}:log', '{dashgate}:log-count']],
  ])('notices that %s is gone, and writes it back', async (_what, command) => {
    const [here, there] = [await open(), await open()];
    here.revoke('a', LATER);
    await knows(there, 'a');
    await redis.ask(...command);
    here.revoke('b', LATER);
    await knows(there, 'b');
    const isWhole = async (): Promise<boolean> => {
      const late = await open();
      return late.isRevoked(session('a')) && late.isRevoked(session('b')) && !late.isRevoked(session('x'));
    };
    await expect.poll(isWhole, { timeout: 10_000 }).toBe(true);
  });

  it('who was away for longer than the grace time does not vouch for what others may have written since', async () => {
    const away = await open({ graceMs: 60_000 });
    await redis.kill();
    await isLost(away);
    now += 100;
    await redis.start();
    await isBack(away);
    expect(away.isRevoked(session('x'))).toBe(true);
    expect(away.isRevoked(session('new', now))).toBe(false);
  });

  it('goes on by what is known for the grace time, and then judges no more; or goes on for ever, as configured', async () => {
    const [refusing, going] = [await open({ graceMs: 60_000 }), await open({ goesOn: true, prefix: 'other' })];
    await redis.kill();
    await isLost(refusing);
    await isLost(going);
    expect([await refusing.takesSignIns(), await going.takesSignIns()]).toEqual([false, true]);
    now += 60;
    expect([refusing.isCurrent(), going.isCurrent()]).toEqual([true, true]);
    now += 1;
    expect([refusing.isCurrent(), going.isCurrent()]).toEqual([false, true]);
    await redis.start();
    await isBack(refusing);
    expect([refusing.isCurrent(), await refusing.takesSignIns()]).toEqual([true, true]);
  });

  it('gives no id away while Redis is lost, whatever is configured, and each once among all and through a restart of ours', async () => {
    const [here, there] = [await open({ goesOn: true }), await open()];
    const both = await Promise.all([here.once('handoff:a', LATER), there.once('handoff:a', LATER)]);
    expect(both.filter(Boolean)).toEqual([true]);
    here.close();
    expect(await (await open()).once('handoff:a', LATER)).toBe(false);
    await redis.kill();
    await expect(there.once('handoff:b', LATER)).rejects.toThrow(StoreUnavailable);
  });

  it('gives no id away twice where Redis forgot all of them: whoever took one knows, and writes it back', async () => {
    const [here, there] = [await open(), await open()];
    expect(await here.once('handoff:a', LATER)).toBe(true);
    await redis.kill();
    await redis.start();
    await isBack(here);
    await isBack(there);
    expect([await there.once('handoff:a', LATER), await here.once('handoff:a', LATER)]).toEqual([false, false]);
  });

  it('does not wait for a Redis that hangs, and recovers when it goes on', async () => {
    const store = await open();
    redis.signal('SIGSTOP');
    const asked = performance.now();
    await expect(store.once('handoff:a', LATER)).rejects.toThrow(StoreUnavailable);
    expect(performance.now() - asked).toBeLessThan(6000);
    store.revoke('a', LATER);
    expect(store.isRevoked(session('a'))).toBe(true);
    await expect(store.confirm()).rejects.toThrow(StoreUnavailable);
    redis.signal('SIGCONT');
    await isBack(store);
    await store.confirm();
    expect(said).toEqual([expect.stringMatching(/^session\.store: Redis is lost: /), 'session.store: Redis is back']);
  });

  it('says so where Redis takes no writes, lets the end count here, and writes it once there is room', async () => {
    const store = await open();
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    store.revoke('a', LATER);
    await expect(store.confirm()).rejects.toThrow(StoreUnavailable);
    expect(store.isRevoked(session('a'))).toBe(true);
    await isLost(store);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await isBack(store);
    await store.confirm();
    expect((await open()).isRevoked(session('a'))).toBe(true);
  });

  it('ignores what others write into the log, with one line', async () => {
    const store = await open();
    const garbage: string[][] = [
      ['x', 'y'],
      ['n', '1', 'k', 's', 'i', 'a b', 't', '1'],
      ['n', 'x', 'k', 's', 'i', 'a', 't', '1'],
      ['n', '1', 'k', 'u', 'i', 'file:mica', 't', `${START + 10 * 86_400}`],
      ['n', '1', 'k', 'u', 'i', 'x'.repeat(5000), 't', `${START}`],
      ['n', '1', 'k', 'z', 'i', 'a', 't', `${START}`],
    ];
    for (const fields of garbage) await redis.ask('XADD', '{dashgate}:log', '*', ...fields);
    await redis.ask('XADD', '{dashgate}:waits', '*', 'k', 'x', 'f', 'NaN', 'a', '-1');
    store.revoke('a', LATER);
    await store.confirm();
    const other = await open();
    other.revoke('b', LATER);
    // The log is read in its order.
    await knows(store, 'b');
    expect(said).toEqual([expect.stringMatching(/entries of \{dashgate\}:log were ignored/)]);
    expect(store.isRevoked(session('x'))).toBe(false);
    expect(store.isReady()).toBe(true);
  });

  it('notices that an entry of the log is missing, and reads all of it anew', async () => {
    const [here, there] = [await open(), await open()];
    // As where the log was cut before everybody had read it.
    const script =
      "redis.call('ZADD', '{dashgate}:ended-sessions', ARGV[1], 'unheard'); return redis.call('INCR', '{dashgate}:log-count')";
    await redis.ask('EVAL', script, '0', `${LATER}`);
    expect(there.isRevoked(session('unheard'))).toBe(false);
    here.revoke('next', LATER);
    await knows(there, 'next');
    await knows(there, 'unheard');
    await knows(here, 'unheard');
  });

  it('shares a Redis with another dashgate of another prefix', async () => {
    const [here, there] = [await open(), await open({ prefix: 'other' })];
    here.revoke('a', LATER);
    await here.confirm();
    there.revoke('b', LATER);
    await there.confirm();
    expect([there.isRevoked(session('a')), here.isRevoked(session('b'))]).toEqual([false, false]);
    expect(await redis.ask('KEYS', '*')).toEqual(
      expect.arrayContaining(['{dashgate}:ended-sessions', '{other}:ended-sessions']),
    );
  });

  it('signs out who has another password than at the last time, also among instances, and nobody else', async () => {
    const first = await open();
    first.noteProofs(
      'file',
      [
        ['file:mica', 'a'],
        ['file:mike', 'b'],
      ],
      START,
    );
    await first.confirm();
    now += 10;
    const second = await open();
    second.noteProofs(
      'file',
      [
        ['file:mica', 'new'],
        ['file:mike', 'b'],
      ],
      START + 10,
    );
    await second.confirm();
    await knows(first, 'any of mica');
    expect(first.isRevoked(session('x', START, 'file:mike'))).toBe(false);
    now += 10;
    // The same once more, by an instance that starts: nothing to end.
    const third = await open();
    third.noteProofs(
      'file',
      [
        ['file:mica', 'new'],
        ['file:mike', 'b'],
      ],
      START + 20,
    );
    await third.confirm();
    expect(third.isRevoked(session('x', START + 15))).toBe(false);
    // One that let in by the old one until now.
    first.noteProofs(
      'file',
      [
        ['file:mica', 'new'],
        ['file:mike', 'b'],
      ],
      START + 20,
    );
    expect(first.isRevoked(session('x', START + 15))).toBe(true);
  });

  it('is refused with a wrong password, or a user who may not do enough', async () => {
    await redis.ask('ACL', 'SETUSER', 'little', 'on', '>right', '~*', '+ping', '+info');
    const at = `127.0.0.1:${redis.port}`;
    await expect(open({ url: `redis://little:wrong@${at}` })).rejects.toThrow(RedisRefused);
    await expect(open({ url: `redis://little:right@${at}` })).rejects.toThrow(/NOPERM/);
    const operating = await readFile(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
    const [, rule = ''] = /^ACL SETUSER dashgate on >PASSWORD ([^`]+)/m.exec(operating) ?? [];
    await redis.ask('ACL', 'SETUSER', 'enough', 'on', '>right', ...rule.trim().split(/\s+/));
    const store = await open({ url: `redis://enough:right@${at}` });
    store.revoke('a', LATER);
    store.noteProofs('file', [['file:mica', 'a']], START);
    await store.confirm();
    expect(await store.once('handoff:a', LATER)).toBe(true);
    const live = {
      ...session('a'),
      user: 'mica',
      endsSec: LATER,
      usedSec: now,
      isRemembered: false,
      address: '',
      browser: '',
    };
    expect(await store.live.write([live], now)).toBe(true);
    expect(await store.live.of('file:mica', 10)).toEqual([live]);
    expect(await store.live.usedSince?.(0, 10)).toEqual([['a', now]]);
    const tally = createSharedTally(store);
    const counted = { of: 'name', key: 'mica', pace: { free: 5, longestWaitMs: 60_000, fadeMs: 60_000 } } as const;
    expect(await tally.take([counted], clock.nowMs())).toBe(0);
    await store.live.drop('a');
    expect(await store.live.of('file:mica', 10)).toEqual([]);
    expect(store.isReady()).toBe(true);
  });
});
