import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basic, basicOf, type Gate, PASSWORDS, usersFile } from '../support/gate.ts';
import { askTokens, BEARER_APPS, bearer, makeToken, startTokenGate, statusesOf } from '../support/tokens.ts';

let gate: Gate;
beforeEach(async () => {
  gate = await startTokenGate();
});
afterEach(async () => {
  await gate[Symbol.asyncDispose]();
});

const DAY = 86_400;

describe('a personal access token', () => {
  it('is made once, listed without itself, and opens what its owner may open, both ways', async () => {
    const made = await makeToken(gate, 'hanna', { lifetime: '7d' });
    expect(made.token).toMatch(/^dgp_[0-9A-Za-z]{49}$/);
    expect(made).toMatchObject({ name: 'nightly', resources: null, used_at: null });
    expect(made.expires_at - made.made_at).toBe(7 * DAY);
    expect(await statusesOf(gate, made.token, '/hr/x')).toEqual([200, 200]);
    expect(await statusesOf(gate, made.token, '/wiki/', 'wiki')).toEqual([403, 403]);
    const seen = gate.upstream.last();
    expect(seen.headers).toMatchObject({ 'x-dashgate-user': 'hanna', 'x-dashgate-resources': 'hr' });
    expect(seen.headers.authorization).toBeUndefined();
    const listed = await askTokens(gate, await gate.signIn('hanna'), 'GET');
    const { tokens } = JSON.parse(listed.body);
    expect(tokens).toEqual([{ ...made, token: undefined, used_at: expect.any(Number) }]);
    expect(listed.body).not.toContain(made.token.slice(4, 30));
  });

  it('comes as Bearer, in whatever case, or as the password beside the name of its owner', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const status = async (authorization: string): Promise<number> =>
      (await gate.ask('/hr/x', { headers: { Authorization: authorization } })).status;
    expect(await status(`bEaReR   ${token}`)).toBe(200);
    expect(await status(basic('hanna', token))).toBe(200);
    expect(await status(basic('HANNA', token))).toBe(200);
    expect(gate.upstream.last().headers.authorization).toBeUndefined();
    expect(await status(basic('mica', token))).toBe(401);
    expect(await status(basic('', token))).toBe(401);
    expect(await status(`Bearer ${token}x`)).toBe(401);
    expect(await status('Bearer')).toBe(401);
    expect(await status(`Token ${token}`)).toBe(401);
  });

  it('sets no cookie, and begins no session', async () => {
    const { token } = await makeToken(gate, 'hanna');
    for (const headers of [bearer(token), { Authorization: basic('hanna', token) }]) {
      const answer = await gate.ask('/hr/x', { headers });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
    }
    const cookie = await gate.signIn('hanna');
    const { body } = await gate.ask('/_dashgate/sessions', { headers: { Cookie: cookie } });
    expect(JSON.parse(body).sessions).toHaveLength(2);
  });

  it('counts for what it was limited to, of what its owner may open today', async () => {
    const { token } = await makeToken(gate, 'mica', { resources: ['hr'] });
    expect(await statusesOf(gate, token, '/hr/x')).toEqual([200, 200]);
    expect(gate.upstream.last().headers['x-dashgate-resources']).toBe('hr');
    expect(await statusesOf(gate, token, '/wiki/', 'wiki')).toEqual([403, 403]);
    // An app that asks for nothing is not among what it was limited to either.
    expect(await statusesOf(gate, token, '/x')).toEqual([403, 403]);
    const { token: whole } = await makeToken(gate, 'nora', { resources: ['sales/_all_'] });
    expect(await statusesOf(gate, whole, '/x')).toEqual([200, 200]);
    expect(await statusesOf(gate, whole, '/hr/x')).toEqual([403, 403]);
  });

  it('loses what its owner loses, at the next request', async () => {
    const { token } = await makeToken(gate, 'nora');
    expect(await statusesOf(gate, token, '/hr/x')).toEqual([403, 403]);
    await gate.reconfigure({ grants: { users: { nora: ['hr'] } } });
    expect(await statusesOf(gate, token, '/hr/x')).toEqual([200, 200]);
    await gate.reconfigure({});
    expect(await statusesOf(gate, token, '/hr/x')).toEqual([403, 403]);
  });

  it.each([
    ['is gone', { hanna: null }],
    ['has another password', { hanna: 'another-Kj3' }],
  ])('ends when its owner %s', async (_what, changes) => {
    const { token } = await makeToken(gate, 'hanna');
    expect(await statusesOf(gate, token, '/x')).toEqual([200, 200]);
    await gate.dir.write('users.yaml', await usersFile(changes));
    await gate.logged(/users.*(?:read again|reloaded)|sessions/i);
    await expect.poll(() => statusesOf(gate, token, '/x'), { timeout: 10_000 }).toEqual([401, 401]);
  });

  it('is revoked at once, and stays so after a restart', async () => {
    const made = await makeToken(gate, 'hanna');
    const kept = await makeToken(gate, 'hanna');
    expect(await statusesOf(gate, made.token, '/x')).toEqual([200, 200]);
    const cookie = await gate.signIn('hanna');
    const answer = await askTokens(gate, cookie, 'DELETE', undefined, `/${made.id}`);
    expect([answer.status, answer.body]).toEqual([200, '{"revoked":1}']);
    expect(await statusesOf(gate, made.token, '/x')).toEqual([401, 401]);
    expect(await statusesOf(gate, kept.token, '/x')).toEqual([200, 200]);
    await gate.restart();
    expect(await statusesOf(gate, made.token, '/x')).toEqual([401, 401]);
    expect(await statusesOf(gate, kept.token, '/x')).toEqual([200, 200]);
    expect((await askTokens(gate, cookie, 'DELETE', undefined, `/${made.id}`)).status).toBe(404);
  });

  it('ends by itself, and says so', async () => {
    const { token } = await makeToken(gate, 'hanna', { lifetime: '10m' });
    gate.advance(9 * 60_000);
    expect(await statusesOf(gate, token, '/x')).toEqual([200, 200]);
    gate.advance(60_000);
    const answer = await gate.ask('/x', { headers: bearer(token) });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="dashgate", error="invalid_token"');
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'token-expired' });
  });

  it('is bounded in number and in time', async () => {
    await gate.reconfigure({ apps: BEARER_APPS, personal_tokens: { most: 2, longest: '10d', lifetime: '1d' } });
    const cookie = await gate.signIn('hanna');
    const make = (asked: object) => askTokens(gate, cookie, 'POST', asked);
    expect((await make({ name: 'a', lifetime: '11d' })).status).toBe(400);
    const { body } = await make({ name: 'a' });
    const { made_at: madeAt, expires_at: endsAt } = JSON.parse(body);
    expect(endsAt - madeAt).toBe(DAY);
    expect((await make({ name: 'b' })).status).toBe(201);
    const third = await make({ name: 'c' });
    expect([third.status, JSON.parse(third.body).reason]).toEqual([409, 'too-many']);
    gate.advance(DAY * 1000);
    expect((await askTokens(gate, await gate.signIn('hanna'), 'POST', { name: 'c' })).status).toBe(201);
  });

  it('is written into the audit when it is made, used first, and revoked, and itself nowhere', async () => {
    const { token, id } = await makeToken(gate, 'hanna');
    await statusesOf(gate, token, '/x');
    await statusesOf(gate, token, '/x');
    await askTokens(gate, await gate.signIn('hanna'), 'DELETE', undefined, `/${id}`);
    await statusesOf(gate, token, '/x');
    const lines = gate
      .logText()
      .split('\n')
      .filter((line) => line.includes(id));
    const events = lines.map((line) => JSON.parse(line)).map(({ message, event, who }) => [event ?? message, who]);
    expect(events.map(String)).toEqual(
      ['token-made', 'token-used', 'token-revoked'].map((event) => `${event},file:hanna`),
    );
    expect(gate.logText()).not.toContain(token.slice(4, 20));
  });
});

describe('asking for tokens', () => {
  it('needs a proof that is no older than five minutes, for listing too', async () => {
    const cookie = await gate.signIn('hanna');
    gate.advance(301_000);
    for (const answer of [await askTokens(gate, cookie, 'GET'), await askTokens(gate, cookie, 'POST', { name: 'a' })]) {
      expect([answer.status, JSON.parse(answer.body).reason]).toEqual([403, 'proof-too-old']);
    }
    const wrong = await askTokens(gate, cookie, 'POST', { name: 'a', password: 'wrong' });
    expect([wrong.status, JSON.parse(wrong.body).reason]).toEqual([401, 'wrong-password']);
    expect((await askTokens(gate, cookie, 'POST', { name: 'a', password: PASSWORDS.hanna })).status).toBe(201);
    const proved = await askTokens(gate, cookie, 'POST', { password: PASSWORDS.hanna });
    expect([proved.status, proved.body]).toEqual([200, '{"proved":true}']);
    const next = proved.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    expect((await askTokens(gate, next, 'GET')).status).toBe(200);
    expect((await askTokens(gate, cookie, 'GET')).status).toBe(401);
  });

  it('counts a wrong password once, where it is only to prove who is there', async () => {
    const cookie = await gate.signIn('hanna');
    gate.advance(301_000);
    const wrong = await askTokens(gate, cookie, 'POST', { password: 'wrong' });
    expect([wrong.status, JSON.parse(wrong.body).reason]).toEqual([401, 'wrong-password']);
    await gate.logged(/bad-password/);
    expect(gate.logText().match(/bad-password/g)).toHaveLength(1);
  });

  it('is for nobody but who signed in, and not for a token', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const headers = { 'Content-Type': 'application/json' };
    for (const authorization of [`Bearer ${token}`, basic('hanna', token), basicOf('hanna')]) {
      const body = JSON.stringify({ name: 'more' });
      const asked = { method: 'POST', headers: { ...headers, Authorization: authorization }, body };
      expect((await gate.ask('/_dashgate/tokens', asked)).status).toBe(401);
      expect((await gate.ask('/_dashgate/tokens', { headers: { Authorization: authorization } })).status).toBe(401);
    }
  });

  it('is not possible for who only said a name', async () => {
    await gate.reconfigure({ apps: BEARER_APPS, credentials: { modes: ['auth-user', 'auth-user-pass'] } });
    const signedIn = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'zoe', mode: 'auth-user' }),
    });
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(';', 1)[0])
      .join('; ');
    expect((await askTokens(gate, cookie, 'POST', { name: 'a' })).status).toBe(403);
    expect((await askTokens(gate, cookie, 'GET')).status).toBe(403);
  });

  it('takes no scope beyond what its owner may open, and no name that is none', async () => {
    const cookie = await gate.signIn('hanna');
    for (const [asked, reason] of [
      [{ name: 'a', resources: ['marketing'] }, 'bad-scope'],
      [{ name: 'a', resources: ['hr', 'marketing'] }, 'bad-scope'],
      [{ name: 'a', resources: ['wiki/marketing'] }, 'bad-scope'],
      [{ name: 'a', resources: ['_all_', 'x'] }, 'bad-scope'],
      [{ name: 'a', resources: ['../hr'] }, 'bad-scope'],
      [{ name: 'a', resources: [] }, 'no-scope'],
      [{ name: ' ' }, 'no-name'],
      [{ name: 'x'.repeat(61) }, 'no-name'],
      [{ name: 'a\nb' }, 'no-name'],
      [{ name: 'a', lifetime: 'soon' }, 'bad-lifetime'],
    ] as const) {
      const answer = await askTokens(gate, cookie, 'POST', asked);
      expect([answer.status, JSON.parse(answer.body).reason]).toEqual([400, reason]);
    }
  });

  it('is no page where no app takes tokens, and they count nowhere then', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const cookie = await gate.signIn('hanna');
    await gate.reconfigure({ apps: BEARER_APPS, personal_tokens: { enabled: false } });
    expect((await askTokens(gate, cookie, 'GET')).status).toBe(404);
    expect(await statusesOf(gate, token, '/x')).toEqual([401, 401]);
    await gate.reconfigure({ apps: BEARER_APPS.map((app) => ({ ...app, credentials: ['cookie', 'basic'] })) });
    expect((await askTokens(gate, cookie, 'GET')).status).toBe(404);
  });
});

it('an app that does not list bearer is handed the header as it came, and lets nobody in by it', async () => {
  const { token } = await makeToken(gate, 'hanna');
  await gate.reconfigure({
    apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', public: ['/open/**'] }, ...BEARER_APPS.slice(1)],
  });
  expect(await statusesOf(gate, token, '/x')).toEqual([401, 401]);
  const cookie = await gate.signIn('mike');
  await gate.ask('/x', { headers: { ...bearer(token), Cookie: cookie } });
  expect(gate.upstream.last().headers).toMatchObject({ authorization: `Bearer ${token}`, 'x-dashgate-user': 'mike' });
});
