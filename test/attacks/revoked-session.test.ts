import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKeyRingFile, deriveKeys, loadKeyRing } from '../../src/session/key-ring.ts';
import { openLiveDatabase } from '../../src/session/live-database.ts';
import { createLiveSessions } from '../../src/session/live-sessions.ts';
import { rotateKeys } from '../../src/session/rotate-keys.ts';
import type { Session } from '../../src/session/session.ts';
import { createSessions, type Sessions } from '../../src/session/sessions.ts';
import { createSqliteStore } from '../../src/session/store-sqlite.ts';
import { tempDir } from '../support/temp-dir.ts';

const LIFETIME = 8 * 3600;
const IDLE = 3600;
const REMEMBER = 3 * 86_400;
const START = 1_800_000_000;
const USERS = ['file:mica', 'file:mike'];

type Step =
  | { readonly kind: 'login'; readonly user: number; readonly remembered: boolean }
  | { readonly kind: 'use' | 'end' | 'endElsewhere'; readonly which: number }
  | { readonly kind: 'endAll' | 'endAllElsewhere'; readonly user: number }
  | { readonly kind: 'rotate' | 'restart' }
  | { readonly kind: 'wait'; readonly sec: number };

const which = fc.nat(30);
const user = fc.nat(1);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('login' as const), user, remembered: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('use' as const), which }) },
    fc.record({ kind: fc.constantFrom('end' as const, 'endElsewhere' as const), which }),
    fc.record({ kind: fc.constantFrom('endAll' as const, 'endAllElsewhere' as const), user }),
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constantFrom('rotate' as const, 'rotate' as const, 'restart' as const) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        sec: fc.constantFrom(0, 1, 1, 2, 899, 900, 900, 1800, 1800, 3599, 3600, 30_000, 90_000),
      }),
    },
  ),
  { minLength: 8, maxLength: 40, size: 'max' },
);

/** A cookie that was handed out once, and is kept by somebody for ever. */
interface Cookie {
  readonly token: string;
  readonly session: Session;
  /** The session as it began, whatever is said of it since. */
  readonly root: Session;
}

it('no order of login, renewal, rotation, revocation and restart lets an ended session in, or another one out', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (order) => {
      await using dir = await tempDir();
      let now = START;
      const clock = { nowMs: () => now * 1000 };
      const keyFile = dir.file('session.keys');
      const file = dir.file('dashgate.db');
      createKeyRingFile(keyFile, now * 1000);
      const open = () => {
        const store = createSqliteStore({ file, clock, lookEveryMs: 1_000_000 });
        const shelf = openLiveDatabase(dir.file('sessions.db'), expect.fail);
        const live = createLiveSessions({ shelf, clock, writeEveryMs: 1e6 });
        const sessions: Sessions = createSessions({
          ...{ issuer: 'http://localhost', lifetimeSec: LIFETIME, idleSec: IDLE, rememberSec: REMEMBER, store, clock },
          keys: () => keys,
          lastUseSec: live.usedSec,
        });
        return { store, live, sessions };
      };
      let keys = deriveKeys(loadKeyRing(keyFile), 'dashgate/session/v1');
      let { store, live, sessions } = open();
      const cookies: Cookie[] = [];
      const ended = new Set<string>();
      const usedSec = new Map<string, number>();
      const note = (session: Session): void => {
        live.note(session, { user: '', address: '', agent: '' });
        usedSec.set(session.jti, now);
      };
      const elsewhere = (task: (other: typeof store) => void): void => {
        const other = createSqliteStore({ file, clock, lookEveryMs: 1_000_000 });
        task(other);
        other.close();
        // As it does by itself twice a second.
        store.isReady();
      };
      const endAllOf = (sub: string): void => {
        for (const { root } of cookies) if (root.sub === sub) ended.add(root.jti);
      };

      const take: { [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => Promise<void> | void } = {
        async login({ user, remembered }) {
          const who = { sub: USERS[user] ?? '', name: '', email: '', groups: [], allowedResources: [], amr: ['pwd'] };
          const begun = await sessions.begin(who, remembered);
          note(begun.session);
          cookies.push({ ...begun, root: begun.session });
        },
        async use({ which }) {
          const cookie = cookies[which % cookies.length];
          if (!cookie || (await sessions.find(cookie.token)).kind !== 'open') return;
          const renewed = await sessions.use(cookie.session);
          note(cookie.root);
          if (renewed) cookies.push({ ...renewed, root: cookie.root });
        },
        end({ which }) {
          const cookie = cookies[which % cookies.length];
          if (!cookie) return;
          sessions.end(cookie.session);
          ended.add(cookie.root.jti);
        },
        endElsewhere({ which }) {
          const cookie = cookies[which % cookies.length];
          if (!cookie) return;
          elsewhere((other) => other.revoke(cookie.session.jti, cookie.session.endsSec));
          ended.add(cookie.root.jti);
        },
        endAll({ user }) {
          sessions.endAllOf(USERS[user] ?? '', now);
          endAllOf(USERS[user] ?? '');
        },
        endAllElsewhere({ user }) {
          elsewhere((other) => other.revokeSubjects([USERS[user] ?? ''], now));
          endAllOf(USERS[user] ?? '');
        },
        async rotate() {
          await rotateKeys(keyFile, { keepMs: REMEMBER * 1000, nowMs: now * 1000 });
          keys = deriveKeys(loadKeyRing(keyFile), 'dashgate/session/v1');
          sessions.forget();
        },
        restart() {
          store.close();
          live.close();
          ({ store, live, sessions } = open());
        },
        wait({ sec }) {
          now += sec;
        },
      };

      for (const step of order) {
        await take[step.kind](step as never);
        for (const { token, session, root } of cookies) {
          const found = await sessions.find(token);
          const { jti, endsSec, isRemembered } = root;
          const isIdle = !isRemembered && now >= Math.max(session.writtenSec, usedSec.get(jti) ?? 0) + IDLE;
          const isOpen = !ended.has(jti) && now < endsSec && !isIdle;
          expect(found.kind, `${step.kind}: ${found.kind === 'no' ? found.reason : ''}`).toBe(isOpen ? 'open' : 'no');
        }
      }
      store.close();
      live.close();
    }),
    { numRuns: 60 },
  );
}, 120_000);
