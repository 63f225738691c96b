import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { needs } from '../../test/support/needs.ts';
import { openRedis } from '../../test/support/open-redis.ts';
import { type Redis, startRedis } from '../../test/support/start-redis.ts';
import { ConfigInvalid, StoreUnavailable } from '../errors.ts';
import { createRevocations } from './revocations.ts';
import type { SessionStore } from './store.ts';
import { createMemoryStore } from './store-memory.ts';
import { createSqliteStore } from './store-sqlite.ts';

const START = 1_800_000_000;
let now: number;
let folder: string;
let file: string;
let stores: SessionStore[];
const clock = { nowMs: () => now * 1000 };

beforeEach(() => {
  now = START;
  folder = mkdtempSync(join(tmpdir(), 'store-'));
  file = join(folder, 'dashgate.db');
  stores = [];
});
afterEach(() => {
  for (const store of stores) store.close();
  rmSync(folder, { recursive: true, force: true });
});

const keep = (store: SessionStore): SessionStore => {
  stores.push(store);
  return store;
};
const openSqlite = (): SessionStore => keep(createSqliteStore({ file, clock, lookEveryMs: 5 }));
const openMemory = (): SessionStore => keep(createMemoryStore({ clock }));
const session = (jti: string, beganSec = START, sub = 'file:mica') => ({ jti, sub, beganSec });

const keepsItsPromises = (open: () => SessionStore | Promise<SessionStore>): void => {
  it('keeps a text for a session until it is taken, once, and replaces none that is gone', async () => {
    const { refresh } = await open();
    expect(await refresh.read('kept-a')).toBeNull();
    await refresh.put('kept-a', 'one', START + 100);
    expect(await refresh.replace('kept-a', 'two')).toBe(true);
    expect(await refresh.read('kept-a')).toBe('two');
    expect((await Promise.all([refresh.take('kept-a'), refresh.take('kept-a')])).toSorted()).toEqual([null, 'two']);
    expect(await refresh.replace('kept-a', 'three')).toBe(false);
    expect(await refresh.read('kept-a')).toBeNull();
  });

  it('gives the turn to change it to one at a time, and to the next when it is over', async () => {
    const { refresh } = await open();
    await refresh.put('kept-b', 'one', START + 100);
    const turns = await Promise.all([refresh.turn('kept-b', 60_000), refresh.turn('kept-b', 60_000)]);
    expect(turns.filter((turn) => turn !== null)).toHaveLength(1);
    for (const end of turns) await end?.();
    expect(await refresh.turn('kept-b', 60_000)).not.toBeNull();
  });

  it('keeps tokens of people until they end or are taken out, so many of each', async () => {
    const { tokens } = await open();
    const token = (id: string, changes: object = {}) => ({
      ...{ id, hash: `${id}-and-more`, sub: 'file:mica', name: `for ${id}`, scope: ['hr'] },
      ...{ madeSec: START, endsSec: START + 1000, usedSec: 0, ...changes },
    });
    expect(await tokens.put(token('a'), 2)).toBe(true);
    expect(await tokens.put(token('a', { sub: 'file:mike' }), 2)).toBe(false);
    expect(await tokens.put(token('b', { madeSec: START + 1, scope: null, endsSec: START + 2000 }), 2)).toBe(true);
    expect(await tokens.put(token('c'), 2)).toBe(false);
    expect(await tokens.put(token('d', { sub: 'file:mike' }), 2)).toBe(true);
    expect((await tokens.of('file:mica')).map(({ id }) => id)).toEqual(['b', 'a']);
    expect(await tokens.find('a')).toEqual(token('a'));
    await tokens.used('a', START + 70);
    await tokens.used('a', START + 60);
    expect(await tokens.find('a')).toEqual(token('a', { usedSec: START + 70 }));
    await tokens.used('x', START + 60);
    expect(await tokens.find('x')).toBeNull();
    await tokens.remove(token('a'));
    expect(await tokens.find('a')).toBeNull();
    expect(await tokens.put(token('c'), 2)).toBe(true);
    now = START + 1500;
    expect((await tokens.of('file:mica')).map(({ id }) => id)).toEqual(['b']);
    expect(await tokens.put(token('e', { endsSec: START + 3000 }), 2)).toBe(true);
  });

  it('ends what was begun before it was there only where that was begun here', async () => {
    const store = await open();
    expect([store.isRevoked(session('a', START - 9)), store.isEnded(session('a', START - 9))]).toEqual([true, false]);
    store.revokeSubjects(['file:mica'], START);
    expect([store.isEnded(session('a', START - 9)), store.isEnded(session('a', START + 1))]).toEqual([true, false]);
    expect(store.isEnded(session('a', Number.NaN))).toBe(true);
  });

  it('ends one session and no other', async () => {
    const store = await open();
    store.revoke('a', START + 100);
    expect(store.isRevoked(session('a'))).toBe(true);
    expect(store.isRevoked(session('b'))).toBe(false);
  });

  it('ends what a subject began until then, and nothing that began later', async () => {
    const store = await open();
    store.revokeSubjects(['file:mica'], START + 10);
    store.revokeSubjects(['file:mica'], START + 5);
    expect(store.isRevoked(session('a', START + 10))).toBe(true);
    expect(store.isRevoked(session('b', START + 11))).toBe(false);
    expect(store.isRevoked(session('c', START + 10, 'file:mike'))).toBe(false);
  });

  it('ends also what began between two ends within one second, and was dated after the first', async () => {
    const store = await open();
    store.revokeSubjects(['file:mica'], START);
    expect(store.isRevoked(session('a', START + 1))).toBe(false);
    store.revokeSubjects(['file:mica'], START);
    expect(store.isRevoked(session('a', START + 1))).toBe(true);
    expect(store.isRevoked(session('b', START + 2))).toBe(false);
  });

  it('refuses a session from before it could know, or from no time at all', async () => {
    const store = await open();
    expect(store.isRevoked(session('a', START - 1))).toBe(true);
    expect(store.isRevoked(session('a', Number.NaN))).toBe(true);
    expect(store.isRevoked(session('a', START))).toBe(false);
  });

  it('tells of each end once, and no more when it is not to', async () => {
    const store = await open();
    let told = 0;
    const stop = store.onEnded(() => told++);
    store.revoke('a', START + 100);
    store.revoke('a', START + 200);
    store.revokeSubjects(['file:mica'], START + 10);
    store.revokeSubjects(['file:mica'], START + 5);
    expect(told).toBe(2);
    stop();
    store.revoke('b', START + 100);
    expect(told).toBe(2);
  });

  it('takes no more once it is closed', async () => {
    const store = await open();
    expect(store.isReady()).toBe(true);
    store.close();
    store.close();
    expect(store.isReady()).toBe(false);
    expect(() => store.revoke('a', START)).toThrow(StoreUnavailable);
  });

  it('gives an id away once, to whoever asks first', async () => {
    const store = await open();
    const asked = await Promise.all(Array.from({ length: 20 }, () => store.once('handoff:a', START + 60)));
    expect(asked.filter(Boolean)).toEqual([true]);
    expect(await store.once('handoff:b', START + 60)).toBe(true);
    now += 300;
    store.revoke('c', now + 100);
    expect(await store.once('handoff:a', START + 60)).toBe(false);
    store.close();
    await expect(store.once('handoff:c', now + 60)).rejects.toThrow(StoreUnavailable);
  });

  it('forgets what has ended anyway, and nothing before that', async () => {
    const store = await open();
    store.revoke('short', START + 100);
    store.revoke('long', START + 9_000);
    now += 3_600;
    store.revoke('other', now + 100);
    expect(store.isRevoked(session('short'))).toBe(false);
    expect(store.isRevoked(session('long'))).toBe(true);
  });
};

describe('the memory store', () => keepsItsPromises(openMemory));
describe('the sqlite store', () => keepsItsPromises(openSqlite));
needs('redis')('the redis store', () => {
  let redis: Redis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());
  keepsItsPromises(async () => keep(await openRedis({ url: redis.url, clock, prefix: randomUUID() })));
});

describe('the memory store', () => {
  it('refuses after a restart what was begun before', () => {
    openMemory().revoke('a', START + 100);
    now += 1;
    expect(openMemory().isRevoked(session('b', START))).toBe(true);
  });
});

describe('the sqlite store', () => {
  it('remembers after a restart', () => {
    const first = openSqlite();
    first.revoke('a', START + 9_000);
    first.revokeSubjects(['file:mike'], START);
    first.close();
    now += 60;
    const second = openSqlite();
    expect(second.isRevoked(session('a'))).toBe(true);
    expect(second.isRevoked(session('b', START, 'file:mike'))).toBe(true);
    expect(second.isRevoked(session('b'))).toBe(false);
  });

  it('has written when the call returns: a crash forgets nothing', () => {
    openSqlite().revoke('a', START + 9_000);
    // The first is never closed.
    expect(openSqlite().isRevoked(session('a'))).toBe(true);
  });

  it('gives an id away once among two processes, and after a crash', async () => {
    const [here, there] = [openSqlite(), openSqlite()];
    for (let at = 0; at < 20; at++) {
      const both = await Promise.all([here.once(`handoff:${at}`, START + 60), there.once(`handoff:${at}`, START + 60)]);
      expect(both.filter(Boolean)).toEqual([true]);
    }
    // Neither is closed.
    expect(await openSqlite().once('handoff:7', START + 60)).toBe(false);
  });

  it('gives no id away where that cannot be written down', async () => {
    const store = openSqlite();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(store.once('handoff:a', START + 60)).rejects.toThrow(StoreUnavailable);
    other.exec('ROLLBACK');
    other.close();
    expect(await store.once('handoff:a', START + 60)).toBe(true);
  });

  it('opens what an earlier version wrote', async () => {
    const first = openSqlite();
    first.revoke('a', START + 9_000);
    first.close();
    const old = new DatabaseSync(file);
    old.exec('DROP TABLE personal_tokens; DROP TABLE refresh_texts; DROP TABLE used_ids; PRAGMA user_version = 2');
    old.close();
    const store = openSqlite();
    expect(store.isRevoked(session('a'))).toBe(true);
    expect(await store.once('handoff:a', START + 60)).toBe(true);
  });

  it('tells of what another process ended', async () => {
    const [here, there] = [openSqlite(), openSqlite()];
    const told = new Promise<void>((resolve) => here.onEnded(() => resolve()));
    there.revoke('a', START + 9_000);
    await told;
    expect(here.isRevoked(session('a'))).toBe(true);
  });

  it('tells of an end that could not be written', () => {
    const store = openSqlite();
    let told = 0;
    store.onEnded(() => told++);
    rmSync(file);
    expect(() => store.revoke('a', START + 9_000)).toThrow(StoreUnavailable);
    expect(told).toBe(1);
  });

  it('keeps its files private', () => {
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    openSqlite().revoke('a', START + 9_000);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it('lets an end count at once although it could not be written, and writes it later', () => {
    const store = openSqlite();
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    expect(() => store.revoke('a', START + 9_000)).toThrow(StoreUnavailable);
    expect(() => store.revokeSubjects(['file:mike'], START)).toThrow(StoreUnavailable);
    expect(store.isRevoked(session('a'))).toBe(true);
    expect(store.isRevoked(session('b', START, 'file:mike'))).toBe(true);
    expect(store.isReady()).toBe(false);
    other.exec('ROLLBACK');
    other.close();
    expect(store.isReady()).toBe(true);
    store.close();
    const next = openSqlite();
    expect(next.isRevoked(session('a'))).toBe(true);
    expect(next.isRevoked(session('b', START, 'file:mike'))).toBe(true);
  });

  it('hears what another process ended', async () => {
    const [one, other] = [openSqlite(), openSqlite()];
    other.revoke('a', START + 9_000);
    await vi.waitFor(() => expect(one.isRevoked(session('a'))).toBe(true), { interval: 5 });
  });

  it('does not take a write into a file that was removed, and brings nobody back without it', () => {
    const store = openSqlite();
    store.revoke('a', START + 9_000);
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    expect(() => store.revoke('b', START + 9_000)).toThrow(/moved or removed/);
    expect(store.isRevoked(session('b'))).toBe(true);
    expect(store.isReady()).toBe(false);
    store.close();
    now += 10;
    const next = openSqlite();
    expect(next.isRevoked(session('a'))).toBe(true);
    expect(next.isRevoked(session('new', now))).toBe(false);
  });

  it('lets people in although it was made while the clock was ahead', () => {
    now = START + 100_000;
    openSqlite().close();
    now = START;
    expect(openSqlite().isRevoked(session('a', START))).toBe(false);
  });

  it.each<[string, (at: string) => void]>([
    ['cut short', (at) => truncateSync(at, 8192)],
    ['overwritten in the middle', (at) => overwrite(at, 4096, 20_000)],
    ['without its head', (at) => overwrite(at, 0, 100)],
  ])('moves a file aside that is damaged: %s; everybody signs in again, nobody is let back in', (_what, damage) => {
    const first = createSqliteStore({ file, clock });
    first.revoke('a', START + 9_000);
    for (let at = 0; at < 500; at++) first.revokeSubjects([`file:${'x'.repeat(100)}${at}`], START);
    first.close();
    damage(file);
    now += 10;
    const lines: string[] = [];
    const store = keep(createSqliteStore({ file, clock, onDamaged: (line) => lines.push(line) }));
    expect(lines).toEqual([
      expect.stringMatching(
        /^[^\n]+dashgate\.db: is damaged and was moved to [^\n]+dashgate\.db\.damaged; [^\n]+signs in again$/,
      ),
    ]);
    expect(store.isRevoked(session('a'))).toBe(true);
    expect(store.isRevoked(session('b'))).toBe(true);
    expect(store.isRevoked(session('new', now))).toBe(false);
    store.revoke('c', now + 100);
    expect(store.isReady()).toBe(true);
    expect(statSync(`${file}.damaged`).size).toBeGreaterThan(0);
  });

  it('does not move aside what somebody wrote by hand, nor another program’s', () => {
    writeFileSync(file, 'users:\n'.repeat(1000));
    const opening = (): SessionStore => createSqliteStore({ file, clock, onDamaged: expect.fail });
    expect(opening).toThrow(/damaged, or no database/);
    writeFileSync(file, '');
    new DatabaseSync(file).exec('CREATE TABLE a (b)');
    expect(opening).toThrow(/another program/);
  });

  it.each<[string, () => void, RegExp]>([
    ['no database', () => writeFileSync(file, 'users:\n'.repeat(1000)), /damaged, or no database/],
    [
      'a damaged one',
      () => {
        const store = createSqliteStore({ file, clock });
        for (let at = 0; at < 500; at++) store.revokeSubjects([`file:${'x'.repeat(100)}${at}`], START);
        store.close();
        truncateSync(file, 8192);
      },
      /damaged/,
    ],
    ['another program’s', () => new DatabaseSync(file).exec('CREATE TABLE a (b)'), /another program/],
    [
      'a later version’s',
      () => {
        createSqliteStore({ file, clock }).close();
        new DatabaseSync(file).exec('PRAGMA user_version = 7');
      },
      /another version/,
    ],
    ['no folder', () => rmSync(folder, { recursive: true }), /make its folder/],
  ])('refuses to start with %s, in one clear line', (_what, arrange, words) => {
    arrange();
    const opening = (): SessionStore => createSqliteStore({ file, clock });
    expect(opening).toThrow(ConfigInvalid);
    expect(opening).toThrow(words);
    expect(opening).toThrow(/^[^\n]+dashgate\.db: [^\n]+$/);
  });
});

function overwrite(at: string, from: number, bytes: number): void {
  const descriptor = openSync(at, 'r+');
  writeSync(descriptor, Buffer.alloc(bytes, 0xa5), 0, bytes, from);
  closeSync(descriptor);
}

describe('revocations', () => {
  it('hold no more than they may, and say so', () => {
    const held = createRevocations(START, 2);
    expect([
      held.addSession('a', 1),
      held.addSession('b', 1),
      held.addSession('c', 1),
      held.addSession('a', 2),
    ]).toEqual([true, true, false, true]);
    const end = { atSec: 1, untilSec: 2 };
    expect([held.addSubject('a', end), held.addSubject('b', end), held.addSubject('c', end)]).toEqual([
      true,
      true,
      false,
    ]);
    held.purge(START);
    expect(held.addSession('c', 1)).toBe(true);
  });
});

it('the ends of many subjects are one write', () => {
  const file = join(folder, 'many.db');
  const store = createSqliteStore({ file, clock });
  const subs = Array.from({ length: 10_000 }, (_, at) => `file:user-${at}`);
  const before = new Set<number>();
  store.onEnded(() => before.add(1));
  store.revokeSubjects(subs, START);
  const other = createSqliteStore({ file, clock });
  for (const sub of subs) expect(other.isRevoked({ jti: 'j', sub, beganSec: START })).toBe(true);
  other.close();
  store.close();
});
