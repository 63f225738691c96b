import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { needs } from '../../../test/support/needs.ts';
import { openRedis } from '../../../test/support/open-redis.ts';
import { type Redis, startRedis } from '../../../test/support/start-redis.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { RedisStore } from '../../session/store-redis.ts';
import type { Pace } from './counters.ts';
import { createSharedTally } from './shared-tally.ts';
import { type Counted, createTally, type Tally } from './tally.ts';

const PACE: Pace = { free: 5, longestWaitMs: 900_000, fadeMs: 900_000 };
const ADDRESS: Pace = { free: 50, longestWaitMs: 60_000, fadeMs: 6000 };
const START = 1_800_000_000_000;
const name = (key: string): Counted => ({ of: 'name', key, pace: PACE });

needs('redis')('attempts that are counted by all instances', () => {
  let redis: Redis;
  let run = 0;
  let stores: RedisStore[];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());
  beforeEach(() => {
    stores = [];
    run++;
  });
  afterEach(() => {
    for (const store of stores) store.close();
  });
  const open = async (goesOn = false): Promise<Tally> => {
    const store = await openRedis({ url: redis.url, prefix: `run-${run}`, goesOn });
    stores.push(store);
    return createSharedTally(store);
  };

  it('add up as those of one process do, whatever the order', async () => {
    const shared = await open();
    let nth = 0;
    const step = fc.record({
      op: fc.constantFrom(
        'take' as const,
        'take' as const,
        'take' as const,
        'count' as const,
        'takeBack' as const,
        'forget' as const,
      ),
      key: fc.constantFrom('mica', 'mike'),
      hasAddress: fc.boolean(),
      laterMs: fc.constantFrom(0, 0, 0, 500, 1000, 30_000, 900_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const alone = createTally();
        const prefix = `${nth++} `;
        let now = START;
        for (const { op, key, hasAddress, laterMs } of steps) {
          now += laterMs;
          const counted = name(prefix + key);
          const address: Counted = { of: 'address', key: `${prefix}203.0.113.9`, pace: ADDRESS };
          const all = hasAddress ? [counted, address] : [counted];
          if (op === 'take')
            expect(Math.ceil(Number(await shared.take(all, now)))).toBe(Math.ceil(Number(alone.take(all, now))));
          else {
            await shared[op](counted, now);
            alone[op](counted, now);
          }
          for (const each of [counted, address])
            expect(Math.abs(shared.waitMs(each, now) - alone.waitMs(each, now))).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('are counted one by one, however many come at once to however many instances', async () => {
    const tallies = [await open(), await open(), await open()];
    const asked = Array.from({ length: 60 }, (_, at) => tallies[at % 3]?.take([name('mica')], START));
    const waits = await Promise.all(asked);
    expect(waits.filter((wait) => wait === 0)).toHaveLength(PACE.free);
  });

  it('are told to the others where somebody has to wait, and where no longer', async () => {
    const [here, there] = [await open(), await open()];
    const mica = name('mica');
    for (let at = 0; at < 5; at++) await here.take([mica], START);
    await expect.poll(() => there.waitMs(mica, START), { interval: 5 }).toBe(1000);
    await here.forget(mica, START);
    await expect.poll(() => there.waitMs(mica, START), { interval: 5 }).toBe(0);
  });

  it('leave no name and no address in Redis', async () => {
    const tally = await open();
    await tally.take([name('mica-the-user'), { of: 'address', key: '203.0.113.9', pace: ADDRESS }], START);
    expect(JSON.stringify(await redis.ask('KEYS', '*'))).not.toMatch(/mica-the-user|203\.0\.113/);
  });

  it('cannot be made while Redis is lost, or are counted by each for itself, as configured', async () => {
    const [refusing, going] = [await open(), await open(true)];
    await redis.kill();
    await expect.poll(() => stores.some((store) => store.isReady()), { interval: 5 }).toBe(false);
    await expect(refusing.take([name('mica')], START)).rejects.toThrow(StoreUnavailable);
    const waits: unknown[] = [];
    for (let at = 0; at < 6; at++) waits.push(await going.take([name('mica')], START));
    expect(waits).toEqual([0, 0, 0, 0, 0, 1000]);
    await redis.start();
  });
});
