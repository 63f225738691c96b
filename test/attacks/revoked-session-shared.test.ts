import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKeyRingFile, deriveKeys, loadKeyRing } from '../../src/session/key-ring.ts';
import { rotateKeys } from '../../src/session/rotate-keys.ts';
import type { Session } from '../../src/session/session.ts';
import { createSessions, type Sessions } from '../../src/session/sessions.ts';
import type { RedisStore } from '../../src/session/store-redis.ts';
import { needs } from '../support/needs.ts';
import { openRedis } from '../support/open-redis.ts';
import { startRedis } from '../support/start-redis.ts';
import { tempDir } from '../support/temp-dir.ts';

const LIFETIME = 8 * 3600;
const START = 1_800_000_000;
const USERS = ['file:mica', 'file:mike'];
const POLL = { timeout: 20_000, interval: 2 };

/** `at`: which of the two instances does it. */
type Step =
  | { readonly kind: 'login' | 'endAll'; readonly at: number; readonly user: number }
  | { readonly kind: 'end'; readonly at: number; readonly which: number }
  | { readonly kind: 'restart'; readonly at: number }
  | { readonly kind: 'rotate' | 'killRedis' | 'flushRedis' }
  | { readonly kind: 'wait'; readonly sec: number };

const at = fc.nat(1);
const user = fc.nat(1);
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('login' as const), at, user }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), at, which: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('endAll' as const), at, user }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), at }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('rotate' as const, 'killRedis' as const, 'flushRedis' as const) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), sec: fc.constantFrom(0, 1, 900, 30_000) }),
    },
  ),
  { minLength: 6, maxLength: 25, size: 'max' },
);

needs('redis')('two instances on a Redis that keeps nothing on its disk', () => {
  it('no order of login, logout, rotation, and restart of either or of Redis lets an ended session in, or another one out', async () => {
    await using redis = await startRedis();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        await using dir = await tempDir();
        let now = START;
        const clock = { nowMs: () => now * 1000 };
        const keyFile = dir.file('session.keys');
        createKeyRingFile(keyFile, now * 1000);
        let keys = deriveKeys(loadKeyRing(keyFile), 'dashgate/session/v1');
        const prefix = `run-${run++}`;
        const open = async (): Promise<{ store: RedisStore; sessions: Sessions }> => {
          // The steps of the clock are no outage.
          const store = await openRedis({ url: redis.url, prefix, clock, graceMs: 1e12 });
          const issuer = 'http://localhost';
          return { store, sessions: createSessions({ issuer, lifetimeSec: LIFETIME, store, clock, keys: () => keys }) };
        };
        const two = [await open(), await open()];
        const cookies: { token: string; session: Session }[] = [];
        const ended = new Set<string>();
        const pick = (which: number) => {
          const found = two[which];
          if (!found) throw new Error('there are two');
          return found;
        };
        const areBack = async (): Promise<void> => {
          for (const { store } of two) {
            await expect.poll(() => store.isReady(), POLL).toBe(true);
            await store.confirm();
          }
        };

        const take: { [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => Promise<void> } = {
          async login({ at, user }) {
            const who = { sub: USERS[user] ?? '', name: '', email: '', groups: [], allowedResources: [], amr: ['pwd'] };
            cookies.push(await pick(at).sessions.begin(who));
          },
          async end({ at, which }) {
            const cookie = cookies[which % cookies.length];
            if (!cookie) return;
            pick(at).sessions.end(cookie.session);
            ended.add(cookie.session.jti);
            await pick(at).sessions.confirmEnds();
          },
          async endAll({ at, user }) {
            const sub = USERS[user] ?? '';
            pick(at).sessions.endAllOf(sub, now);
            for (const { session } of cookies) if (session.sub === sub) ended.add(session.jti);
            await pick(at).sessions.confirmEnds();
            // Whoever signs in at the other one within this second, before it heard, is signed out by it.
            const probe = { jti: 'probe', sub, beganSec: now };
            for (const { store } of two) await expect.poll(() => store.isRevoked(probe), POLL).toBe(true);
          },
          async restart({ at }) {
            pick(at).store.close();
            two[at] = await open();
          },
          async rotate() {
            await rotateKeys(keyFile, { keepMs: LIFETIME * 1000, nowMs: now * 1000 });
            keys = deriveKeys(loadKeyRing(keyFile), 'dashgate/session/v1');
            for (const { sessions } of two) sessions.forget();
          },
          async killRedis() {
            await redis.kill();
            await redis.start();
            await areBack();
          },
          async flushRedis() {
            await redis.ask('FLUSHALL');
          },
          async wait({ sec }) {
            now += sec;
          },
        };

        try {
          for (const step of order) {
            await take[step.kind](step as never);
            for (const { token, session } of cookies) {
              const kind = !ended.has(session.jti) && now < session.endsSec ? 'open' : 'no';
              for (const [at, { sessions }] of two.entries())
                await expect
                  .poll(async () => (await sessions.find(token)).kind, { ...POLL, message: `${step.kind} ${at}` })
                  .toBe(kind);
            }
          }
        } finally {
          for (const { store } of two) store.close();
        }
      }),
      { numRuns: 15 },
    );
  }, 300_000);
});
