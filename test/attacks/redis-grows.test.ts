import { expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { createRedisOnce } from '../../src/session/redis/once.ts';
import { needs } from '../support/needs.ts';
import { openRedis } from '../support/open-redis.ts';
import { startRedis } from '../support/start-redis.ts';

// What a user does again and again, or many users once, may not fill the Redis in which ends are kept: with `noeviction` a full one takes
// no ends, with any other policy it forgets them.

needs('redis')('what stands in Redis of sessions that are over', () => {
  it('is gone with the last of them, whoever they were of', async () => {
    await using redis = await startRedis();
    const store = await openRedis({ url: redis.url });
    const now = Math.floor(Date.now() / 1000);
    const live = Array.from({ length: 50 }, (_, at) => ({
      ...{ jti: `jti-${at}`, sub: `oidc:${at % 25}`, user: `user-${at % 25}`, address: '', browser: '' },
      ...{ beganSec: now, usedSec: now, endsSec: now + 3600 + at, isRemembered: false },
    }));
    await store.live.write(live, null);
    expect(await store.live.of('oidc:3', 10)).toHaveLength(2);
    const names = (await redis.ask('KEYS', '{dashgate}:live-*')) as string[];
    expect(names).toHaveLength(50);
    for (const name of names) expect(Number(await redis.ask('TTL', name)), name).toBeLessThanOrEqual(3700);
    // A later one keeps the list, an earlier one does not shorten it.
    const [first] = live;
    if (!first) throw new Error('there are fifty');
    await store.live.write([{ ...first, jti: 'late', usedSec: now + 1, endsSec: now + 9000 }], null);
    await store.live.write([{ ...first, jti: 'early', usedSec: now + 2, endsSec: now + 60 }], null);
    expect(Number(await redis.ask('TTL', '{dashgate}:live-of:oidc:0'))).toBeGreaterThan(8900);
    store.close();
  });

  it('keeps nobody from signing in at another host: who takes ids without end takes only the room of the oldest', async () => {
    await using redis = await startRedis();
    const store = await openRedis({ url: redis.url });
    const { take } = createRedisOnce(store.keys, systemClock, 10);
    const soon = Math.floor(Date.now() / 1000) + 60;
    for (let at = 0; at < 30; at++) expect(await take(store.hub, `handoff:${at}`, soon)).toBe(true);
    for (let at = 0; at < 30; at++) expect(await take(store.hub, `handoff:${at}`, soon)).toBe(false);
    store.close();
  });
});
