import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { argon2Like } from '../../src/directories/hash/argon2.ts';
import { openDatabase } from '../../src/session/database.ts';
import { openLiveDatabase } from '../../src/session/live-database.ts';
import type { Entry, Scenario } from '../scenario.ts';
import { type DashgateOptions, QUESTION, signIn, startDashgate } from '../stage/dashgate.ts';
import { load } from '../stage/load.ts';
import { sealMany } from '../stage/sessions.ts';

const EMPTY = '1 user, 1 rule, nothing revoked';
/** Of sessions, and as many of subjects: of each kind a little more is held at most. */
const MOST_ENDED = 500_000;
/** In one write. */
const LISTED_AT_ONCE = 50_000;
const KEPT_SEC = 8 * 3600;

/** Hashes as long as real ones, which nobody’s password leads to; a file may have 16 MiB. */
function usersOf(count: number): string {
  const cost = { cost: { m: 19_456, t: 2, p: 1 }, saltBytes: 16, digestBytes: 32 };
  const line = (at: number): string => `  user${at}: { password: "${argon2Like(cost).text}" }\n`;
  return Array.from({ length: count }, (_none, at) => line(at)).join('');
}

const rulesOf = (count: number): string =>
  Array.from(
    { length: count },
    (_none, at) => `      - { resource: r${at}, paths: ["/part${at}", "/part${at}/**"] }`,
  ).join('\n');

/** So many ends of sessions, and as many of subjects where there are more than can be held of one kind. */
function fillStore(folder: string, count: number): void {
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  const now = Math.floor(Date.now() / 1000);
  const { database } = openDatabase(join(folder, 'state/dashgate.db'), now - 60);
  const session = database.prepare('INSERT INTO revoked_sessions VALUES (?, ?)');
  const subject = database.prepare('INSERT INTO revoked_subjects VALUES (?, ?, ?)');
  const sessions = Math.min(count, MOST_ENDED);
  database.exec('BEGIN');
  for (let at = 0; at < sessions; at++) session.run(randomUUID(), now + KEPT_SEC);
  for (let at = 0; at < Math.min(count - sessions, MOST_ENDED); at++)
    subject.run(`file:gone${at}`, now, now + KEPT_SEC);
  database.exec('COMMIT');
  database.close();
}

/** A list of live sessions: their cookies are what holds them, so that it is all that grows with them. */
function fillList(folder: string, count: number): void {
  mkdirSync(join(folder, 'state'), { mode: 0o700 });
  const list = openLiveDatabase(join(folder, 'state/sessions.db'), () => {});
  const now = Math.floor(Date.now() / 1000);
  const entry = (at: number) => ({
    ...{ jti: randomUUID(), sub: `file:user${at % 10_000}`, user: `user${at % 10_000}`, isRemembered: false },
    ...{ beganSec: now - 60, endsSec: now + KEPT_SEC, usedSec: now - 30, address: '203.0.113.9', browser: 'Firefox' },
  });
  for (let at = 0; at < count; at += LISTED_AT_ONCE)
    list?.write(
      Array.from({ length: Math.min(LISTED_AT_ONCE, count - at) }, (_none, i) => entry(at + i)),
      null,
    );
  list?.close();
}

interface Size extends DashgateOptions {
  readonly name: string;
  /** In the cookie; each is some 20 bytes. */
  readonly groups?: number;
}

const users = (count: number): Size => ({
  name: `${count.toLocaleString('en')} users`,
  users: usersOf(count),
});
const rules = (count: number): Size => ({ name: `${count.toLocaleString('en')} rules`, rules: rulesOf(count) });
const revoked = (count: number): Size => ({
  name: `${count.toLocaleString('en')} ends of sessions`,
  prepare: (folder) => fillStore(folder, count),
});

const listed = (count: number): Size => ({
  name: `${count.toLocaleString('en')} live sessions`,
  prepare: (folder) => fillList(folder, count),
});

export const ALL = 'all of it at once';
const sizes = (): readonly Size[] => [
  { name: EMPTY },
  { name: 'two workers', workers: 2 },
  ...[10, 1000, 100_000].map(users),
  ...[100, 10_000].map(rules),
  ...[10_000, 2 * MOST_ENDED].map(revoked),
  ...[10_000, 1_000_000].map(listed),
  ...[50, 150].map((groups) => ({ name: `a cookie with ${groups} groups`, groups })),
  ...['error', 'debug'].map((level) => ({ name: `log level ${level}`, more: `log: { level: ${level} }` })),
  {
    name: ALL,
    rules: rulesOf(10_000),
    users: usersOf(100_000),
    prepare: (folder) => fillStore(folder, 2 * MOST_ENDED),
  },
];

/** The same check with more of everything. */
export const growth: Scenario = {
  name: 'growth',
  title: 'Verify way: growth',
  about: 'Cookie checks asked directly, 50 connections, of dashgates that hold more and more of something each.',
  limit: EMPTY,
  async open({ dir }, closing) {
    const entries: Entry[] = [];
    for (const { name, groups, ...options } of sizes()) {
      const running = await startDashgate(dir, closing, options);
      const [Cookie = ''] = groups === undefined ? [await signIn(running)] : await sealMany(running, 1, groups);
      const what = { url: running.checkUrl, headers: { ...QUESTION, Cookie }, pids: running.pids };
      const { startedMs } = running.server;
      entries.push({ name, measure: async (seconds) => ({ ...(await load(what, seconds)), ms: startedMs }) });
    }
    return entries;
  },
};
