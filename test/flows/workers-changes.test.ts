import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PASSWORDS, usersFile } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { startRedis } from '../support/start-redis.ts';
import { type Lane, startWorkers, type Workers } from '../support/start-workers.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { dashgate } from './command.ts';

let dir: TempDir;
let upstream: Upstream;
let users: string;
beforeAll(async () => {
  upstream = await startUpstream();
  users = await usersFile();
});
afterAll(() => upstream?.[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
  await dir.write('users.yaml', users);
  return () => dir[Symbol.asyncDispose]();
});

const good = (url = upstream.url): string =>
  `directories: [{ file: users.yaml }]\napps: [{ name: app, at: /, upstream: "${url}" }]\n`;
const json = { 'Content-Type': 'application/json' };
const inAll = ({ lanes }: Workers, cookie: string): Promise<number[]> =>
  Promise.all(lanes.map((lane) => lane.status(cookie)));
const countOf = (workers: Workers, said: string): number => workers.output().split(said).length - 1;
/** Waits for a line that was there so many times before. */
const said = (workers: Workers, line: string, before: number): Promise<void> =>
  expect.poll(() => countOf(workers, line), { timeout: 10_000, interval: 5 }).toBe(before + 1);

describe('several workers', { timeout: 90_000 }, () => {
  it('take over a configuration together, and refuse a bad one together, once', async () => {
    await using workers = await startWorkers(dir, good(), 3);
    const [one] = workers.lanes;
    const cookie = (await one?.signIn('nora', PASSWORDS.nora)) ?? '';
    const config = await readFile(dir.file('dashgate.yaml'), 'utf8');
    await writeFile(dir.file('dashgate.yaml'), config.replace('name: app', 'name: app, resource: hr'));
    await said(workers, '"configuration reloaded"', 0);
    expect(await inAll(workers, cookie)).toEqual([403, 403, 403]);
    // What only a worker finds out is as good as what is found at once.
    for (const bad of [config.slice(0, -9), `${config}login: { logo_file: missing.png }\n`]) {
      const OLD = 'configuration: the new version is refused, the old one stays in force';
      const before = countOf(workers, OLD);
      await writeFile(dir.file('dashgate.yaml'), bad);
      await said(workers, OLD, before);
      expect(await inAll(workers, cookie)).toEqual([403, 403, 403]);
    }
    // One that takes the place of another begins with what is in force.
    const pid = workers.pids().get(2) ?? 0;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => workers.pids().get(2), { timeout: 30_000 }).not.toBe(pid);
    const fresh = await workers.lane([1, 3]);
    expect(await fresh.status(cookie)).toBe(403);
  });

  it('know a new key before one of them seals by it, and refuse with the old one gone', async () => {
    await using workers = await startWorkers(dir, good());
    const [one, two] = workers.lanes;
    if (!one || !two) throw new Error('two workers were asked for');
    let isDone = false;
    const worst = new Set<number>();
    const keepOn = async (here: Lane, there: Lane): Promise<void> => {
      while (!isDone) worst.add(await there.status(await here.signIn('mica', PASSWORDS.mica)));
    };
    const traffic = Promise.all([keepOn(one, two), keepOn(two, one)]);
    for (let round = 0; round < 3; round++) {
      const before = countOf(workers, '"session keys reloaded"');
      expect((await dashgate(['secret', '--rotate'], { cwd: dir.path })).code).toBe(0);
      await said(workers, '"session keys reloaded"', before);
    }
    isDone = true;
    await traffic;
    expect([...worst]).toEqual([200]);
    const cookie = await one.signIn('mica', PASSWORDS.mica);
    const before = countOf(workers, '"session keys reloaded"');
    await writeFile(dir.file('state/session.keys'), (await dashgate(['secret'])).stdout);
    await said(workers, '"session keys reloaded"', before);
    expect(await inAll(workers, cookie)).toEqual([401, 401]);
  });

  it('sign out within a second who is no user any more', async () => {
    await using workers = await startWorkers(dir, good());
    const cookie = (await workers.lanes[0]?.signIn('mica', PASSWORDS.mica)) ?? '';
    await writeFile(dir.file('users.yaml'), users.replace(/^ {2}mica:.*\n/m, ''));
    const gone = performance.now();
    await expect.poll(() => inAll(workers, cookie), { timeout: 10_000, interval: 5 }).toEqual([401, 401]);
    expect(performance.now() - gone).toBeLessThan(2000);
  });

  it('answer on unix sockets that are there for the group and nobody else', async () => {
    await using workers = await startWorkers(dir, good(), 2, (text) =>
      text.replace('127.0.0.1:0', `unix:${dir.file('check.sock')}`),
    );
    expect((await stat(dir.file('check.sock'))).mode & 0o777).toBe(0o660);
    const head =
      'X-Original-URI: /\r\nX-Original-Method: GET\r\nX-Dashgate-App: app\r\nConnection: close\r\nHost: localhost\r\n';
    const host = `X-Forwarded-Host: ${new URL(workers.origin).host}\r\n`;
    const asked = Array.from({ length: 8 }, () =>
      raw(dir.file('check.sock'), `GET /_dashgate/auth/nginx HTTP/1.1\r\n${head}${host}\r\n`),
    );
    expect(new Set((await Promise.all(asked)).map((answer) => answer?.status))).toEqual(new Set([401]));
    const answered = workers.output().matchAll(/"message":"refused".*?"worker":(\d)/g);
    expect(new Set([...answered].map(([, worker]) => worker))).toEqual(new Set(['1', '2']));
    workers.kill('SIGTERM');
    expect((await workers.ended).code).toBe(0);
    await expect(stat(dir.file('check.sock'))).rejects.toThrow('ENOENT');
  });

  it('finish what is under way in each of them after SIGTERM, and end with exit code 0', async () => {
    const held: ServerResponse[] = [];
    const both = Promise.withResolvers<void>();
    const slow = createServer((_request, response) => {
      if (held.push(response) === 2) both.resolve();
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    const { port } = slow.address() as { port: number };
    await using workers = await startWorkers(dir, good(`http://127.0.0.1:${port}`));
    const cookie = (await workers.lanes[0]?.signIn('mica', PASSWORDS.mica)) ?? '';
    const answers = workers.lanes.map((lane) => lane.ask('/', { headers: { Cookie: cookie } }));
    await both.promise;
    workers.kill('SIGTERM');
    await workers.printed(/"message":"ending/);
    const knock = () => raw(Number(new URL(workers.origin).port), 'GET / HTTP/1.1\r\n\r\n').catch(String);
    await expect.poll(knock, { timeout: 5000 }).toContain('ECONNREFUSED');
    for (const response of held) response.end('whole');
    expect((await Promise.all(answers)).map(({ body }) => body)).toEqual(['whole', 'whole']);
    expect((await workers.ended).code).toBe(0);
    expect(workers.output()).toContain('"message":"ended"');
    slow.close();
  });

  it('share the ends of a store in memory, also of who only said a name', async () => {
    const rest = `session: { store: memory }\ncredentials: { modes: [auth-user-pass, auth-user] }\n${good()}`;
    await using workers = await startWorkers(dir, rest);
    const [one, two] = workers.lanes;
    if (!one || !two) throw new Error('two workers were asked for');
    const label = await one.ask('/_dashgate/login', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ user: 'visitor', mode: 'auth-user' }),
    });
    const named = (label.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ');
    // A name alone is known, and may nothing here.
    for (const [cookie, status] of [
      [named, 403],
      [await one.signIn('mica', PASSWORDS.mica), 200],
    ] as const) {
      expect(await inAll(workers, cookie)).toEqual([status, status]);
      expect((await one.signOut(cookie)).status).toBe(200);
      expect(await inAll(workers, cookie)).toEqual([401, 401]);
    }
  });
});

needs('redis')('several workers with Redis', () => {
  it('refuse at once what one of them ended, count together, and hear of other commands', {
    timeout: 60_000,
  }, async () => {
    await using redis = await startRedis();
    await using workers = await startWorkers(dir, `session: { store: "${redis.url}" }\n${good()}`);
    const [one, two] = workers.lanes;
    if (!one || !two) throw new Error('two workers were asked for');
    for (const [here, there] of [
      [one, two],
      [two, one],
    ] as const) {
      const cookie = await here.signIn('mica', PASSWORDS.mica);
      expect(await there.status(cookie)).toBe(200);
      expect((await here.signOut(cookie)).status).toBe(200);
      expect(await inAll(workers, cookie)).toEqual([401, 401]);
    }
    const statuses: number[] = [];
    for (let at = 0; at < 7; at++) {
      const body = JSON.stringify({ user: 'hanna', password: `wrong-${at}` });
      const lane = at % 2 === 0 ? one : two;
      statuses.push((await lane.ask('/_dashgate/login', { method: 'POST', headers: json, body })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const cookie = await one.signIn('nora', PASSWORDS.nora);
    expect((await dashgate(['revoke', 'nora'], { cwd: dir.path })).code).toBe(0);
    await expect.poll(() => inAll(workers, cookie), { timeout: 5000 }).toEqual([401, 401]);
  });

  it('count together also while Redis is lost and they go on', { timeout: 60_000 }, async () => {
    await using redis = await startRedis();
    const session = `session: { store: "${redis.url}", store_lost: go_on }`;
    await using workers = await startWorkers(dir, `${session}\n${good()}`);
    const attempt = async (lane: Lane | undefined, user: string, password: string): Promise<number | undefined> => {
      const body = JSON.stringify({ user, password });
      return (await lane?.ask('/_dashgate/login', { method: 'POST', headers: json, body }))?.status;
    };
    await redis.kill();
    for (const lane of workers.lanes) {
      await expect
        .poll(() => attempt(lane, `user-${lane.worker}`, 'wrong'), { timeout: 10_000, interval: 500 })
        .toBe(401);
    }
    const statuses: (number | undefined)[] = [];
    for (let at = 0; at < 7; at++) statuses.push(await attempt(workers.lanes[at % 2], 'hanna', `wrong-${at}`));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    // Nor does the right one tell anything before its time, by whichever of them.
    for (const lane of workers.lanes) expect(await attempt(lane, 'hanna', PASSWORDS.hanna)).toBe(429);
  });
});
