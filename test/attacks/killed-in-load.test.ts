import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createKeyRingFile } from '../../src/session/key-ring.ts';
import { freeServer, type Served, serve } from '../flows/command.ts';
import { PASSWORDS, usersFile } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startRedis } from '../support/start-redis.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';

/** A cookie, and what is known of its session: `ended` only once the answer said so. */
interface Known {
  readonly cookie: string;
  state: 'open' | 'ending' | 'ended';
}

const USERS = Object.keys(PASSWORDS) as (keyof typeof PASSWORDS)[];
const json = (origin: string) => ({ 'Content-Type': 'application/json', Origin: origin });

/** Signs in, looks at the dashboard, and signs out every other time, at the origin that is current, until it is to stop. */
async function load(origins: () => string[], known: Known[], stop: AbortSignal): Promise<void> {
  for (let at = 0; !stop.aborted; at++) {
    const list = origins();
    const origin = list[at % list.length] ?? '';
    const user = USERS[at % USERS.length] ?? 'mica';
    try {
      const answer = await fetch(`${origin}/_dashgate/login`, {
        method: 'POST',
        headers: json(origin),
        body: JSON.stringify({ user, password: PASSWORDS[user] }),
      });
      const [cookie] = answer.headers.getSetCookie().flatMap((line) => line.match(/^dashgate=[^;]+/) ?? []);
      await answer.arrayBuffer();
      if (answer.status !== 200 || cookie === undefined) {
        await wait(10);
        continue;
      }
      const session: Known = { cookie, state: 'open' };
      known.push(session);
      if (at % 2 === 0) continue;
      session.state = 'ending';
      // By the other one, where there are two.
      const other = list[(at + 1) % list.length] ?? '';
      const out = await fetch(`${other}/_dashgate/logout`, {
        method: 'POST',
        headers: { ...json(other), Cookie: cookie },
        redirect: 'manual',
      });
      await out.arrayBuffer();
      if (out.status === 200) session.state = 'ended';
    } catch {
      // Cut off by the kill: what came of it is not known.
      await wait(10);
    }
  }
}

const statusOf = async (origin: string, { cookie }: Known): Promise<number> => {
  const answer = await fetch(`${origin}/`, { headers: { Cookie: cookie } });
  await answer.arrayBuffer();
  return answer.status;
};

/** What was ended is refused, and what was not is let in; of what was under way nothing is said. */
async function holds(origin: string, known: readonly Known[]): Promise<void> {
  expect(known.filter(({ state }) => state === 'ended').length).toBeGreaterThan(10);
  for (const each of known) {
    if (each.state === 'ending') continue;
    expect(await statusOf(origin, each), each.state).toBe(each.state === 'ended' ? 401 : 200);
  }
}

const configOf = (upstream: string, store: string): string =>
  `directories: [{ file: users.yaml }]\nattempts: { limit: off }\nsession: { store: "${store}" }\n` +
  `apps: [{ name: sales, at: /, upstream: "${upstream}" }]\n`;

async function prepare(dir: TempDir, users: string, keys: Uint8Array | null): Promise<void> {
  await dir.write('users.yaml', users);
  if (keys) await dir.write('state/session.keys', keys, 0o600);
}

const grown = (known: readonly Known[], many: number) =>
  expect.poll(() => known.filter(({ state }) => state === 'ended').length, { timeout: 30_000, interval: 5 }).toBeGreaterThan(many);

describe('killed in the middle of load, with SQLite', () => {
  it('dashgate lets nobody back in, and nobody out', async () => {
    await using dir = await tempDir();
    await using upstream = await startUpstream();
    await prepare(dir, await usersFile(), null);
    const at = await freeServer();
    const known: Known[] = [];
    const stop = new AbortController();
    let served = await serve(dir, configOf(upstream.url, 'sqlite:kept.db'), Promise.resolve(at));
    const loads = Array.from({ length: 4 }, () => load(() => [served.origin], known, stop.signal));
    try {
      for (let times = 1; times <= 2; times++) {
        await grown(known, 20 * times);
        served.kill('SIGKILL');
        await served.ended;
        served = await serve(dir, configOf(upstream.url, 'sqlite:kept.db'), Promise.resolve(at));
      }
      stop.abort();
      await Promise.all(loads);
      await holds(served.origin, known);
    } finally {
      stop.abort();
      await served.stop();
    }
  });
});

needs('redis')('killed in the middle of load, with two instances on a Redis that keeps nothing', () => {
  it('neither an instance nor Redis lets anybody back in, or out', async () => {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await startRedis());
    const upstream = stack.use(await startUpstream());
    const users = await usersFile();
    const ring = stack.use(await tempDir());
    createKeyRingFile(ring.file('session.keys'));
    const keys = await import('node:fs/promises').then(({ readFile }) => readFile(ring.file('session.keys')));
    const dirs = [stack.use(await tempDir()), stack.use(await tempDir())];
    const servers = [await freeServer(), await freeServer()];
    const start = async (which: number): Promise<Served> => {
      const [dir, server] = [dirs[which], servers[which]];
      if (!dir || !server) throw new Error('there are two');
      await prepare(dir, users, keys);
      const { text, port } = server;
      const shared = text.replace('server: {', `server: { public_url: "http://127.0.0.1:${port}",`);
      return serve(dir, configOf(upstream.url, redis.url), Promise.resolve({ ...server, text: shared }));
    };
    const known: Known[] = [];
    const stop = new AbortController();
    const instances = [await start(0), await start(1)];
    stack.defer(async () => {
      stop.abort();
      for (const each of instances) await each.stop();
    });
    const origins = (): string[] => instances.map(({ origin }) => origin);
    const loads = Array.from({ length: 4 }, () => load(origins, known, stop.signal));
    await grown(known, 20);
    instances[0]?.kill('SIGKILL');
    await instances[0]?.ended;
    await grown(known, 30);
    instances[0] = await start(0);
    await grown(known, 50);
    await redis.kill();
    await wait(300);
    await redis.start();
    await grown(known, 80);
    stop.abort();
    await Promise.all(loads);
    for (const origin of origins()) await holds(origin, known);
  });
});
