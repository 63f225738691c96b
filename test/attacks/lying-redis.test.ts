import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/errors.ts';
import { needs } from '../support/needs.ts';
import { openRedis } from '../support/open-redis.ts';
import { type Redis, startRedis } from '../support/start-redis.ts';
import { startUnsteady } from '../support/unsteady.ts';

const LATER = Math.floor(Date.now() / 1000) + 9000;
const session = (jti: string) => ({ jti, sub: 'file:mica', beganSec: Math.floor(Date.now() / 1000) });

/** Says this to whatever it is asked. */
const says =
  (text: string | Buffer) =>
  (socket: Socket): void => {
    socket.on('data', () => socket.write(text));
  };

const LIES: [what: string, behave: (socket: Socket) => void][] = [
  ['nothing at all', (socket) => socket.resume()],
  ['good-bye', (socket) => socket.end()],
  ['HTTP', says('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')],
  ['OK to everything', says('+OK\r\n')],
  ['numbers', says(':1\r\n:1\r\n:1\r\n')],
  ['null', says('$-1\r\n')],
  ['errors', says('-ERR no\r\n')],
  ['lists within lists', says('*1\r\n'.repeat(20_000))],
  ['that more than there is memory will come', says('$99999999999\r\nx')],
  ['that it has a list without end', says('*2147483647\r\n')],
  ['noise', says(Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256)))],
  [
    'endless zeros, unasked',
    (socket) => {
      const timer = setInterval(() => socket.write('0'.repeat(10_000)), 5);
      socket.once('close', () => clearInterval(timer)).resume();
    },
  ],
];

it.each(LIES)('a Redis that says %s is refused within a bounded time', async (_what, behave) => {
  await using lying = await startUnsteady(0, behave);
  const asked = performance.now();
  await expect(openRedis({ url: `redis://127.0.0.1:${lying.port}`, startWithinMs: 300 })).rejects.toThrow(
    StoreUnavailable,
  );
  expect(performance.now() - asked).toBeLessThan(15_000);
});

needs('redis')('a way to Redis that turns bad', () => {
  let redis: Redis;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(() => redis[Symbol.asyncDispose]());

  it.each(LIES)(
    'while it says %s, ends count here and are not said to be written; then they are',
    async (_what, behave) => {
      await using way = await startUnsteady(redis.port);
      const store = await openRedis({ url: `redis://127.0.0.1:${way.port}` });
      try {
        store.revoke('before', LATER);
        await store.confirm();
        way.turn(behave);
        store.revoke('a', LATER);
        await expect(store.confirm()).rejects.toThrow(StoreUnavailable);
        await expect(store.once('handoff:a', LATER)).rejects.toThrow(StoreUnavailable);
        expect([store.isReady(), await store.takesSignIns(), store.isCurrent()]).toEqual([false, false, true]);
        expect([
          store.isRevoked(session('before')),
          store.isRevoked(session('a')),
          store.isRevoked(session('b')),
        ]).toEqual([true, true, false]);
        // No storm of connections: two a try, and the tries grow apart.
        expect(way.count).toBeLessThan(60);
        way.turn(null);
        await expect.poll(() => store.isReady(), { timeout: 20_000, interval: 20 }).toBe(true);
        await store.confirm();
        expect(await redis.ask('ZSCORE', '{dashgate}:ended-sessions', 'a')).toBe(LATER);
        expect(await store.once('handoff:a', LATER)).toBe(true);
      } finally {
        store.close();
      }
    },
  );
});
