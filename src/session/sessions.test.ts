import { decodeProtectedHeader } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { MOST_TOKEN } from './cookie.ts';
import type { DerivedKey } from './key-ring.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createMemoryStore } from './store-memory.ts';
import { seal } from './token.ts';

const START = 1_800_000_000;
const LIFETIME = 8 * 3600;
const MICA = { sub: 'file:mica', name: 'Mica', email: '', groups: [], allowedResources: [], amr: ['pwd'] };
const key = (kid: string, fill: number): DerivedKey => ({ kid, key: new Uint8Array(32).fill(fill) });

let now: number;
let keys: readonly DerivedKey[];
let sessions: Sessions;
const clock = { nowMs: () => now * 1000 };
const make = (
  store = createMemoryStore({ clock }),
  ends: { idleSec?: number | null; rememberSec?: number | null } = {},
): Sessions =>
  createSessions({ issuer: 'http://localhost', lifetimeSec: LIFETIME, keys: () => keys, store, clock, ...ends });

beforeEach(() => {
  now = START;
  keys = [key('a', 1)];
  sessions = make();
});

describe('a session', () => {
  it('is ended by what ended all of its subject while the store was asked whether it may begin', async () => {
    const store = createMemoryStore({ clock });
    const asked = Promise.withResolvers<boolean>();
    sessions = make({ ...store, takesSignIns: () => asked.promise });
    now = START + 5;
    const beginning = sessions.begin(MICA);
    now = START + 6;
    sessions.endAllOf(MICA.sub, now);
    asked.resolve(true);
    const { token } = await beginning;
    expect(sessions.find(token)).toMatchObject({ kind: 'no', reason: 'session-revoked' });
    expect(sessions.find((await sessions.begin(MICA)).token)).toMatchObject({ kind: 'open' });
  });

  it('lasts until its end and not a second longer, also when it was looked at before', async () => {
    const { session, token } = await sessions.begin(MICA);
    expect(session).toMatchObject({ ...MICA, authTimeSec: START, writtenSec: START, endsSec: START + LIFETIME });
    now = START + LIFETIME - 1;
    expect(await sessions.find(token)).toEqual({ kind: 'open', session });
    now = START + LIFETIME;
    expect(await sessions.find(token)).toEqual({ kind: 'no', reason: 'session-expired', sub: MICA.sub });
    expect(sessions.isLive(session)).toBe(false);
  });

  it('has a name of its own each time, of 128 bits', async () => {
    const names = await Promise.all(Array.from({ length: 20 }, async () => (await sessions.begin(MICA)).session.jti));
    expect(new Set(names).size).toBe(20);
    for (const name of names) expect(Buffer.from(name, 'base64url')).toHaveLength(16);
  });

  it('that was ended is refused by whatever cookie it comes in, and no other is', async () => {
    const { session, token } = await sessions.begin(MICA);
    const { token: other } = await sessions.begin(MICA);
    const again = await seal(session, 'http://localhost', keys);
    await sessions.find(token);
    sessions.end(session);
    expect(await sessions.find(token)).toEqual({ kind: 'no', reason: 'session-revoked', sub: MICA.sub });
    expect(await sessions.find(again)).toEqual({ kind: 'no', reason: 'session-revoked', sub: MICA.sub });
    expect((await sessions.find(other)).kind).toBe('open');
  });

  it('is not taken for ended where its end could not be written: the caller is told', async () => {
    const store = createMemoryStore({ clock });
    sessions = make(store);
    const { session } = await sessions.begin(MICA);
    store.close();
    expect(() => sessions.end(session)).toThrow(StoreUnavailable);
    // Nor by a second try, which finds nothing left to end.
    await expect(sessions.confirmEnds()).rejects.toThrow(StoreUnavailable);
  });

  it('opens by a key that is no longer the newest, and by none that was taken out of the ring', async () => {
    const { token } = await sessions.begin(MICA);
    keys = [key('b', 2), key('a', 1)];
    sessions.forget();
    expect((await sessions.find(token)).kind).toBe('open');
    keys = [key('b', 2)];
    sessions.forget();
    expect(await sessions.find(token)).toEqual({ kind: 'no', reason: 'session-unreadable', sub: '' });
  });

  it('of another making is unreadable', async () => {
    expect(await sessions.find('x.y.z')).toEqual({ kind: 'no', reason: 'session-unreadable', sub: '' });
    expect(await sessions.find('')).toEqual({ kind: 'no', reason: 'session-unreadable', sub: '' });
  });
});

it('leaves out of the cookie what it cannot carry, and nothing that a request needs', async () => {
  const groups = Array.from({ length: 2000 }, (_, index) => `group-${index}`);
  const { session, token } = await sessions.begin({ ...MICA, groups });
  expect(token.length).toBeLessThanOrEqual(MOST_TOKEN);
  expect(session).toMatchObject({ sub: MICA.sub, groups: [] });
  expect(await sessions.find(token)).toMatchObject({ kind: 'open', session: { sub: MICA.sub } });
});

describe('a session with an idle time', () => {
  const IDLE = 3600;
  const reasonOf = async (token: string) => {
    const found = await sessions.find(token);
    return found.kind === 'open' ? 'open' : found.reason;
  };
  beforeEach(() => {
    sessions = make(undefined, { idleSec: IDLE });
  });

  it('ends when it was not used for so long, and not a second earlier', async () => {
    const { session, token } = await sessions.begin(MICA);
    expect(sessions.endOf(session)).toBe(START + IDLE);
    now = START + IDLE - 1;
    expect(await reasonOf(token)).toBe('open');
    now = START + IDLE;
    expect(await reasonOf(token)).toBe('session-idle');
  });

  it('goes on while it is used, up to its absolute end, which no use moves', async () => {
    let { session, token } = await sessions.begin(MICA);
    for (now = START; now < START + LIFETIME; now += IDLE - 1) {
      expect(await reasonOf(token)).toBe('open');
      ({ session, token } = (await sessions.use(session)) ?? { session, token });
      expect(session).toMatchObject({ authTimeSec: START, endsSec: START + LIFETIME });
    }
    expect(sessions.endOf(session)).toBe(START + LIFETIME);
    now = START + LIFETIME;
    expect(await reasonOf(token)).toBe('session-expired');
  });

  it('is written anew after a quarter of that time, with its own name, and once for all who ask meanwhile', async () => {
    const { session, token } = await sessions.begin(MICA);
    now = START + IDLE / 4 - 1;
    expect(sessions.use(session)).toBeNull();
    now = START + IDLE / 4;
    const renewed = await Promise.all(Array.from({ length: 20 }, () => sessions.use(session)));
    const tokens = new Set(renewed.map((sealed) => sealed?.token));
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(token);
    expect(renewed[0]?.session).toEqual({ ...session, writtenSec: now });
    now += IDLE / 4 - 1;
    expect((await sessions.use(session))?.token).toBe(renewed[0]?.token);
    expect(sessions.use(renewed[0]?.session ?? session)).toBeNull();
  });

  it('counts a use that its cookie does not tell of', async () => {
    const { session, token } = await sessions.begin(MICA);
    now = START + IDLE / 4 - 1;
    sessions.use(session);
    now = START + IDLE;
    expect(await reasonOf(token)).toBe('open');
    now = START + IDLE / 4 - 1 + IDLE;
    expect(await reasonOf(token)).toBe('session-idle');
  });

  it('leaves its earlier cookie as good as it was, so that no request under way is refused', async () => {
    const { session, token } = await sessions.begin(MICA);
    now = START + IDLE / 2;
    await sessions.use(session);
    now = START + IDLE - 1;
    expect(await reasonOf(token)).toBe('open');
  });

  it('that was ended is so in every cookie that it was ever written in', async () => {
    const { session, token } = await sessions.begin(MICA);
    now = START + IDLE / 2;
    const renewed = await sessions.use(session);
    sessions.end(session);
    expect([await reasonOf(token), await reasonOf(renewed?.token ?? '')]).toEqual([
      'session-revoked',
      'session-revoked',
    ]);
  });

  it('is renewed under the newest key', async () => {
    const { session } = await sessions.begin(MICA);
    now = START + IDLE / 2;
    keys = [key('b', 2), ...keys];
    const renewed = await sessions.use(session);
    expect(decodeProtectedHeader(renewed?.token ?? '').kid).toBe('b');
  });
});

describe('a session that is to be remembered', () => {
  const REMEMBER = 30 * 86_400;
  const ON = { idleSec: 3600, rememberSec: REMEMBER };

  it('lasts for its own time, idle or not, and is not written anew', async () => {
    sessions = make(undefined, ON);
    const { session, token } = await sessions.begin(MICA, true);
    expect(sessions.endOf(session)).toBe(START + REMEMBER);
    now = START + REMEMBER - 1;
    expect((await sessions.find(token)).kind).toBe('open');
    expect(sessions.use(session)).toBeNull();
    now = START + REMEMBER;
    expect(await sessions.find(token)).toMatchObject({ reason: 'session-expired' });
  });

  it('is one as any other once that is no longer offered, or shorter where it is shorter', async () => {
    const store = createMemoryStore({ clock });
    const { token } = await make(store, ON).begin(MICA, true);
    now = START + 3600;
    expect(await make(store, { idleSec: 3600 }).find(token)).toMatchObject({ reason: 'session-idle' });
    expect((await make(store, {}).find(token)).kind).toBe('open');
    now = START + LIFETIME;
    expect(await make(store, {}).find(token)).toMatchObject({ reason: 'session-expired' });
    expect((await make(store, { rememberSec: LIFETIME + 1 }).find(token)).kind).toBe('open');
  });

  it('is not begun where that is not offered', async () => {
    const { session } = await sessions.begin(MICA, true);
    expect(session).toMatchObject({ endsSec: START + LIFETIME });
    expect(session.isRemembered).toBeUndefined();
  });
});
