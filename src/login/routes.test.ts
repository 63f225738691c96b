import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cookieOf, type Gate, PASSWORDS, startGate } from '../../test/support/gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

const FORM = 'application/x-www-form-urlencoded';
const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  gate.ask(`/_dashgate/${path}`, {
    method: 'POST',
    headers: { origin: gate.origin, 'content-type': FORM, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
const json = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gate.ask(`/_dashgate/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const MIKE = { user: 'mike', password: PASSWORDS.mike };
const whoIs = async (cookie: string) => (await gate.ask('/_dashgate/session', { headers: { cookie } })).status;

describe('signing in', () => {
  it('by the form leads on to the page that was wanted, with a session', async () => {
    const answer = await post('login', { ...MIKE, return_to: `${gate.origin}/x?y=1` });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${gate.origin}/x?y=1`]);
    expect(await whoIs(cookieOf(answer))).toBe(200);
  });

  it('by JSON tells until when, and sends nobody anywhere', async () => {
    const { status, body } = await json('login', MIKE);
    expect([status, JSON.parse(body)]).toEqual([
      200,
      { user: 'mike', name: 'mike', expires_at: expect.any(Number), return_to: `${gate.origin}/_dashgate/login` },
    ]);
    expect(JSON.parse(body).expires_at * 1000).toBeGreaterThan(Date.now() + 7 * 3_600_000);
  });

  it('is a new session each time, and ends the one that the browser had', async () => {
    const first = cookieOf(await post('login', MIKE));
    const second = cookieOf(await post('login', MIKE, { cookie: first }));
    expect(second).not.toBe(first);
    expect([await whoIs(first), await whoIs(second)]).toEqual([401, 200]);
  });

  it.each([
    ['a wrong password', { ...MIKE, password: 'x' }, 401],
    ['an unknown user', { user: 'nobody', password: 'x' }, 401],
    ['an empty password', { user: 'mike', password: '' }, 400],
    ['no user', { password: 'x' }, 400],
  ])('with %s gives no session', async (_what, fields, status) => {
    const form = await post('login', fields as Record<string, string>);
    const program = await json('login', fields);
    expect([form.status, cookieOf(form), program.status, cookieOf(program)]).toEqual([status, '', status, '']);
    expect(form.body).toContain('role="alert"');
    expect(JSON.parse(program.body)).toEqual({ error: expect.any(String) });
    expect(form.body + program.body).not.toContain('nobody');
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { origin: 'http://evil.example.com' }],
    ['nowhere', { origin: 'null' }],
    ['a sibling domain', { 'sec-fetch-site': 'same-site' }],
  ])('by a form of %s is refused before the password is looked at', async (_where, headers) => {
    const answer = await post('login', MIKE, headers);
    expect([answer.status, cookieOf(answer)]).toEqual([403, '']);
  });

  it('leads nowhere else, whatever the form says', async () => {
    for (const wanted of [
      'http://evil.example.com/',
      '//evil.example.com',
      '/\\evil.example.com',
      '/_dashgate/logout',
    ]) {
      const answer = await post('login', { ...MIKE, return_to: wanted });
      expect(answer.headers.get('location')).toBe(`${gate.origin}/_dashgate/login`);
    }
  });

  it('takes a form or JSON of a reasonable size, and nothing else', async () => {
    const status = async (body: string, type: string) => {
      const headers = { origin: gate.origin, 'content-type': type };
      return (await gate.ask('/_dashgate/login', { method: 'POST', headers, body })).status;
    };
    expect(await status('{"user":', 'application/json')).toBe(400);
    expect(await status('user=a&user=b&password=c', FORM)).toBe(400);
    expect(await status(`user=${'a'.repeat(20_000)}`, FORM)).toBe(413);
    expect(await status('<user/>', 'text/xml')).toBe(415);
    const gzip = { origin: gate.origin, 'content-type': FORM, 'content-encoding': 'gzip' };
    expect((await gate.ask('/_dashgate/login', { method: 'POST', headers: gzip, body: 'x' })).status).toBe(415);
  });
});

describe('signing out', () => {
  it('asks first, ends the session on the server, and takes the cookie away', async () => {
    const cookie = await gate.signIn('mike');
    expect((await gate.ask('/_dashgate/logout', { headers: { cookie } })).body).toContain('Sign out?');
    expect(await whoIs(cookie)).toBe(200);
    const answer = await post('logout', {}, { cookie });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/_dashgate/logout']);
    expect(answer.headers.getSetCookie()[0]).toMatch(/^dashgate=; Max-Age=0/);
    expect(await whoIs(cookie)).toBe(401);
  });

  it('ends at a page with one script, which tells other windows', async () => {
    const { body, headers } = await gate.ask('/_dashgate/logout');
    const [, script = ''] = /<script src="([^"]+)"><\/script>/.exec(body) ?? [];
    expect(headers.get('content-security-policy')).toContain(`;script-src ${gate.origin}${script}`);
    expect((await gate.ask(script)).body).toContain("BroadcastChannel('dashgate').postMessage(");
  });

  it('cannot be done by another site', async () => {
    const cookie = await gate.signIn('mike');
    await post('logout', {}, { cookie, origin: 'http://evil.example.com' });
    await json('logout', {}, { cookie, origin: 'http://evil.example.com' });
    expect(await whoIs(cookie)).toBe(200);
    expect((await json('logout', {}, { cookie })).body).toBe('{"signed_out":true}');
    expect(await whoIs(cookie)).toBe(401);
  });
});

describe('who am I', () => {
  it('tells claims, and no token', async () => {
    const cookie = await gate.signIn('mike');
    const { status, body, headers } = await gate.ask('/_dashgate/session', { headers: { cookie } });
    expect(status).toBe(200);
    expect(JSON.parse(body)).toEqual({
      ...{ sub: 'file:mike', user: 'mike', name: 'mike', email: 'mike@example.com', groups: [] },
      ...{
        allowed_resources: ['marketing'],
        amr: ['pwd'],
        auth_time: expect.any(Number),
        expires_at: expect.any(Number),
        ends_unless_used_at: expect.any(Number),
        now: expect.any(Number),
      },
    });
    expect(body).not.toContain(cookie.split('=')[1]);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('takes it for use where somebody says that they are still there, from here and from no other site', async () => {
    const cookie = await gate.signIn('mike');
    const stay = (headers = {}) => gate.ask('/_dashgate/session', { method: 'POST', headers: { cookie, ...headers } });
    const read = async () => JSON.parse((await gate.ask('/_dashgate/session', { headers: { cookie } })).body);
    gate.advance(50 * 60_000);
    const before = await read();
    expect((await stay({ 'Content-Type': 'application/json', Origin: 'http://evil.example.com' })).status).toBe(403);
    expect((await stay({ 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
    expect((await stay()).status).toBe(403);
    expect((await read()).ends_unless_used_at).toBe(before.ends_unless_used_at);
    const stayed = await stay({ 'Content-Type': 'application/json', Origin: gate.origin });
    expect(cookieOf(stayed)).not.toBe('');
    expect(JSON.parse(stayed.body).ends_unless_used_at).toBeGreaterThan(before.ends_unless_used_at);
    expect((await gate.ask('/_dashgate/session', { method: 'POST', headers: { Origin: gate.origin } })).status).toBe(
      401,
    );
    gate.advance(-50 * 60_000);
  });

  it('is 401 for nobody, without a password dialog', async () => {
    const { status, headers } = await gate.ask('/_dashgate/session');
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Dashgate realm="dashgate"']);
  });
});

it.each([
  ['DELETE', 'login', 405],
  ['PUT', 'logout', 405],
  ['POST', 'session', 403],
  ['PUT', 'session', 405],
  ['POST', 'signed-in', 405],
  ['HEAD', 'login', 200],
  ['GET', 'nowhere', 404],
  ['GET', 'login/', 404],
  ['GET', 'Login', 404],
  ['GET', 'auth/nginx', 404],
  ['GET', 'auth/refuse', 404],
])('%s %s: %i, with the headers of our own pages', async (method, page, status) => {
  const answer = await gate.ask(`/_dashgate/${page}`, { method });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(answer.headers.get('x-frame-options')).toBe('DENY');
  expect(answer.headers.get('x-powered-by')).toBeNull();
  expect(gate.upstream.seen).toEqual([]);
});

describe('the end of signing in beside a page that waits', () => {
  it('is a page with one script, for who is signed in; others are sent to sign in, and come back', async () => {
    const cookie = await gate.signIn('mike');
    const { status, body, headers } = await gate.ask('/_dashgate/signed-in', { headers: { cookie } });
    const [, script = ''] = /<script src="([^"]+)"><\/script>/.exec(body) ?? [];
    expect([status, script]).toEqual([200, expect.stringMatching(/^\/_dashgate\/assets\/[0-9a-f]+\.js$/)]);
    expect(headers.get('content-security-policy')).toContain(`default-src 'none'`);
    expect(headers.get('content-security-policy')).toContain(`;script-src ${gate.origin}${script}`);
    const sent = await gate.ask('/_dashgate/signed-in');
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      '/_dashgate/login?return_to=%2F_dashgate%2Fsigned-in',
    ]);
    const done = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'mike', password: PASSWORDS.mike, return_to: '/_dashgate/signed-in' }),
    });
    expect(JSON.parse(done.body).return_to).toBe(`${gate.origin}/_dashgate/signed-in`);
  });
});
