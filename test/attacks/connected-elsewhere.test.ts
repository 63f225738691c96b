import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { embed, frameCookie, HOST_PAGE, OTHER_PAGE, WINDOW } from '../support/embedding.ts';
import { APPS, basic, type Gate, startGate } from '../support/gate.ts';
import { AUDIENCE, type Issuer, startIssuer } from '../support/start-issuer.ts';

// RFC 8725 §3.11, §3.12: a token of one kind in the place of another.
let gate: Gate;
let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
  gate = await startGate({
    publicUrl: 'https://dash.example.com',
    apps: APPS.map((app) => ({
      ...app,
      credentials: ['cookie', 'basic', 'bearer'],
      identity: ['headers', 'assertion'],
    })),
    token_issuers: [{ id: 'ci', issuer: issuer.issuer, jwks_url: issuer.jwksUrl, audience: [AUDIENCE] }],
    connected_apps: [
      connectedApp({ apps: ['_all_'], domains: [HOST_PAGE] }),
      connectedApp({ client_id: 'other', secrets: [{ id: 'o', value: 'o'.repeat(32) }], domains: [OTHER_PAGE] }),
      { client_id: 'issued', issuer: issuer.issuer, jwks_url: issuer.jwksUrl, apps: ['_all_'], domains: [HOST_PAGE] },
    ],
  });
});
afterAll(async () => {
  await gate?.[Symbol.asyncDispose]();
  await issuer?.[Symbol.asyncDispose]();
});

const ISSUED = { aud: 'tableau', scp: ['tableau:views:embed'] };
const bring = async (token: string) => (await embed(gate, { token, target: '/' })).status;

describe('the token of a connected app', () => {
  it.each<[string, (token: string) => Record<string, string>]>([
    ['a bearer token', (token) => ({ Authorization: `Bearer ${token}` })],
    ['a password', (token) => ({ Authorization: basic('mica', token) })],
    ['a session cookie', (token) => ({ Cookie: `__Host-dashgate=${token}` })],
    ['the cookie of a frame', (token) => ({ Cookie: `__Host-dashgate-embed=${token}` })],
    ['a token of Tableau’s API', (token) => ({ 'X-Tableau-Auth': token })],
    ['an assertion', (token) => ({ 'X-Dashgate-Assertion': token })],
  ])('is no credential as %s, and is not used up by it', async (_what, headers) => {
    for (const token of [mint(), await issuer.sign({ ...ISSUED, jti: _what })]) {
      expect((await gate.ask('/x', { headers: headers(token) })).status).toBe(401);
      expect((await gate.verify('/x', { headers: headers(token) })).status).toBe(401);
      expect(await bring(token)).toBe(200);
    }
  });

  it('is none in the page of another connected app, and is not used up there', async () => {
    const token = mint({ claims: { jti: 'taken-along' } });
    const answer = await embed(gate, { token, target: '/' }, {}, OTHER_PAGE);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([403, expect.objectContaining({ code: 10094 })]);
    expect(gate.logText()).toMatch(/"login-refused".*jti=taken-along","why":"10094 /);
    expect(gate.logText()).not.toMatch(/"login",.*jti=taken-along/);
    expect(await bring(token)).toBe(200);
  });

  it('is none in the address of a dashboard', async () => {
    const token = mint();
    for (const name of ['token', 'access_token', 'jwt', 'X-Tableau-Auth'])
      expect((await gate.ask(`/x?${name}=${token}`)).status).toBe(401);
    expect(await bring(token)).toBe(200);
  });
});

describe('what is no token of a connected app', () => {
  it('a token of the same issuer that is for programs', async () => {
    const token = await issuer.sign();
    expect((await gate.ask('/x', { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200);
    expect(await bring(token)).toBe(401);
  });

  it('a session, an assertion, and the cookie of a frame', async () => {
    const cookie = await gate.signIn('hanna');
    const { headers } = await gate.verify('/x', { headers: { Cookie: cookie } });
    const framed = frameCookie(await embed(gate, { token: mint(), target: '/' }));
    for (const token of [cookie, framed].map((pair) => pair.slice(pair.indexOf('=') + 1)))
      expect([token.slice(0, 20), await bring(token)]).toEqual([token.slice(0, 20), 401]);
    expect(await bring(headers.get('x-dashgate-assertion') ?? '')).toBe(401);
    // Nor is the cookie of a frame a session.
    const moved = framed.replace('__Host-dashgate-embed=', '__Host-dashgate=');
    expect((await gate.ask('/x', { headers: { ...WINDOW, Cookie: moved } })).status).not.toBe(200);
  });
});
