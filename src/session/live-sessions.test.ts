import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TempDir, tempDir } from '../../test/support/temp-dir.ts';
import { openLiveDatabase } from './live-database.ts';
import { createLiveSessions, type LiveSessions } from './live-sessions.ts';
import type { Session } from './session.ts';

const START = 1_800_000_000;
const DAY = 86_400;
let dir: TempDir;
let now: number;
let warnings: string[];
const opened: LiveSessions[] = [];
const clock = { nowMs: () => now * 1000 };
const open = (file: string | null = dir.file('sessions.db'), writeEveryMs = 5): LiveSessions => {
  const list = createLiveSessions({
    shelf: file === null ? null : openLiveDatabase(file, (line) => warnings.push(line)),
    clock,
    writeEveryMs,
  });
  opened.push(list);
  return list;
};
const session = (jti: string, sub = 'file:mica'): Session => ({
  ...{ sub, jti, name: '', email: '', groups: [], allowedResources: [], amr: ['pwd'] },
  ...{ authTimeSec: START, writtenSec: START, endsSec: START + DAY },
});
const by = (address = '203.0.113.9', agent = 'curl/8') => ({ user: 'mica', address, agent });
const rows = (): number => {
  const database = new DatabaseSync(dir.file('sessions.db'), { readOnly: true });
  const found = database.prepare('SELECT count(*) AS count FROM sessions').get()?.count;
  database.close();
  return Number(found);
};

beforeEach(async () => {
  dir = await tempDir();
  now = START;
  warnings = [];
});
afterEach(async () => {
  for (const list of opened.splice(0)) list.close();
  await dir[Symbol.asyncDispose]();
});

describe.each([
  ['in memory', () => open(null)],
  ['in a file', () => open()],
])('the list of sessions, %s,', (_where, make) => {
  it('says since when, when last, from where and by what, newest use first', async () => {
    const list = make();
    list.note(session('a'), by());
    now += 10;
    list.note(session('b'), by('198.51.100.7', 'python-requests/2'));
    list.note(session('x', 'file:mike'), by());
    now += 10;
    list.note(session('a'), by('198.51.100.8', 'curl/8'));
    expect(await list.of('file:mica')).toMatchObject([
      { jti: 'a', user: 'mica', beganSec: START, usedSec: START + 20, address: '198.51.100.8', browser: 'curl' },
      { jti: 'b', usedSec: START + 10, browser: 'python-requests' },
    ]);
    expect(list.usedSec('a')).toBe(START + 20);
    list.drop('a');
    expect((await list.of('file:mica')).map(({ jti }) => jti)).toEqual(['b']);
    expect(list.usedSec('a')).toBe(0);
  });

  it('holds a hundred of a user, of whom no other loses one', async () => {
    const list = make();
    list.note(session('mike', 'file:mike'), by());
    for (let at = 0; at < 150; at++) list.note(session(`mica-${at}`), by());
    expect(await list.of('file:mica')).toHaveLength(100);
    expect((await list.of('file:mica')).some(({ jti }) => jti === 'mica-149')).toBe(true);
    expect(await list.of('file:mike')).toHaveLength(1);
  });
});

describe('the list in a file', () => {
  it('is there after a restart, and private', async () => {
    const list = open();
    list.note(session('a'), by());
    now += 30;
    list.note(session('a'), by());
    list.close();
    expect(open().usedSec('a')).toBe(START + 30);
    for (const name of readdirSync(dir.path)) expect(statSync(dir.file(name)).mode & 0o777, name).toBe(0o600);
  });

  it('is written soon for a new session, and then once a minute', async () => {
    const list = open();
    list.note(session('a'), by());
    await vi.waitFor(() => expect(rows()).toBe(1), { interval: 5 });
    const other = open(undefined, 1_000_000);
    const seen = async (): Promise<number> => (await other.of('file:mica'))[0]?.usedSec ?? 0;
    now += 30;
    list.note(session('a'), by());
    await new Promise((resolve) => setImmediate(resolve));
    expect(await seen()).toBe(START);
    now += 31;
    list.note(session('a'), by());
    await vi.waitFor(async () => expect(await seen()).toBe(START + 61), { interval: 5 });
  });

  it('is not written while a session is noted, nor while another holds it', async () => {
    const list = open();
    await vi.waitFor(() => expect(rows()).toBe(0));
    const other = new DatabaseSync(dir.file('sessions.db'));
    other.exec('BEGIN IMMEDIATE');
    for (let at = 0; at < 1000; at++) list.note(session(`${at}`, `file:${at}`), by());
    expect(await list.of('file:1')).toHaveLength(1);
    other.exec('ROLLBACK');
    other.close();
    await vi.waitFor(() => expect(rows()).toBe(1000), { interval: 5 });
  });

  it('forgets what has ended', async () => {
    const list = open();
    list.note(session('a'), by());
    await vi.waitFor(() => expect(rows()).toBe(1), { interval: 5 });
    now += DAY + 1;
    await vi.waitFor(() => expect(rows()).toBe(0), { interval: 5 });
    expect(list.usedSec('a')).toBe(0);
  });

  it.each([
    ['no database', 'sessions:\n'.repeat(1000)],
    ['another program’s', null],
  ])('that is %s is moved aside, with one line, and begins anew', async (_what, text) => {
    const file = dir.file('sessions.db');
    if (text !== null) writeFileSync(file, text);
    else new DatabaseSync(file).exec('CREATE TABLE a (b)');
    const list = open();
    list.note(session('a'), by());
    expect(await list.of('file:mica')).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/sessions\.db: is damaged and was moved aside; .*nobody is signed out$/),
    ]);
    expect(existsSync(`${file}.damaged`)).toBe(true);
  });

  it('that cannot be made is kept in memory, with one line', async () => {
    const list = open(dir.file('missing/sessions.db'));
    list.note(session('a'), by());
    expect(await list.of('file:mica')).toHaveLength(1);
    expect(warnings).toEqual([expect.stringContaining('is kept in memory only')]);
  });
});
