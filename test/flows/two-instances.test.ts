import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basic, basicOf, type Gate, PASSWORDS, usersFile } from '../support/gate.ts';
import { type Instances, startInstances } from '../support/instances.ts';
import { needs } from '../support/needs.ts';
import { type Redis, startRedis } from '../support/start-redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dashgate } from './command.ts';

const json = { 'Content-Type': 'application/json' };
const signOut = (gate: Gate, cookie: string, body?: string) =>
  gate.ask('/_dashgate/logout', { method: 'POST', headers: { ...json, Cookie: cookie }, ...(body && { body }) });
const statusOf = async (gate: Gate, cookie: string): Promise<number> =>
  (await gate.ask('/', { headers: { Cookie: cookie, Accept: '*/*' } })).status;

/** Asks again and again. @returns when it was refused for the first time, on the clock of this process */
async function refusedAt(gate: Gate, cookie: string, withinMs = 10_000): Promise<number> {
  for (const untilMs = performance.now() + withinMs; performance.now() < untilMs; ) {
    if ((await statusOf(gate, cookie)) === 401) return performance.now();
  }
  throw new Error(`the session was still let in after ${withinMs} ms`);
}

needs('redis')('check --connect', () => {
  it('is content with a Redis that takes us, changes nothing there, and says of another what to correct', async () => {
    await using redis = await startRedis();
    await using dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    const check = async (store: string) => {
      const apps = 'apps: [{ name: a, at: /, upstream: "http://127.0.0.1:1" }]';
      const session = `session: { store: "${store}" }`;
      await dir.write('dashgate.yaml', `directories: [{ file: users.yaml }]\n${session}\n${apps}\n`);
      return await dashgate(['check', '--connect'], { cwd: dir.path });
    };
    expect(await check(redis.url)).toMatchObject({ code: 0 });
    expect(await redis.ask('DBSIZE')).toBe(0);
    const refused = await check(redis.url.replace('//', '//nobody@'));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^dashgate: .*session\.store/)]);
  });
});

needs('redis')('two instances on one Redis', () => {
  let redis: Redis;
  let two: Instances;
  beforeAll(async () => {
    redis = await startRedis();
    two = await startInstances({ store: redis.url }, { attempts: { limit: 'on' } });
  });
  afterAll(async () => {
    await two?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
  });

  it('let in who signed in at the other one, and refuse within a second who signed out there', async () => {
    const { a, b } = two;
    const cookie = await a.signIn('mica');
    expect(await statusOf(b, cookie)).toBe(200);
    expect((await signOut(a, cookie)).status).toBe(200);
    const ended = performance.now();
    expect((await refusedAt(b, cookie)) - ended).toBeLessThan(1000);
  });

  it('cut websockets within a second of the logout at the other one', async () => {
    const { a, b } = two;
    const cookie = await a.signIn('mica');
    const socket = new WebSocket(`ws://127.0.0.1:${b.port}/live`, { headers: { Cookie: cookie, Host: b.host } });
    await once(socket, 'open');
    const closed = once(socket, 'close');
    await signOut(a, cookie);
    const ended = performance.now();
    const [code] = await closed;
    expect(code).toBe(4401);
    expect(performance.now() - ended).toBeLessThan(1000);
  });

  it('list the sessions of both, and end all of them from either', async () => {
    const { a, b } = two;
    const [here, there] = [await a.signIn('hanna'), await b.signIn('hanna')];
    await expect
      .poll(async () => {
        const answer = await a.ask('/_dashgate/sessions', { headers: { ...json, Cookie: here } });
        return (JSON.parse(answer.body) as { sessions: unknown[] }).sessions.length;
      })
      .toBe(2);
    const list = await a.ask('/_dashgate/sessions', { headers: { ...json, Cookie: here } });
    const [mine, other] = (JSON.parse(list.body) as { sessions: { id: string; current: boolean }[] }).sessions;
    expect([mine?.current, other?.current]).toEqual([true, false]);
    // One that began at the other instance, by its id.
    const ended = await a.ask(`/_dashgate/sessions/${other?.id}`, {
      method: 'DELETE',
      headers: { ...json, Cookie: here },
    });
    expect([ended.status, ended.body]).toEqual([200, '{"ended":1}']);
    await refusedAt(b, there);
    const again = await b.signIn('hanna');
    expect((await signOut(b, again, JSON.stringify({ everywhere: 'on' }))).status).toBe(200);
    await refusedAt(a, here);
  });

  it('end sessions for an operator at once, who can list them, and each says so in its log', async () => {
    const { a, b } = two;
    const cookie = await b.signIn('mike');
    const command = (...args: string[]) =>
      dashgate(['revoke', 'mike', '--config', a.dir.file('dashgate.yaml'), ...args]);
    await expect.poll(async () => (await command('--list')).stdout, { timeout: 20_000 }).toMatch(/^[\w-]{22}\t/);
    const ended = await command();
    expect([ended.code, ended.stdout]).toEqual([0, expect.stringMatching(/mike: all sessions and tokens have ended/)]);
    await refusedAt(b, cookie);
    for (const gate of [a, b]) {
      expect(JSON.parse(await gate.logged(/"why":"revoked"/))).toMatchObject({ message: 'logout', who: 'file:mike' });
    }
  });

  it('count wrong passwords together: the limit is not twice as high for two', async () => {
    const { a, b } = two;
    // One user, whatever the case: one counter (Authelia CVE-2025-24806).
    const guess = async (gate: Gate, password: string, user = 'nora'): Promise<number> =>
      (
        await gate.ask('/_dashgate/login', {
          method: 'POST',
          headers: json,
          body: JSON.stringify({ user, password }),
        })
      ).status;
    const answers: number[] = [];
    for (let at = 0; at < 5; at++) answers.push(await guess(at % 2 ? a : b, `wrong-${at}`, at % 2 ? 'nora' : 'NORA'));
    expect(answers).toEqual([401, 401, 401, 401, 401]);
    expect([await guess(a, PASSWORDS.nora), await guess(b, PASSWORDS.nora)]).toEqual([429, 429]);
  });

  it('keep the right password of a credential from being guessed at the other one', async () => {
    const { a, b } = two;
    // Known on b.
    expect((await b.ask('/', { headers: { Authorization: basicOf('hanna') } })).status).toBe(200);
    const wrong = { Authorization: basic('hanna', 'wrong'), 'X-Forwarded-For': '203.0.113.7' };
    for (let at = 0; at < 5; at++) await a.ask('/', { headers: wrong });
    expect((await a.ask('/', { headers: wrong })).status).toBe(429);
    await expect
      .poll(async () => (await b.ask('/', { headers: { Authorization: basicOf('hanna') } })).status)
      .toBe(429);
  });
});
