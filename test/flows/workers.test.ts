import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basicOf, PASSWORDS, usersFile } from '../support/gate.ts';
import { type Lane, startWorkers, type Workers } from '../support/start-workers.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { dashgate } from './command.ts';

let dir: TempDir;
let upstream: Upstream;
let users: string;
let workers: Workers;
let lanes: readonly [Lane, Lane];
const json = { 'Content-Type': 'application/json' };

beforeAll(async () => {
  upstream = await startUpstream();
  users = await usersFile();
  dir = await tempDir();
  await dir.write('users.yaml', users);
  const apps = `apps: [{ name: app, at: /, upstream: "${upstream.url}" }]\n`;
  workers = await startWorkers(
    dir,
    `directories: [{ file: users.yaml }]\ngrants: { users: { mica: [_all_] } }\n${apps}`,
  );
});
afterAll(async () => {
  await workers?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  const [one, two] = workers.lanes;
  if (!one || !two) throw new Error('two workers were asked for');
  lanes = [one, two];
});

describe('two workers', { timeout: 60_000 }, () => {
  it('stand on one listener, and take the session of either', async () => {
    const [one, two] = lanes;
    expect([one.worker, two.worker]).toEqual([1, 2]);
    const cookie = await one.signIn('mica', PASSWORDS.mica);
    expect([await one.status(cookie), await two.status(cookie)]).toEqual([200, 200]);
  });

  it('both refuse a session that one has answered to be signed out, each time', async () => {
    const [one, two] = lanes;
    for (let round = 0; round < 10; round++) {
      const [here, there] = round % 2 === 0 ? [one, two] : [two, one];
      const cookie = await here.signIn('nora', PASSWORDS.nora);
      expect(await there.status(cookie)).toBe(200);
      expect((await here.signOut(cookie)).status).toBe(200);
      expect([await there.status(cookie), await here.status(cookie)]).toEqual([401, 401]);
    }
  });

  it('count wrong passwords together: whoever spreads them gets no more tries', async () => {
    const attempt = (lane: Lane, password: string) =>
      lane.ask('/_dashgate/login', {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ user: 'hanna', password }),
      });
    const statuses: number[] = [];
    for (let at = 0; at < 7; at++) statuses.push((await attempt(lanes[at % 2 === 0 ? 0 : 1], `wrong-${at}`)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.slice(5)).toEqual([429, 429]);
    // Nor does the right one tell anything before its time, by whichever of them.
    for (const lane of lanes) {
      const told = await lane.ask('/', { headers: { Authorization: basicOf('hanna'), Accept: '*/*' } });
      expect(told.status).toBe(429);
    }
  });

  it('cut a websocket in the one within a second of the logout in the other', async () => {
    const [one, two] = lanes;
    const cookie = await one.signIn('mike', PASSWORDS.mike);
    // One of these is in the worker that does not hear of the logout itself.
    const sockets = [1, 2, 3, 4].map(
      () => new WebSocket(`${workers.origin.replace('http', 'ws')}/live`, { headers: { Cookie: cookie } }),
    );
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
    expect((await two.signOut(cookie)).status).toBe(200);
    const ended = performance.now();
    expect((await closed).map(([code]) => code)).toEqual([4401, 4401, 4401, 4401]);
    expect(performance.now() - ended).toBeLessThan(1000);
  });

  it('hear of "dashgate revoke" within a second, and write one audit line of it', async () => {
    const [one, two] = lanes;
    const cookie = await one.signIn('nora', PASSWORDS.nora);
    expect((await dashgate(['revoke', 'nora'], { cwd: dir.path })).code).toBe(0);
    const ended = performance.now();
    await expect.poll(async () => [await one.status(cookie), await two.status(cookie)]).toEqual([401, 401]);
    expect(performance.now() - ended).toBeLessThan(1500);
    expect(workers.output().match(/dashgate revoke/g)).toHaveLength(1);
  });

  it('list the sessions of both, and end all of them from either', async () => {
    const [one, two] = lanes;
    const [here, there] = [await one.signIn('mica', PASSWORDS.mica), await two.signIn('mica', PASSWORDS.mica)];
    const list = async (): Promise<number> => {
      const answer = await two.ask('/_dashgate/sessions', { headers: { Cookie: there, Accept: 'application/json' } });
      return JSON.parse(answer.body).sessions.length;
    };
    for (const [lane, cookie] of [
      [one, here],
      [two, there],
    ] as const)
      expect(await lane.status(cookie)).toBe(200);
    await expect.poll(list).toBeGreaterThanOrEqual(2);
    expect((await two.signOut(there, '{"everywhere":"on"}')).status).toBe(200);
    for (const lane of lanes) for (const cookie of [here, there]) expect(await lane.status(cookie)).toBe(401);
  });

  it('are summed by one /metrics', async () => {
    const counted = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${workers.adminPort}/metrics`)).text();
      const lines = [...text.matchAll(/^dashgate_decisions_total\{.*kind="challenge".*\} (\d+)$/gm)];
      return lines.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const before = await counted();
    for (const lane of lanes) for (let at = 0; at < 5; at++) await lane.ask('/nobody');
    expect(await counted()).toBe(before + 10);
    const text = await (await fetch(`http://127.0.0.1:${workers.adminPort}/metrics`)).text();
    expect(text.match(/^dashgate_store_up (.*)$/m)?.[1]).toBe('1');
    expect(await (await fetch(`http://127.0.0.1:${workers.adminPort}/readyz`)).text()).toBe('ready\n');
  });
});
