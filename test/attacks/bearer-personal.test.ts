import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToken } from '../../src/identity/tokens/token-format.ts';
import { basic, basicOf, type Gate } from '../support/gate.ts';
import { askTokens, BEARER_APPS, bearer, makeToken, startTokenGate, statusesOf } from '../support/tokens.ts';

let gate: Gate;
beforeEach(async () => {
  gate = await startTokenGate({ attempts: { limit: 'on' } });
});
afterEach(async () => {
  await gate[Symbol.asyncDispose]();
});

const OUT = [401, 401];
const first = (changes: object) => ({ apps: BEARER_APPS.map((app, i) => (i === 0 ? { ...app, ...changes } : app)) });

describe('a token that is nobody’s', () => {
  it('is refused, whether it could be one or not, and locks nobody out', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const mistyped = `${token.slice(0, 20)}${token[20] === 'a' ? 'b' : 'a'}${token.slice(21)}`;
    for (const text of [createToken(), mistyped, 'dgp_', `dgp_${'0'.repeat(49)}`, token.toUpperCase()])
      expect(await statusesOf(gate, text)).toEqual(OUT);
    for (let i = 0; i < 12; i++) await gate.ask('/hr/x', { headers: { Authorization: basic('hanna', createToken()) } });
    expect((await gate.ask('/hr/x', { headers: { Authorization: basicOf('hanna') } })).status).toBe(200);
    expect(await statusesOf(gate, token, '/hr/x')).toEqual([200, 200]);
  });

  it('is refused although another dashgate made it', async () => {
    await using other = await startTokenGate();
    const { token } = await makeToken(other, 'hanna');
    expect(await statusesOf(other, token)).toEqual([200, 200]);
    expect(await statusesOf(gate, token)).toEqual(OUT);
  });

  it('is refused by its id, its digest, and in another place than the header', async () => {
    const { token, id } = await makeToken(gate, 'hanna');
    expect(await statusesOf(gate, id)).toEqual(OUT);
    expect((await gate.ask(`/x?access_token=${token}&token=${token}`)).status).toBe(401);
    expect((await gate.ask('/x', { headers: { Cookie: `dashgate=${token}` } })).status).toBe(401);
    for (const name of ['X-Api-Key', 'Proxy-Authorization', 'X-Authorization'])
      expect((await gate.ask('/x', { headers: { [name]: `Bearer ${token}` } })).status).toBe(401);
  });
});

it('a revoked token is refused when it is replayed, by every way, beside a good cookie too', async () => {
  const { token, id } = await makeToken(gate, 'hanna');
  expect(await statusesOf(gate, token)).toEqual([200, 200]);
  const cookie = await gate.signIn('hanna');
  await askTokens(gate, cookie, 'DELETE', undefined, `/${id}`);
  for (const headers of [bearer(token), { Authorization: basic('hanna', token) }])
    expect((await gate.ask('/x', { headers: { ...headers, Cookie: cookie } })).status).toBe(401);
});

it('somebody else cannot see, revoke or use the id of a token', async () => {
  const { token, id } = await makeToken(gate, 'hanna');
  const cookie = await gate.signIn('mike');
  expect((await askTokens(gate, cookie, 'DELETE', undefined, `/${id}`)).status).toBe(404);
  expect((await askTokens(gate, cookie, 'GET')).body).toBe('{"tokens":[]}');
  expect(await statusesOf(gate, token)).toEqual([200, 200]);
});

it('another site cannot make a token, nor use one that a page holds', async () => {
  const cookie = await gate.signIn('hanna');
  const form = (headers: Record<string, string>) =>
    gate.ask('/_dashgate/tokens', {
      method: 'POST',
      headers: { Cookie: cookie, 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
      body: 'do=make&name=evil&reach=all',
    });
  expect((await form({})).status).toBe(403);
  expect((await form({ Origin: 'https://evil.example' })).status).toBe(403);
  expect((await form({ Origin: gate.origin, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403);
  expect((await askTokens(gate, cookie, 'GET')).body).toBe('{"tokens":[]}');
  const { token } = await makeToken(gate, 'hanna');
  const asked = { method: 'POST', headers: { ...bearer(token), Origin: 'https://evil.example' }, body: '{}' };
  expect((await gate.ask('/x', asked)).status).toBe(403);
});

describe('a scope', () => {
  it('cannot be widened by asking for what is spelt otherwise', async () => {
    const { token } = await makeToken(gate, 'mica', { resources: ['wiki/marketing'] });
    expect(await statusesOf(gate, token, '/wiki/', 'wiki')).toEqual([200, 200]);
    for (const path of ['/HR/x', '/hr/./x', '/wiki/../hr/x', '/hr%2fx', '/x'])
      expect((await gate.ask(path, { headers: bearer(token) })).status).not.toBe(200);
    expect((await gate.ask('/hr/x', { headers: { ...bearer(token), 'X-Dashgate-Resources': '_all_' } })).status).toBe(
      403,
    );
  });

  it('is said where it does not reach, in the words of RFC 6750', async () => {
    const { token } = await makeToken(gate, 'mica', { resources: ['hr'] });
    const answer = await gate.ask('/wiki/', { headers: bearer(token) });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="dashgate", error="insufficient_scope"');
    expect(JSON.parse(answer.body)).toMatchObject({ reason: 'resource-not-granted', missing: ['marketing'] });
  });
});

describe('what an app asks of the proof', () => {
  it.each<[string, object, number, string]>([
    ['when', { max_age: '8h' }, 403, 'token-not-enough'],
    ['a password', { amr: ['pwd'] }, 403, 'proof-too-weak'],
    ['a class', { acr: ['urn:example:two'] }, 403, 'proof-too-weak'],
  ])('%s: refused, and said why', async (_what, required, status, reason) => {
    const { token } = await makeToken(gate, 'hanna');
    await gate.reconfigure(first({ require: required }));
    const answer = await gate.ask('/x', { headers: bearer(token) });
    expect([answer.status, JSON.parse(answer.body).reason]).toEqual([status, reason]);
    const checked = await gate.verify('/x', { headers: bearer(token) });
    expect([checked.status, checked.headers.get('x-dashgate-reason')]).toEqual([403, reason]);
  });

  it('a token: nothing else does', async () => {
    const { token } = await makeToken(gate, 'hanna');
    await gate.reconfigure(first({ require: { amr: ['pat'] } }));
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
    expect((await gate.ask('/x', { headers: { Authorization: basicOf('hanna') } })).status).not.toBe(200);
  });

  it('a network: that comes first', async () => {
    const { token } = await makeToken(gate, 'hanna');
    await gate.reconfigure(first({ networks: ['198.51.100.0/24'] }));
    expect(await statusesOf(gate, token)).toEqual([403, 403]);
  });
});

it('no dashboard learns a token, also where it is handed what the client sends', async () => {
  const { token } = await makeToken(gate, 'hanna');
  await gate.reconfigure(first({ upstream_auth: 'own' }));
  for (const authorization of [`Bearer ${token}`, `bearer  ${token}`, basic('hanna', token)]) {
    expect((await gate.ask('/x', { headers: { Authorization: authorization } })).status).toBe(200);
    expect(JSON.stringify(gate.upstream.last().rawHeaders)).not.toContain(token.slice(4, 20));
    expect(gate.upstream.last().headers.authorization).toBeUndefined();
    const checked = await gate.verify('/x', { headers: { Authorization: authorization } });
    expect([checked.status, checked.headers.get('x-dashgate-upstream-authorization')]).toEqual([200, '']);
  }
  expect((await gate.ask('/open/x', { headers: bearer(token) })).status).toBe(200);
  expect(gate.upstream.last().headers.authorization).toBeUndefined();
});

it('who asks without anything is told of Bearer, and a browser is shown no dialog', async () => {
  const asked = async (headers: Record<string, string>) =>
    (await gate.ask('/x', { headers })).headers.get('www-authenticate');
  expect(await asked({ 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' })).toBe('Bearer realm="dashgate"');
  expect(await asked({})).toBe('Basic realm="dashgate", charset="UTF-8"');
  expect(await asked({ Authorization: basic('hanna', createToken()) })).toBe('Basic realm="dashgate", charset="UTF-8"');
});
