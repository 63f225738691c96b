import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, basicOf, type Gate, type GateOptions, startGate } from '../support/gate.ts';

/** No TabPy is needed for what dashgate itself says in its place, and for what it sends there. */
const APP = { name: 'tabpy', kind: 'tabpy', at: '/', upstream: '$UPSTREAM' };
const start = (app: object = {}, options: Partial<GateOptions> = {}): Promise<Gate> =>
  startGate({ apps: [{ ...APP, ...app }], ...options });

/** What a person’s browser says, for whom TabPy would have no page either. */
const PERSON = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

describe('what dashgate says in the place of TabPy has its two keys, for a browser too', () => {
  it('502 when TabPy is down, and when its /info makes no sense', async () => {
    await using gate = await start({ upstream: 'http://127.0.0.1:1' });
    for (const headers of [{}, PERSON]) {
      const { status, body } = await gate.ask('/status', { headers: { authorization: basicOf('mica'), ...headers } });
      expect(status).toBe(502);
      expect(JSON.parse(body)).toEqual({ message: 'The dashboard cannot be reached.', info: 'Bad Gateway' });
    }
    await using other = await start({}, { answer: (_request, response) => response.end('{"versions":7}') });
    const { status, body } = await other.ask('/info', { headers: { authorization: basicOf('mica') } });
    expect(status).toBe(502);
    expect(Object.keys(JSON.parse(body))).toEqual(['message', 'info']);
    expect(other.logText()).toContain('ERR_UPSTREAM_UNUSABLE');
  });

  it('504 when TabPy is silent', async () => {
    await using gate = await start({ timeout: '100ms' }, { answer: () => {} });
    const { status, body } = await gate.ask('/info', { headers: { authorization: basicOf('mica') } });
    expect(status).toBe(504);
    expect(JSON.parse(body).info).toBe('Gateway Timeout');
  });

  it('429 for who guesses, by both ways', async () => {
    await using gate = await start({}, { attempts: { limit: 'on' } });
    const headers = { authorization: basic('mica', 'wrong') };
    const guess = (i: number) => gate.ask('/info', { headers: { authorization: basic('mica', `guess-${i}`) } });
    let answer = await guess(0);
    for (let i = 1; i < 10 && answer.status !== 429; i++) answer = await guess(i);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(answer.body).info).toBe('Too Many Requests');
    const asked = await gate.verify('/info', { app: 'tabpy', headers });
    expect({ status: asked.status, meant: asked.headers.get('x-dashgate-status') }).toEqual({
      status: 403,
      meant: '429',
    });
    const told = await gate.verify('/info', { app: 'tabpy', endpoint: 'refuse', headers });
    expect({ status: told.status, info: JSON.parse(told.body).info }).toEqual({
      status: 429,
      info: 'Too Many Requests',
    });
  });

  it('a person is led to the login page where TabPy has files, never where it has an API', async () => {
    await using gate = await start();
    expect((await gate.ask('/own.html', { headers: PERSON })).status).toBe(302);
    for (const path of ['/info', '/query/x', '/endpoints/', '/evaluate']) {
      expect((await gate.ask(path, { headers: PERSON })).status, path).toBe(401);
      const { status } = await gate.verify(path, { app: 'tabpy', endpoint: 'refuse', headers: PERSON });
      expect(status, path).toBe(401);
    }
  });

  it('the realm is the configured one', async () => {
    await using gate = await start({ realm: 'Models of ACME' });
    expect((await gate.ask('/info')).headers.get('www-authenticate')).toBe('Basic realm="Models of ACME"');
    const { headers } = await gate.verify('/info', { app: 'tabpy' });
    expect(headers.get('www-authenticate')).toBe('Basic realm="Models of ACME"');
  });
});

describe('406 where no credentials are configured', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await start({ credentials: [], public: ['/**'] });
  });
  afterAll(() => gate[Symbol.asyncDispose]());
  const headers = { authorization: basic('a', 'b') };

  it('is 403 with the status that is meant for nginx, and 406 where the refusal is written', async () => {
    const asked = await gate.verify('/info', { app: 'tabpy', headers });
    expect(asked.status).toBe(403);
    expect(asked.headers.get('x-dashgate-status')).toBe('406');
    expect(asked.headers.get('x-dashgate-reason')).toBe('credentials-not-wanted');
    expect((await gate.verify('/info', { app: 'tabpy', endpoint: 'refuse', headers })).status).toBe(406);
  });

  it('not for a session: TabPy would not know that one either', async () => {
    expect((await gate.verify('/status', { app: 'tabpy', headers: { cookie: 'dashgate=x' } })).status).toBe(200);
  });
});

describe('the service credential', () => {
  const FIXED = { upstream_auth: 'fixed', upstream_credentials: { user: 'dash', password_file: 'secret' } };
  const write = (text: string, mode = 0o600): Partial<GateOptions> => ({
    prepare: async (dir) => void (await dir.write('secret', text, mode)),
  });

  it('is what the upstream gets, by both ways, whatever the client sent', async () => {
    await using gate = await start(FIXED, write('pass:word ü\n'));
    const wanted = basic('dash', 'pass:word ü');
    const cookie = await gate.signIn('mica');
    const clients = [{ authorization: basicOf('mica') }, { cookie }, { cookie, authorization: 'Bearer x' }];
    for (const headers of clients) {
      await gate.ask('/status', { headers: { ...headers, connection: 'authorization' } });
      expect(gate.upstream.last().headers.authorization).toBe(wanted);
      const { headers: told } = await gate.verify('/status', { app: 'tabpy', headers });
      expect(told.get('x-dashgate-upstream-authorization')).toBe(wanted);
    }
    for (const answer of [await gate.ask('/status'), await gate.verify('/status', { app: 'tabpy' })]) {
      expect(answer.status).toBe(401);
      expect([...answer.headers.values()].join()).not.toContain(wanted);
    }
    for (const secret of ['pass:word', wanted.slice(6)]) expect(gate.logText()).not.toContain(secret);
  });

  it('is read again when its file changes; a bad version is refused and the old one stays', async () => {
    await using gate = await start(FIXED, write('old'));
    const sent = async () => {
      await gate.ask('/status', { headers: { authorization: basicOf('mica') } });
      return gate.upstream.last().headers.authorization;
    };
    await gate.dir.write('secret', 'new\n', 0o600);
    await gate.logged(/upstream credentials reloaded/);
    expect(await sent()).toBe(basic('dash', 'new'));
    await gate.dir.write('secret', 'two\nlines', 0o600);
    await gate.logged(/upstream credentials: the new version is refused/);
    expect(await sent()).toBe(basic('dash', 'new'));
    expect(gate.logText()).not.toContain('lines');
  });

  it.each<[string, object, Partial<GateOptions>, RegExp]>([
    ['missing', FIXED, {}, /secret: there is no such file; create the password file or correct its name/],
    ['empty', FIXED, write('\n'), /secret: is not one line with a password/],
    ['of two lines', FIXED, write('a\nb'), /secret: is not one line with a password/],
    ['readable to others', FIXED, write('a', 0o644), /secret: others on this machine may read it.*chmod 600/],
    [
      'not named',
      { upstream_auth: 'fixed' },
      {},
      /apps\[0\]\.upstream_auth: is fixed, but upstream_credentials is missing/,
    ],
  ])('a file that is %s: nothing starts, and one line says why', async (_what, app, options, said) => {
    await expect(start(app, options)).rejects.toThrow(said);
  });
});

it('own: the client’s goes on as it came, by both ways', async () => {
  await using gate = await start({ upstream_auth: 'own' });
  const authorization = basicOf('mica');
  await gate.ask('/status', { headers: { authorization } });
  expect(gate.upstream.last().headers.authorization).toBe(authorization);
  const { headers } = await gate.verify('/status', { app: 'tabpy', headers: { authorization } });
  expect(headers.get('x-dashgate-upstream-authorization')).toBe(authorization);
});
