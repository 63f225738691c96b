import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basicOf, cookieOf, type Gate, PASSWORDS, startGate, type User } from '../support/gate.ts';

const MINUTE = 60_000;
const NAVIGATION = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html' };
const FETCH = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', 'Sec-Fetch-Site': 'same-origin' };

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    publicUrl: 'http://127.0.0.1:$PORT',
    session: { lifetime: '8h', idle_timeout: 'none' },
    credentials: { modes: ['auth-user-pass', 'auth-user'] },
    grants: { modes: { 'auth-user': ['sales', 'hr'] } },
    apps: [
      {
        ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'], public: ['/robots.txt'] },
        resources: [
          { resource: 'hr', paths: ['/hr/**'], require: { max_age: '15m' } },
          { paths: ['/pay/**'], methods: ['POST'], require: { max_age: '15m' } },
          { paths: ['/strong/**'], require: { amr: ['otp'] } },
          { paths: ['/known/**'], require: { amr: ['pwd'] } },
          { paths: ['/robots.txt'], methods: ['DELETE'], require: { max_age: '15m' } },
        ],
      },
      { name: 'strict', at: '/strict/', upstream: '$UPSTREAM', require: { max_age: '1h' }, public: ['/open'] },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const ask = (path: string, Cookie: string, headers: Record<string, string> = NAVIGATION, method = 'GET') =>
  gate.ask(path, { method, headers: { ...headers, Cookie } });

/** Fills the form in, as the page of this address has it. */
async function fillIn(user: User, returnTo: string, Cookie: string) {
  const body = new URLSearchParams({ user, password: PASSWORDS[user], return_to: returnTo, mode: 'auth-user-pass' });
  const answer = await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: gate.origin, Cookie },
    body: body.toString(),
  });
  return { answer, cookie: cookieOf(answer) };
}

describe('a proof that is too old', () => {
  it('sends a browser to the login page, which asks though there is a session, and then back', async () => {
    const old = await gate.signIn('hanna');
    expect((await ask('/hr/x?y=1', old)).status).toBe(200);
    gate.advance(15 * MINUTE);
    const refused = await ask('/hr/x?y=1', old);
    expect(refused.status).toBe(302);
    const login = new URL(refused.headers.get('location') ?? '');
    expect(login.pathname).toBe('/_dashgate/login');
    const page = await ask(login.pathname + login.search, old);
    expect(page.status).toBe(200);
    expect(page.body).toContain('prove once more who you are');
    expect(page.body).toContain('value="hanna"');
    expect(page.body).not.toContain('Continue');
    // The session is as good as before for what asks no more.
    expect((await ask('/x', old)).status).toBe(200);

    const returnTo = login.searchParams.get('return_to') ?? '';
    const { answer, cookie } = await fillIn('hanna', returnTo, old);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${gate.origin}/hr/x?y=1`]);
    expect((await ask('/hr/x?y=1', cookie)).status).toBe(200);
    expect((await ask('/hr/x?y=1', old)).status).toBe(302);
  });

  it('tells a program by its reason, at either way, and the audit line has it', async () => {
    const old = await gate.signIn('hanna');
    gate.advance(15 * MINUTE);
    const answer = await ask('/hr/x', old, FETCH);
    expect(answer.status).toBe(401);
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'proof-too-old', error: expect.stringContaining('newer') });
    expect(answer.headers.get('x-dashgate-login')).toContain('/_dashgate/login?return_to=');
    expect(answer.headers.getSetCookie()).toEqual([]);
    const asked = await gate.verify('/hr/x', { headers: { ...NAVIGATION, Cookie: old } });
    expect([asked.status, asked.headers.get('x-dashgate-login')]).toEqual([401, expect.stringContaining('%2Fhr%2Fx')]);
    const refused = await gate.verify('/hr/x', { endpoint: 'refuse', headers: { ...NAVIGATION, Cookie: old } });
    expect(refused.status).toBe(302);
    await gate.logged(/"refused".*file:hanna.*GET sales \/hr\/x.*proof-too-old/);
  });

  it('is never that of a password that comes with the request', async () => {
    const headers = { Authorization: basicOf('hanna') };
    for (let times = 0; times < 3; times++) {
      expect((await gate.ask('/hr/x', { headers })).status).toBe(200);
      gate.advance(20 * MINUTE);
    }
  });

  it('counts for the methods that the rule names, and by a header that names another', async () => {
    const old = await gate.signIn('nora');
    gate.advance(16 * MINUTE);
    expect((await ask('/pay/1', old, FETCH)).status).toBe(200);
    expect((await ask('/pay/1', old, FETCH, 'POST')).status).toBe(401);
    expect((await ask('/pay/1', old, { ...FETCH, 'X-HTTP-Method-Override': 'POST' })).status).toBe(401);
  });

  it('does not lead round in a circle where somebody lacks the resource anyhow', async () => {
    const old = await gate.signIn('mike');
    gate.advance(20 * MINUTE);
    expect((await ask('/hr/x', old)).status).toBe(403);
  });

  it('holds for a whole app, less what is public there', async () => {
    const old = await gate.signIn('nora');
    expect((await ask('/strict/x', old)).status).toBe(200);
    gate.advance(60 * MINUTE);
    expect((await ask('/strict/x', old)).status).toBe(302);
    expect((await ask('/strict/open', old)).status).toBe(200);
    expect((await gate.ask('/strict/open')).status).toBe(200);
  });

  it.each(['cookie', 'basic'])('ends a websocket that was opened by %s, and no sooner', async (by) => {
    const headers = by === 'basic' ? { Authorization: basicOf('hanna') } : { Cookie: await gate.signIn('hanna') };
    // The session behind a password is older than the websocket.
    if (by === 'basic') {
      await gate.ask('/x', { headers });
      gate.advance(10 * MINUTE);
    }
    const open = async (path: string) => {
      const socket = new WebSocket(gate.origin.replace('http', 'ws') + path, { headers });
      const closed = once(socket, 'close');
      await once(socket, 'open');
      return { socket, closed };
    };
    const guarded = await open('/hr/live');
    const free = await open('/live');
    gate.advance(14 * MINUTE);
    // Longer than what is open stays unlooked at.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const heard = once(guarded.socket, 'message');
    guarded.socket.send('still there?');
    expect(String((await heard)[0])).toBe('still there?');
    gate.advance(MINUTE);
    const [code, reason] = await guarded.closed;
    expect(`${code} ${reason}`).toBe('4401 session ended');
    expect(free.socket.readyState).toBe(WebSocket.OPEN);
    free.socket.close();
    await free.closed;
  });
});

describe('a proof that is too weak', () => {
  it('is asked for once more, and then refused: the same again would not do', async () => {
    const cookie = await gate.signIn('nora');
    const refused = await ask('/strong/x', cookie);
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('stronger proof');
    const told = await ask('/strong/x', cookie, FETCH);
    expect([told.status, JSON.parse(told.body).reason]).toEqual([403, 'proof-too-weak']);
    gate.advance(2 * MINUTE);
    expect((await ask('/strong/x', cookie)).status).toBe(302);
    const { cookie: anew } = await fillIn('nora', `${gate.origin}/strong/x`, cookie);
    expect((await ask('/strong/x', anew)).status).toBe(403);
    expect((await gate.ask('/strong/x', { headers: { Authorization: basicOf('mica') } })).status).toBe(403);
  });

  it('of who only said a name leads to the form for a password', async () => {
    const said = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'somebody', mode: 'auth-user' }),
    });
    const cookie = cookieOf(said);
    expect((await ask('/x', cookie)).status).toBe(200);
    const refused = await ask('/known/x', cookie);
    expect(refused.status).toBe(302);
    const { cookie: anew } = await fillIn('nora', `${gate.origin}/known/x`, cookie);
    expect((await ask('/known/x', anew)).status).toBe(200);
  });
});
