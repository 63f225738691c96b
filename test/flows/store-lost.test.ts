import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basicOf, cookieOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { type Instances, startInstances } from '../support/instances.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Redis, startRedis } from '../support/start-redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { dashgate, freeServer } from './command.ts';

const json = { 'Content-Type': 'application/json' };
const signIn = (gate: Gate, user: keyof typeof PASSWORDS) =>
  gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ user, password: PASSWORDS[user] }),
  });
const signOut = (gate: Gate, cookie: string) =>
  gate.ask('/_dashgate/logout', { method: 'POST', headers: { ...json, Cookie: cookie } });
const admin = async (gate: Gate, path: string): Promise<string> => {
  const answer = await raw(gate.admin, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return `${answer?.status} ${answer?.body}`;
};
const isLost = (gate: Gate) =>
  expect.poll(() => admin(gate, '/readyz'), { timeout: 10_000 }).not.toMatch(/^200 .*ready\r?\n/s);
const isBack = (gate: Gate) =>
  expect.poll(() => admin(gate, '/metrics'), { timeout: 10_000 }).toMatch(/^dashgate_store_up 1$/m);
const statusOf = async (gate: Gate, cookie: string): Promise<number> =>
  (await gate.ask('/', { headers: { Cookie: cookie, Accept: '*/*' } })).status;

needs('redis')('while Redis is lost', () => {
  let redis: Redis;
  let two: Instances;
  beforeEach(async () => {
    redis = await startRedis();
  });
  afterEach(async () => {
    await two?.[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  it('nobody signs in, open sessions go on for the grace time, and all is as before once it is back', async () => {
    two = await startInstances({ store: redis.url, store_grace: '10m' }, { attempts: { limit: 'on' } });
    const { a, b } = two;
    const [cookie, other] = [await a.signIn('mica'), await a.signIn('mike')];
    const known = { headers: { Authorization: basicOf('hanna') } };
    expect((await a.ask('/', known)).status).toBe(200);
    const socket = new WebSocket(`ws://127.0.0.1:${a.port}/live`, { headers: { Cookie: cookie, Host: a.host } });
    await once(socket, 'open');
    await redis.kill();
    await isLost(a);
    expect(await admin(a, '/readyz')).toMatch(/^200 .*ready, but the session store is lost/s);
    expect(await admin(a, '/metrics')).toMatch(/^dashgate_store_up 0$/m);

    const refused = await signIn(a, 'nora');
    expect([refused.status, cookieOf(refused), refused.headers.get('retry-after')]).toEqual([503, '', '5']);
    const basic = await a.ask('/', { headers: { Authorization: basicOf('mike') } });
    expect(basic.status).toBe(503);
    expect((await a.ask('/', known)).status).toBe(200);
    const checked = await a.verify('/', { headers: { Authorization: basicOf('mike') } });
    expect([checked.status, checked.headers.get('x-dashgate-status')]).toEqual([403, '503']);
    expect([await statusOf(a, cookie), await statusOf(b, cookie)]).toEqual([200, 200]);

    // Signing out counts here, and is not said to be done.
    expect((await signOut(a, other)).status).toBe(503);
    expect(await statusOf(a, other)).toBe(401);
    expect(await admin(a, '/metrics')).toMatch(/^dashgate_store_unwritten 1$/m);

    const closed = once(socket, 'close');
    for (const gate of [a, b]) gate.advance(601_000);
    expect([await statusOf(a, cookie), await statusOf(b, cookie)]).toEqual([503, 503]);
    expect(await admin(a, '/readyz')).toMatch(/^503 /);
    // What cannot be judged any more does not stay open.
    await closed;

    await redis.start();
    await isBack(a);
    await isBack(b);
    expect((await signIn(a, 'nora')).status).toBe(200);
    // Once both are back, what was ended meanwhile is ended on both within a second, and what is ended now likewise.
    const back = performance.now();
    await expect.poll(() => statusOf(b, other), { interval: 5 }).toBe(401);
    expect(performance.now() - back).toBeLessThan(1000);
    expect((await signOut(a, cookie)).status).toBe(200);
    const ended = performance.now();
    await expect.poll(() => statusOf(b, cookie), { interval: 5 }).toBe(401);
    expect(performance.now() - ended).toBeLessThan(1000);
  });

  it('people sign in and go on for ever, where that is configured, and each instance counts wrong passwords', async () => {
    two = await startInstances({ store: redis.url, store_lost: 'go_on' }, { attempts: { limit: 'on' } });
    const { a, b } = two;
    const cookie = await a.signIn('mica');
    await redis.kill();
    await isLost(a);
    for (const gate of [a, b]) gate.advance(3_000_000);
    const anew = await signIn(a, 'nora');
    expect(anew.status).toBe(200);
    expect([await statusOf(b, cookie), await statusOf(b, cookieOf(anew))]).toEqual([200, 200]);
    const wrong = () =>
      a.ask('/_dashgate/login', { method: 'POST', headers: json, body: '{"user":"mike","password":"wrong"}' });
    const answers: number[] = [];
    for (let at = 0; at < 6; at++) answers.push((await wrong()).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
    await redis.start();
    await isBack(a);
    expect((await signOut(a, cookie)).status).toBe(200);
    await expect.poll(() => statusOf(b, cookie)).toBe(401);
  });

  it('a check does not wait for one that hangs', async () => {
    two = await startInstances({ store: redis.url });
    const cookie = await two.a.signIn('mica');
    redis.signal('SIGSTOP');
    // From a stopped Redis nobody gets an answer: what is answered was not asked there.
    for (let at = 0; at < 20; at++) expect(await statusOf(two.a, cookie)).toBe(200);
    redis.signal('SIGCONT');
  });
});

needs('redis')('a start', () => {
  const PASSWORD = 'pLaNtEd-rEdIs-1';
  const run = async (session: string, files: Record<string, string> = {}, env: Record<string, string> = {}) => {
    await using dir = await tempDir();
    const { text } = await freeServer();
    await dir.write('users.yaml', 'users: {}\n');
    for (const [name, content] of Object.entries(files)) await chmod(await dir.write(name, content), 0o600);
    const rest = `directories: [{ file: users.yaml }]\nsession: ${session}\napps: [{ name: app, at: /, upstream: "http://127.0.0.1:1" }]\n`;
    await dir.write('dashgate.yaml', text + rest);
    return await dashgate(['serve'], { cwd: dir.path, env });
  };

  it('with a wrong password ends with a clear line, and says no password', async () => {
    await using redis = await startRedis({ conf: 'save ""\nrequirepass right', password: 'right' });
    const at = `127.0.0.1:${redis.port}`;
    for (const [session, files, env] of [
      [`{ store: "redis://${at}", store_password_file: secret }`, { secret: `${PASSWORD}\n` }, {}],
      ['{ store_file: url }', { url: `redis://:${PASSWORD}@${at}\n` }, {}],
      [`{ store: "redis://${at}" }`, {}, { DASHGATE_SESSION_STORE_PASSWORD: PASSWORD }],
      [`{ store: "redis://${at}" }`, {}, {}],
    ] as const) {
      const { code, stderr, stdout } = await run(session, files, env);
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(
          /^dashgate: session\.store: the Redis at 127\.0\.0\.1:\d+ does not take us: (WRONGPASS|NOAUTH) [^\n]+; correct the user in session\.store, [^\n]+\n/,
        ),
      ]);
      expect(stdout + stderr).not.toContain(PASSWORD);
    }
  }, 60_000);

  it('with a password in the configuration, or a file that is no good, says where and what to do', async () => {
    const { code, stderr, stdout } = await run(`{ store: "redis://me:${PASSWORD}@127.0.0.1:1" }`);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^dashgate: dashgate\.yaml:4: session\.store: holds a password, .*store_password_file/),
    ]);
    const bad = await run('{ store_file: url }', { url: `postgres://me:${PASSWORD}@127.0.0.1:1\n` });
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringMatching(/url:1: is not the address of a Redis/)]);
    expect(stdout + stderr + bad.stdout + bad.stderr).not.toContain(PASSWORD);
  });

  it('without Redis gives up in the end, to be started again', async () => {
    const { port } = await freeServer();
    const { code, stderr } = await run(`{ store: "redis://127.0.0.1:${port}" }`);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^dashgate: session\.store: the Redis at .* is not there: .*\n$/),
    ]);
  }, 60_000);
});

needs('redis')('a password of Redis', () => {
  it('is taken from a file, by the URL and beside it', async () => {
    await using redis = await startRedis({ conf: 'save ""\nrequirepass right', password: 'right' });
    for (const session of [
      { store: redis.url, store_password_file: 'secret' },
      { store_file: 'url', store_prefix: 'other' },
    ]) {
      await using gate = await startGate({
        session,
        async prepare(dir) {
          await dir.write('secret', 'right\n', 0o600);
          await dir.write('url', `redis://:right@127.0.0.1:${redis.port}\n`, 0o600);
        },
      });
      expect(await statusOf(gate, await gate.signIn('mica'))).toBe(200);
    }
  });
});
