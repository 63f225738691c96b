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
const make = (store = createMemoryStore({ clock })): Sessions =>
  createSessions({ issuer: 'http://localhost', lifetimeSec: LIFETIME, keys: () => keys, store, clock });

beforeEach(() => {
  now = START;
  keys = [key('a', 1)];
  sessions = make();
});

describe('a session', () => {
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
    expect(() => sessions.confirmEnds()).toThrow(StoreUnavailable);
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
