import { describe, expect, it } from 'vitest';
import { ACCOUNTS, type OidcStage, type OidcStageOptions, startOidcGate } from '../support/oidc-gate.ts';
import type { Account } from '../support/start-oidc-provider.ts';
import { askTokens, BEARER_APPS, bearer, type MadeToken } from '../support/tokens.ts';
import { createWalker, type Walker } from '../support/walker.ts';

const DAY_MS = 86_400_000;

async function startStage(options: OidcStageOptions = {}) {
  const accounts: Record<string, Account> = { ...ACCOUNTS };
  const stage = await startOidcGate({
    apps: BEARER_APPS,
    provider: { scope: 'openid email profile groups', groups_claim: 'groups' },
    grants: { groups: { finance: ['hr'] } },
    ...options,
    oidc: { accounts, ...options.oidc },
  });
  return { ...stage, accounts };
}

/** Signs in anew, from the page of tokens on. */
async function signInAnew({ gate, oidc }: OidcStage, walker: Walker, name: string): Promise<void> {
  const query = new URLSearchParams({ return_to: '/_dashgate/tokens', prompt: 'login', max_age: '0' });
  const asked = await walker.follow(`${gate.origin}/_dashgate/oauth/corp/start?${query}`);
  if (asked.url.origin !== oidc.issuer) throw new Error(`not asked there: ${asked.url}`);
  const page = await walker.follow(asked.url, { form: { name } });
  expect([page.status, page.url.pathname]).toEqual([200, '/_dashgate/tokens']);
}

async function make({ gate }: OidcStage, walker: Walker, name = 'nightly'): Promise<MadeToken> {
  const answer = await askTokens(gate, walker.cookies(gate.origin), 'POST', { name });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}

const statusOf = async ({ gate }: OidcStage, { token }: MadeToken, path = '/hr/x'): Promise<number> =>
  (await gate.ask(path, { headers: bearer(token) })).status;

describe('a token of somebody who signs in at a provider', () => {
  it('counts for a stated time without them, and again once they have signed in', async () => {
    await using stage = await startStage();
    const walker = createWalker();
    await signInAnew(stage, walker, 'mica');
    const token = await make(stage, walker);
    expect(await statusOf(stage, token)).toBe(200);
    expect(stage.gate.upstream.last().headers['x-dashgate-user']).toBe('corp:mica');
    stage.gate.advance(6.9 * DAY_MS);
    expect(await statusOf(stage, token)).toBe(200);
    stage.gate.advance(0.2 * DAY_MS);
    expect(await statusOf(stage, token)).toBe(401);
    await stage.signIn(createWalker(), 'mica');
    await expect.poll(() => statusOf(stage, token)).toBe(200);
    await stage.gate.restart();
    expect(await statusOf(stage, token)).toBe(200);
  });

  it('is taken as password beside the whole name of its owner, which has a colon', async () => {
    await using stage = await startStage();
    const walker = createWalker();
    await signInAnew(stage, walker, 'mica');
    const { token } = await make(stage, walker);
    const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const statuses = ['corp:mica', 'corp', 'corp:mike', 'corp:mica:'].map(async (user) => {
      const { status } = await stage.gate.ask('/hr/x', { headers: basic(`${user}:${token}`) });
      return [user, status];
    });
    expect(Object.fromEntries(await Promise.all(statuses))).toEqual({
      ...{ 'corp:mica': 200, corp: 401, 'corp:mike': 401, 'corp:mica:': 401 },
    });
    expect(stage.gate.upstream.last().headers.authorization ?? '').toBe('');
  });

  it('has the groups that its owner had when they were there last, and is held to who may enter today', async () => {
    await using stage = await startStage();
    const walker = createWalker();
    await signInAnew(stage, walker, 'mica');
    const token = await make(stage, walker);
    stage.accounts.mica = { ...ACCOUNTS.mica, groups: ['guests'] };
    expect(await statusOf(stage, token)).toBe(200);
    await stage.signIn(createWalker(), 'mica');
    await expect.poll(() => statusOf(stage, token), { timeout: 5000 }).toBe(403);
    expect(await statusOf(stage, token, '/x')).toBe(200);
    const [provider] = stage.gate.config.providers;
    await stage.gate.reconfigure({
      providers: [
        {
          ...{ id: 'corp', type: 'oidc', issuer: stage.oidc.issuer, client_id: 'dashgate', groups_claim: 'groups' },
          ...{ client_secret: 'x', allow: { groups: ['finance'] } },
        },
      ],
    });
    expect(provider?.id).toBe('corp');
    expect(await statusOf(stage, token, '/x')).toBe(401);
  });

  it('rests at once when the provider says of a session that it vouches for them no more', async () => {
    await using stage = await startStage({ oidc: { refreshes: true, accounts: { ...ACCOUNTS } } });
    const walker = createWalker();
    await signInAnew(stage, walker, 'mica');
    const token = await make(stage, walker);
    expect(await statusOf(stage, token)).toBe(200);
    stage.gate.advance(300_000);
    stage.oidc.intercept = (request, response) => {
      if (request.url !== '/token') return false;
      response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":"invalid_grant"}');
      return true;
    };
    expect((await walker.go(`${stage.gate.origin}/hr/x`)).status).not.toBe(200);
    await expect.poll(() => statusOf(stage, token), { timeout: 5000 }).toBe(401);
  });

  it('is not to be had where the operator says so', async () => {
    await using stage = await startStage({ personal_tokens: { provider_age: 'none' } });
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    const answer = await askTokens(stage.gate, walker.cookies(stage.gate.origin), 'POST', { name: 'a' });
    expect(answer.status).toBe(403);
  });

  it('needs another sign-in there when the proof is older than five minutes, which leads back', async () => {
    await using stage = await startStage();
    const walker = createWalker();
    await stage.signIn(walker, 'mica');
    stage.gate.advance(301_000);
    const page = await walker.go(`${stage.gate.origin}/_dashgate/tokens`);
    expect(page.status).toBe(403);
    const [, start = ''] = /href="(\/_dashgate\/oauth\/corp\/start[^"]*)"/.exec(page.body) ?? [];
    expect(start).toContain('return_to=%2F_dashgate%2Ftokens');
    const asked = await askTokens(stage.gate, walker.cookies(stage.gate.origin), 'POST', { name: 'a' });
    expect([asked.status, JSON.parse(asked.body).reason]).toEqual([403, 'proof-too-old']);
  });
});

it('a JWT of an issuer that is a provider too is about the same people', async () => {
  await using stage = await startStage();
  const { issuer } = stage.oidc;
  await stage.gate.reconfigure({
    token_issuers: [{ id: 'corp', issuer, audience: ['https://dash.example.com'], groups_claim: 'groups' }],
  });
  // The ID token of a sign-in, which is for dashgate as a client, is none for it as a place.
  const walker = createWalker();
  await stage.signIn(walker, 'mica');
  expect((await walker.go(`${stage.gate.origin}/hr/x`)).status).toBe(200);
  await expect(
    stage.gate.reconfigure({
      token_issuers: [{ id: 'corp', issuer: 'https://other.example', audience: ['https://dash.example.com'] }],
    }),
  ).rejects.toThrow(/token_issuers\[0\]\.id: is the id of a provider with another issuer/);
});
