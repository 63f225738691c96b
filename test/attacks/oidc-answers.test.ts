import { createHash, createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LiarStage, type Lies, newKey, startLiarStage } from '../support/lying-provider.ts';
import { SECRET } from '../support/start-oidc-provider.ts';
import { createWalker, type Step } from '../support/walker.ts';
import { bothWays } from '../support/ways.ts';

// authcrunch, June 2026: issuer and audience of a provider's JWT were not looked at; CVE-2026-32245 (tinyauth),
// CVE-2024-23647 (authentik): a code that is bound to nobody, PKCE left out; hono 2026, node-jws CVE-2025-65945: algorithms.

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: unknown, claims: JWTPayload): string => `${part(header)}.${part(claims)}`;
const hmac = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64url');
const nowSec = (): number => Math.floor(Date.now() / 1000);

const other = await newKey('first');
const REFUSED: [string, Lies][] = [
  ['another issuer', { claims: (said) => ({ ...said, iss: 'https://evil.example.com' }) }],
  ['an issuer with a slash behind it', { claims: (said) => ({ ...said, iss: `${said.iss}/` }) }],
  ['another audience', { claims: (said) => ({ ...said, aud: 'other' }) }],
  [
    'several audiences, made for another',
    { claims: (said) => ({ ...said, aud: ['dashgate', 'other'], azp: 'other' }) },
  ],
  ['no audience', { claims: ({ aud, ...said }) => said }],
  ['another nonce', { claims: (said) => ({ ...said, nonce: 'x' }) }],
  ['no nonce', { claims: ({ nonce, ...said }) => said }],
  ['an end that has passed', { claims: (said) => ({ ...said, iat: nowSec() - 900, exp: nowSec() - 600 }) }],
  ['no end', { claims: ({ exp, ...said }) => said }],
  ['a beginning that is to come', { claims: (said) => ({ ...said, nbf: nowSec() + 600 }) }],
  ['no subject', { claims: ({ sub, ...said }) => said }],
  [
    'a subject with a line end',
    { claims: (said) => ({ ...said, sub: 'mica\n' }), userInfo: (s) => ({ ...s, sub: 'mica\n' }) },
  ],
  [
    'a subject without end',
    { claims: (said) => ({ ...said, sub: 'm'.repeat(300) }), userInfo: (s) => ({ ...s, sub: 'm'.repeat(300) }) },
  ],
  ['no signature', { idToken: (claims) => `${unsigned({ alg: 'none' }, claims)}.` }],
  ['no signature, by another spelling', { idToken: (claims) => `${unsigned({ alg: 'NONE', kid: 'first' }, claims)}.` }],
  [
    'a signature by the client’s own secret',
    {
      idToken(claims) {
        const text = unsigned({ alg: 'HS256' }, claims);
        return `${text}.${hmac(SECRET, text)}`;
      },
    },
  ],
  [
    'a signature by the public key, as if it were a secret',
    {
      idToken(claims, liar) {
        const text = unsigned({ alg: 'HS256', kid: 'first' }, claims);
        return `${text}.${hmac(JSON.stringify(liar.keys[0]?.publicJwk), text)}`;
      },
    },
  ],
  ['a signature by another key of that name', { idToken: (claims, liar) => liar.sign(claims, {}, other) }],
  ['a key that nobody knows', { idToken: (claims, liar) => liar.sign(claims, { kid: 'unknown' }, other) }],
  ['a key that it brings along', { idToken: (claims, liar) => liar.sign(claims, { jwk: other.publicJwk }, other) }],
  [
    'an unknown critical header',
    { idToken: (claims, liar) => liar.sign(claims, { crit: ['x'], x: 1 }).catch(() => 'x') },
  ],
  ['something that is no token', { idToken: () => 'x'.repeat(2000) }],
  ['no ID token', { token: ({ id_token, ...said }) => said }],
  ['user info of somebody else', { userInfo: (said) => ({ ...said, sub: 'mike' }) }],
  ['the name of another provider in the answer', { redirect: (said) => said.set('iss', 'https://other.example.com') }],
  ['no name of a provider, where it says that it sends one', { redirect: (said) => said.delete('iss') }],
  ['another state', { redirect: (said) => said.set('state', 'x'.repeat(43)) }],
  ['no state', { redirect: (said) => said.delete('state') }],
  ['two states', { redirect: (said) => said.append('state', 'x') }],
  ['two codes', { redirect: (said) => said.append('code', 'code-0') }],
  ['no code', { redirect: (said) => said.delete('code') }],
  ['a code of nobody', { redirect: (said) => said.set('code', 'nobody’s') }],
  ['an error beside a code', { redirect: (said) => said.set('error', 'server_error') }],
];

const flood = (response: ServerResponse): void => {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const block = ' '.repeat(64 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(block));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

bothWays('a sign-in at a provider', (way) => {
  let stage: LiarStage;
  beforeAll(async () => {
    stage = await startLiarStage({ way, provider: { timeout: '500ms' } });
  });
  afterEach(() => {
    stage.liar.lies = {};
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Signs in while the provider lies. */
  async function signIn(lies: Lies): Promise<{ step: Step; who: number }> {
    stage.liar.lies = lies;
    const walker = createWalker();
    const step = await walker.follow(stage.start);
    const { status } = await walker.go(`${stage.gate.origin}/_dashgate/session`);
    return { step, who: status };
  }

  it('signs in by what is as it should be, with PKCE, and both ways bound to each other', async () => {
    const before = stage.liar.asked.length;
    const { step, who } = await signIn({});
    expect([step.url.href, who]).toEqual([`${stage.gate.origin}/report`, 200]);
    const asked = stage.liar.asked.slice(before);
    const sent = asked.find(({ path }) => path === '/authorize')?.url.searchParams ?? new URLSearchParams();
    const verifier = asked.find(({ path }) => path === '/token')?.body.get('code_verifier') ?? '';
    expect(sent.get('code_challenge_method')).toBe('S256');
    expect(sent.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'));
    for (const name of ['state', 'nonce']) expect(sent.get(name)).toMatch(/^[\w-]{43}$/);
  });

  it('uses S256 also with a provider that offers less', async () => {
    await using other = await startLiarStage({ way });
    other.liar.lies = { metadata: (said) => ({ ...said, code_challenge_methods_supported: ['plain'] }) };
    const walker = createWalker();
    const step = await walker.follow(other.start, { until: (url) => url.pathname === '/authorize' });
    expect(new URL(step.headers.get('location') ?? '').searchParams.get('code_challenge_method')).toBe('S256');
  });

  describe('an answer with', () => {
    it.each(REFUSED)('%s signs nobody in', async (_what, lies) => {
      const { step, who } = await signIn(lies);
      expect(step.url.pathname).toBe('/_dashgate/oauth/corp/callback');
      expect(step.status).toBeGreaterThanOrEqual(400);
      expect(step.status).not.toBe(500);
      expect(step.body).toMatch(/You are not signed in|This sign-in is over/);
      expect(step.body).toMatch(/Try again|Sign in again/);
      expect(who).toBe(401);
    });
  });

  describe('a provider that', () => {
    it.each<[string, Lies['instead']]>([
      ['has no end of tokens', { '/token': (_request, response) => flood(response) }],
      ['never answers for tokens', { '/token': () => {} }],
      ['is broken at its tokens', { '/token': (_request, response) => void response.writeHead(500).end('oops') }],
      [
        'sends elsewhere for tokens',
        { '/token': (_request, response) => void response.writeHead(307, { Location: '/jwks' }).end() },
      ],
      ['has no end of user info', { '/userinfo': (_request, response) => flood(response) }],
    ])('%s is said to be down, and nobody is signed in', async (_what, instead) => {
      const { step, who } = await signIn({ instead: instead ?? {} });
      expect([step.status, who]).toEqual([503, 401]);
      expect(step.body).toContain('does not answer');
    });

    it.each<[string, Lies['instead']]>([
      ['has no end of keys', { '/jwks': (_request, response) => flood(response) }],
      ['never answers for its keys', { '/jwks': () => {} }],
      ['has no keys', { '/jwks': (_request, response) => void response.writeHead(404).end() }],
      ['has keys that are none', { '/jwks': (_request, response) => void response.end('{"keys":7}') }],
      [
        'has no end of what it says of itself',
        { '/.well-known/openid-configuration': (_r, response) => flood(response) },
      ],
      ['says nothing of itself', { '/.well-known/openid-configuration': () => {} }],
    ])('%s is said to be down, and is used when it is back', async (_what, instead) => {
      await using fresh = await startLiarStage({ way, provider: { timeout: '500ms' } });
      fresh.liar.lies = { instead: instead ?? {} };
      const walker = createWalker();
      expect((await walker.follow(fresh.start)).status).toBe(503);
      fresh.liar.lies = {};
      fresh.gate.advance(6000);
      expect((await walker.follow(fresh.start)).url.pathname).toBe('/report');
    });

    it.each<[string, Lies['metadata']]>([
      ['another issuer', (said) => ({ ...said, issuer: 'https://evil.example.com' })],
      ['keys at no address', ({ jwks_uri, ...said }) => said],
      ['no place to send people to', ({ authorization_endpoint, ...said }) => said],
      ['a script to send people to', (said) => ({ ...said, authorization_endpoint: 'javascript:alert(1)' })],
      ['keys in a file', (said) => ({ ...said, jwks_uri: 'file:///etc/passwd' })],
    ])('says that it has %s is not used', async (_what, metadata) => {
      await using fresh = await startLiarStage({ way });
      if (metadata) fresh.liar.lies = { metadata };
      const step = await createWalker().follow(fresh.start);
      expect(step.url.pathname).toMatch(/start|callback/);
      expect(step.status).toBe(503);
    });
  });

  it.each(['javascript:alert(1)', 'nonsense', 'file:///etc/passwd'])(
    'says that people sign out at %s, and they are signed out here and sent nowhere',
    async (place) => {
      await using fresh = await startLiarStage({ way });
      fresh.liar.lies = { metadata: (said) => ({ ...said, end_session_endpoint: place }) };
      const walker = createWalker();
      await walker.follow(fresh.start);
      const { body, status } = await walker.follow(`${fresh.gate.origin}/_dashgate/logout`, { form: {} });
      expect([status, body]).toEqual([200, expect.stringContaining('You have signed out')]);
      expect(body).not.toContain('refresh');
      expect((await walker.go(`${fresh.gate.origin}/_dashgate/session`)).status).toBe(401);
    },
  );

  it('takes the keys of a provider that has changed them, and those that it had before no more', async () => {
    await using fresh = await startLiarStage({ way });
    const { liar } = fresh;
    const arrive = async (): Promise<string> => (await createWalker().follow(fresh.start)).url.pathname;
    expect(await arrive()).toBe('/report');
    const [old] = liar.keys;
    liar.keys = [await newKey('second')];
    // Keys that nobody knows are asked for every ten seconds at most.
    await expect.poll(arrive, { timeout: 30_000, interval: 500 }).toBe('/report');
    liar.lies = { idToken: (claims) => liar.sign(claims, {}, old) };
    expect(await arrive()).toBe('/_dashgate/oauth/corp/callback');
  });

  it('nothing of a token, a code or the secret is in the log, and what was wrong is', () => {
    const log = stage.gate.logText();
    for (const word of ['eyJ', 'code-', SECRET, 'code_verifier', 'stack']) expect(log).not.toContain(word);
    for (const word of ['unexpected', 'signature', 'OAUTH_', 'ERR_PROVIDER_UNAVAILABLE']) expect(log).toContain(word);
  });
});
