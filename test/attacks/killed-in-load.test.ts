import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
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
/** The public name, whichever process is asked. */
const HOST = 'dash.example.com';
const ORIGIN = `http://${HOST}`;

interface Answer {
  readonly status: number;
  readonly cookie: string | undefined;
}

/** Rejects where the process is gone. */
const ask = (port: number, path: string, { cookie, body }: { cookie?: string; body?: unknown } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = {
      Host: HOST,
      ...(cookie !== undefined && { Cookie: cookie }),
      ...(body !== undefined && { 'Content-Type': 'application/json', Origin: ORIGIN }),
    };
    const method = body === undefined ? 'GET' : 'POST';
    const asking = request({ host: '127.0.0.1', port, path, method, headers, agent: false });
    asking.once('error', reject).once('response', (response) => {
      const [set] = response.headers['set-cookie'] ?? [];
      response.resume().once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, cookie: set?.match(/^dashgate=[^;]+/)?.[0] }),
      );
    });
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });

/** Signs in, and signs out every other time, at whichever instance comes next, until it is to stop. */
async function load(ports: readonly number[], known: Known[], stop: AbortSignal): Promise<void> {
  for (let at = 0; !stop.aborted; at++) {
    const portOf = (step: number): number => ports[(at >> step) % ports.length] ?? 0;
    const user = USERS[at % USERS.length] ?? 'mica';
    try {
      const body = { user, password: PASSWORDS[user] };
      const { status, cookie } = await ask(portOf(1), '/_dashgate/login', { body });
      if (status !== 200 || cookie === undefined) {
        await wait(10);
        continue;
      }
      const session: Known = { cookie, state: 'open' };
      known.push(session);
      if (at % 2 === 0) continue;
      session.state = 'ending';
      const out = await ask(portOf(2), '/_dashgate/logout', { cookie, body: {} });
      if (out.status === 200) session.state = 'ended';
    } catch {
      // Cut off by the kill: what came of it is not known.
      await wait(10);
    }
  }
}

/** What was ended is refused, and what was not is let in; of what was under way nothing is said. */
async function holds(port: number, known: readonly Known[]): Promise<void> {
  expect(known.filter(({ state }) => state === 'ended').length).toBeGreaterThan(10);
  for (const each of known) {
    if (each.state === 'ending') continue;
    expect((await ask(port, '/', each)).status, each.state).toBe(each.state === 'ended' ? 401 : 200);
  }
}

const configOf = (upstream: string, store: string): string =>
  `directories: [{ file: users.yaml }]\nattempts: { limit: off }\nsession: { store: "${store}" }\n` +
  `apps: [{ name: sales, at: /, upstream: "${upstream}" }]\n`;

async function publicServer() {
  const server = await freeServer();
  return { ...server, text: server.text.replace('server: {', `server: { public_url: "${ORIGIN}",`) };
}

async function prepare(dir: TempDir, users: string, keys: Uint8Array | null): Promise<void> {
  await dir.write('users.yaml', users);
  if (keys) await dir.write('state/session.keys', keys, 0o600);
}

const grown = (known: readonly Known[], many: number) =>
  expect
    .poll(() => known.filter(({ state }) => state === 'ended').length, { timeout: 30_000, interval: 5 })
    .toBeGreaterThan(many);

describe('killed in the middle of load, with SQLite', () => {
  it('dashgate lets nobody back in, and nobody out', async () => {
    await using dir = await tempDir();
    await using upstream = await startUpstream();
    await prepare(dir, await usersFile(), null);
    const server = await publicServer();
    const known: Known[] = [];
    const stop = new AbortController();
    const start = () => serve(dir, configOf(upstream.url, 'sqlite:kept.db'), Promise.resolve(server));
    let served = await start();
    const loads = Array.from({ length: 4 }, () => load([server.port], known, stop.signal));
    try {
      for (let times = 1; times <= 2; times++) {
        await grown(known, 20 * times);
        served.kill('SIGKILL');
        await served.ended;
        served = await start();
      }
      stop.abort();
      await Promise.all(loads);
      await holds(server.port, known);
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
    const keys = await readFile(ring.file('session.keys'));
    const places = [
      { dir: stack.use(await tempDir()), server: await publicServer() },
      { dir: stack.use(await tempDir()), server: await publicServer() },
    ] as const;
    const start = async ({ dir, server }: (typeof places)[number]): Promise<Served> => {
      await prepare(dir, users, keys);
      return serve(dir, configOf(upstream.url, redis.url), Promise.resolve(server));
    };
    const ports = places.map(({ server }) => server.port);
    const known: Known[] = [];
    const stop = new AbortController();
    let first = await start(places[0]);
    const second = await start(places[1]);
    stack.defer(async () => {
      stop.abort();
      await Promise.all([first.stop(), second.stop()]);
    });
    const loads = Array.from({ length: 4 }, () => load(ports, known, stop.signal));
    await grown(known, 20);
    first.kill('SIGKILL');
    await first.ended;
    await grown(known, 30);
    first = await start(places[0]);
    await grown(known, 50);
    await redis.kill();
    await wait(300);
    await redis.start();
    await grown(known, 80);
    stop.abort();
    await Promise.all(loads);
    for (const port of ports) await holds(port, known);
  });
});
