import { beforeEach, describe, expect, it } from 'vitest';
import type { Directory, PasswordFinding, Person } from '../directories/directory.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';
import { createMemoryStore } from '../session/store-memory.ts';
import { type AttemptMemory, createAttemptMemory, createAttempts } from './attempts.ts';
import { createIdentityOf } from './identities.ts';
import { createVerifiedCredentials, type VerifiedCredentials } from './verified-credentials.ts';

const START = 1_800_000_000;
const HALF_LIFE = 4 * 3600;
const personOf = (user: string): Person => ({
  ...{ sub: `file:${user}`, user, name: user, email: '', groups: [], allowedResources: [] },
});

let now: number;
let hashes: string[];
let people: Map<string, string>;
let change: (subs: readonly string[]) => void;
let hold: Promise<void> | null;
let sessions: Sessions;
let credentials: VerifiedCredentials;
let memory: AttemptMemory;
let asked: number;
const clock = { nowMs: () => now * 1000 };

const directory: Directory = {
  source: 'file',
  canonical: (user) => user.toLowerCase(),
  async verify(user, password): Promise<PasswordFinding> {
    hashes.push(user);
    const right = people.get(user) === password;
    await hold;
    return right ? { kind: 'right', person: personOf(user) } : { kind: 'wrong', reason: 'bad-password' };
  },
  granted: () => new Set(),
  current: (sub) => (people.has(sub.slice(5)) ? personOf(sub.slice(5)) : null),
  onChanged(listener) {
    change = listener;
    return () => {
      change = () => {};
    };
  },
  close() {},
};

beforeEach(() => {
  now = START;
  hashes = [];
  hold = null;
  asked = 0;
  people = new Map([
    ['mica', '1234'],
    ['mike', '123456'],
  ]);
  const options = {
    issuer: 'http://localhost',
    lifetimeSec: 2 * HALF_LIFE,
    store: createMemoryStore({ clock }),
    clock,
  };
  sessions = createSessions({ ...options, keys: () => [{ kid: 'a', key: new Uint8Array(32).fill(1) }] });
  const identityOf = createIdentityOf({ groups: {}, users: {} });
  memory = createAttemptMemory();
  const attempts = createAttempts({ memory, clock, isLimited: true, longestWaitMs: 900_000, shared: [] });
  credentials = createVerifiedCredentials({ directory, sessions, identityOf, attempts, clock });
});

const from = (address: string, requestId = `request-${asked++}`) => ({ address, requestId, device: () => null });

const header = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`;

const verify = async (user: string, password: string, bearer = from('203.0.113.9')) => {
  const found = await credentials.verify(header(user, password), bearer);
  return found.kind === 'right' ? { ...found, jti: found.session.jti } : { kind: found.kind, jti: null, token: null };
};

describe('a password that was found right', () => {
  it('costs no further hash, and stands for one session and one token', async () => {
    const first = await verify('mica', '1234');
    const second = await verify('Mica', '1234');
    expect(second).toMatchObject({ kind: 'right', jti: first.jti, token: first.token });
    expect(hashes).toEqual(['mica']);
  });

  it('is paid once by many who ask at once', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => verify('mica', '1234')));
    expect(new Set(found.map(({ jti }) => jti)).size).toBe(1);
    expect(hashes).toEqual(['mica']);
  });

  it('is paid for again after half the life of its session', async () => {
    const first = await verify('mica', '1234');
    now = START + HALF_LIFE - 1;
    expect((await verify('mica', '1234')).jti).toBe(first.jti);
    now = START + HALF_LIFE;
    expect((await verify('mica', '1234')).jti).not.toBe(first.jti);
    expect(hashes).toHaveLength(2);
  });

  it('is paid for again once its session was ended', async () => {
    const found = await credentials.verify(header('mica', '1234'), from('203.0.113.9'));
    if (found.kind === 'right') sessions.end(found.session);
    const again = await verify('mica', '1234');
    expect(again.kind).toBe('right');
    expect(again.token).not.toBe(found.kind === 'right' && found.token);
    expect(hashes).toHaveLength(2);
  });

  it('no longer counts once the user has another', async () => {
    await verify('mica', '1234');
    people.set('mica', 'new');
    change(['file:mica']);
    expect((await verify('mica', '1234')).kind).toBe('wrong');
    expect((await verify('mica', 'new')).kind).toBe('right');
  });

  it('no longer counts once the user is gone', async () => {
    await verify('mica', '1234');
    people.delete('mica');
    expect((await verify('mica', '1234')).kind).toBe('wrong');
  });

  it('is not remembered where the user changed while it was being checked', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    hold = promise;
    const pending = verify('mica', '1234');
    people.set('mica', 'new');
    change(['file:mica']);
    resolve();
    await pending;
    expect((await verify('mica', '1234')).kind).toBe('wrong');
  });
});

describe('what is never shared', () => {
  it('is a wrong password: it is checked each time', async () => {
    await verify('mica', 'x');
    await verify('mica', 'x');
    expect(hashes).toHaveLength(2);
    expect((await verify('mica', '1234')).kind).toBe('right');
  });

  it('is the proof of one user and another, also where the texts put together are the same', async () => {
    people = new Map([
      ['ab', 'c'],
      ['a', 'bc'],
    ]);
    const both = await Promise.all([verify('ab', 'c'), verify('a', 'bc')]);
    expect(both.map(({ kind }) => kind)).toEqual(['right', 'right']);
    expect(both[0]?.jti).not.toBe(both[1]?.jti);
    expect((await verify('a', 'b')).kind).toBe('wrong');
  });

  it('is a directory that is down: the next one asks again', async () => {
    hold = Promise.reject(new Error('down'));
    await expect(verify('mica', '1234')).rejects.toThrow('down');
    hold = null;
    expect((await verify('mica', '1234')).kind).toBe('right');
  });
});

describe('guessing', () => {
  const stranger = '198.51.100.1';
  const guess = async (times: number) => {
    for (let i = 0; i < times; i++) await verify('mica', `guess ${i}`, from(stranger));
  };

  it('finds no answer among what is known already: while a name waits, nothing is looked at', async () => {
    await verify('mica', '1234');
    await guess(5);
    hashes = [];
    expect((await verify('mica', '1234', from(stranger))).kind).toBe('delayed');
    expect((await verify('mica', 'x', from(stranger))).kind).toBe('delayed');
    expect(hashes).toEqual([]);
  });

  it('by strangers does not hold up who has been here before', async () => {
    const before = await verify('mica', '1234');
    await guess(20);
    expect(await verify('mica', '1234')).toMatchObject({ kind: 'right', jti: before.jti });
  });

  it('is counted once where a front asks about one request twice, and costs one hash', async () => {
    for (let i = 0; i < 4; i++) {
      for (let twice = 0; twice < 2; twice++) await verify('mica', `${i}`, from(stranger, `front-${i}`));
    }
    expect(hashes).toHaveLength(4);
    expect((await verify('mica', '1234', from(stranger))).kind).toBe('right');
  });

  it('is answered by that only for a moment, and only for the same credentials', async () => {
    await verify('mica', 'new', from(stranger, 'front-1'));
    expect((await verify('mica', '1234', from(stranger, 'front-1'))).kind).toBe('right');
    people.set('mica', 'new');
    change(['file:mica']);
    now += 5;
    expect((await verify('mica', 'new', from(stranger, 'front-1'))).kind).toBe('right');
  });

  it('with one password at once is one guess', async () => {
    await Promise.all(Array.from({ length: 20 }, () => verify('mica', 'x', from(stranger))));
    expect(hashes).toHaveLength(1);
    expect((await verify('mica', '1234', from(stranger))).kind).toBe('right');
  });
});
