import { rename, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, basicOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';
import { dashgate } from './command.ts';

const closing = new AsyncDisposableStack();
let gate: Gate;
beforeAll(async () => {
  gate = closing.use(await startGate());
});
afterAll(() => closing.disposeAsync());

const admin = async (path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`http://127.0.0.1:${gate.admin}${path}`);
  return { status: answer.status, text: await answer.text() };
};

describe('the audit', () => {
  /** What was audited while this ran. */
  const audited = async (task: () => Promise<unknown>): Promise<Record<string, string>[]> => {
    const before = gate.logText().length;
    await task();
    const lines = gate
      .logText()
      .slice(before)
      .trim()
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line): Record<string, string> => JSON.parse(line)).filter(({ level }) => level === 'audit');
  };
  const login = (user: string, password: string, headers: Record<string, string> = {}) =>
    gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ user, password }),
    });
  const line = (message: string, who: string, what: string, why: string) => [
    {
      level: 'audit',
      message,
      who,
      what,
      why,
      from: '127.0.0.1',
      request: expect.stringMatching(/^[\w-]{8,}$/),
      time: expect.any(String),
    },
  ];

  it('has a line for each login, and none for what it lets through', async () => {
    expect(await audited(() => gate.signIn('mica'))).toEqual(line('login', 'file:mica', 'login page', 'password'));
    const cookie = await gate.signIn('mica');
    expect(await audited(() => gate.ask('/', { headers: { cookie } }))).toEqual([]);
  });

  it('has a line for each logout', async () => {
    const cookie = await gate.signIn('mike');
    const headers = { cookie, 'Content-Type': 'application/json' };
    expect(await audited(() => gate.ask('/_dashgate/logout', { method: 'POST', headers, body: '{}' }))).toEqual(
      line('logout', 'file:mike', 'login page', 'asked'),
    );
  });

  it.each<[string, () => Promise<unknown>, ReturnType<typeof line>]>([
    ['a wrong password', () => login('MICA', 'x'), line('login-refused', 'mica', 'login page', 'bad-password')],
    ['an unknown user', () => login('nobody', 'x'), line('login-refused', 'nobody', 'login page', 'unknown-user')],
    [
      'a form of another site',
      () => login('mica', 'x', { Origin: 'http://evil.example.com' }),
      line('login-refused', '', 'login page', 'cross-site'),
    ],
    ['no credentials', () => gate.ask('/a?planted=1'), line('refused', '', 'GET sales /a', 'no-credentials')],
    [
      'a wrong password with a request',
      () => gate.ask('/', { headers: { authorization: basic('mica', 'planted') } }),
      line('refused', 'mica', 'GET sales /', 'bad-password'),
    ],
    [
      'a resource that was not granted',
      () => gate.ask('/hr', { headers: { authorization: basicOf('mike') } }),
      // The first request with these credentials is a sign-in as well.
      [
        ...line('login', 'file:mike', 'Basic', 'password'),
        ...line('refused', 'file:mike', 'GET sales /hr', 'resource-not-granted'),
      ],
    ],
    [
      'another site',
      () => gate.ask('/', { method: 'POST', headers: { origin: 'null' } }),
      line('refused', '', 'POST sales /', 'cross-site'),
    ],
    [
      'a forged cookie',
      () => gate.ask('/', { headers: { cookie: 'dashgate=x' } }),
      line('refused', '', 'GET sales /', 'session-unreadable'),
    ],
    [
      'what cannot be read',
      () => gate.ask('/a/../b'),
      line('refused', '', 'a request that could not be read', 'ERR_BAD_TARGET').map((one) => ({
        ...one,
        request: expect.any(String),
      })),
    ],
    [
      'what nginx asks about',
      () => gate.verify('/hr'),
      line('refused', '', 'GET sales /hr', 'no-credentials').map((one) => ({ ...one, from: 'unix' })),
    ],
  ])('has a line for a refusal because of %s: who, what, why, from where', async (_why, task, expected) => {
    expect(await audited(task)).toEqual(expected);
  });

  it('has no password, token or query in it, and no line that somebody else wrote', async () => {
    await login('evil"\n{"level":"audit","message":"login","who":"file:mica"}', 'planted-password');
    await login('x'.repeat(5000), 'planted-password');
    for (const text of gate.logText().trim().split('\n')) {
      expect(JSON.parse(text)).toHaveProperty('message');
      expect(text.length).toBeLessThan(2000);
    }
    expect(gate.logText()).not.toMatch(/planted/);
    for (const password of Object.values(PASSWORDS)) expect(gate.logText()).not.toContain(password);
  });
});

describe('the metrics', () => {
  it('have decisions by kind and reason, latency, the hash queue, logins and upstream errors', async () => {
    await gate.ask('/', { headers: { authorization: basicOf('mica') } });
    const { status, text } = await admin('/metrics');
    expect(status).toBe(200);
    for (const [family, type] of [
      ['dashgate_decisions_total', 'counter'],
      ['dashgate_decision_seconds', 'histogram'],
      ['dashgate_hash_queue', 'gauge'],
      ['dashgate_sign_ins_total', 'counter'],
      ['dashgate_sign_outs_total', 'counter'],
      ['dashgate_upstream_errors_total', 'counter'],
      ['dashgate_process_resident_memory_bytes', 'gauge'],
    ]) {
      expect(text, family).toMatch(new RegExp(`^# TYPE ${family} ${type}$`, 'm'));
      expect(text, family).toMatch(new RegExp(`^# HELP ${family} \\S`, 'm'));
    }
    expect(text).toMatch(/^dashgate_decisions_total\{way="proxy",kind="allow",reason="granted"\} [1-9]/m);
    expect(text).toMatch(/^dashgate_hash_queue\{state="waiting"\} 0$/m);
  });

  it('count each refusal once, and grow by nothing that a client may choose', async () => {
    const lines = async (): Promise<number> =>
      (await admin('/metrics')).text.split('\n').filter((line) => !/nodejs|process/.test(line)).length;
    const count = async (): Promise<number> =>
      Number(/way="proxy",kind="challenge",reason="no-credentials"\} (\d+)/.exec((await admin('/metrics')).text)?.[1]);
    await gate.ask('/');
    const [before, families] = [await count(), await lines()];
    for (let index = 0; index < 20; index++)
      await gate.ask(`/${index}`, { headers: { host: gate.host, 'user-agent': `${index}` } });
    expect(await count()).toBe(before + 20);
    expect(await lines()).toBe(families);
    expect((await admin('/metrics')).text).not.toMatch(/mica|planted|127\.0\.0\.1/);
  });
});

describe('health', () => {
  it('is said on the admin listener, and nowhere else', async () => {
    expect(await admin('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect(await admin('/readyz')).toEqual({ status: 200, text: 'ready\n' });
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await gate.ask(path)).status).toBe(401);
      const asked = await raw(gate.check, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect(asked?.status).toBe(404);
    }
  });

  it('is what dashgate health tells by its exit code', async () => {
    const ask = () => dashgate(['health', '--admin.listen', `127.0.0.1:${gate.admin}`], { cwd: gate.dir.path });
    expect(await ask()).toMatchObject({ code: 0, stdout: 'ready\n', stderr: '' });
    await using other = await startGate();
    const args = ['health', '--admin.listen', `127.0.0.1:${other.admin}`];
    await writeFile(other.dir.file('state/dashgate.db.new'), '');
    await rename(other.dir.file('state/dashgate.db.new'), other.dir.file('state/dashgate.db'));
    const { code, stdout, stderr } = await dashgate(args, { cwd: other.dir.path });
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^dashgate: not ready: the session store/)]);
  });
});
