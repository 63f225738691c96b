import { describe, expect, it } from 'vitest';
import { createBitbucket } from '../support/providers/bitbucket.ts';
import type { Answer, Site } from '../support/providers/cloud.ts';
import { createGithub } from '../support/providers/github.ts';
import { createMicrosoft, PERSON, TENANT } from '../support/providers/microsoft.ts';
import { createGoogle, createKeycloak } from '../support/providers/openid-vendors.ts';
import { createPlain, PLAIN, type Plain } from '../support/providers/plain.ts';
import { startNamedStage } from '../support/providers/stage.ts';

const OTHER = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
const OAUTH2 = { type: 'oauth2', ...PLAIN, subject_claim: 'id' };
const evil = { 'evil.example.net': (): Answer => ({ json: {} }) } satisfies Record<string, Site>;

describe('a tenant of Entra ID cannot pass for another', () => {
  it.each([
    ['by the issuer of its own', { tid: TENANT, iss: `https://login.microsoftonline.com/${OTHER}/v2.0` }],
    ['by the issuer of the other', { tid: OTHER, iss: `https://login.microsoftonline.com/${TENANT}/v2.0` }],
    ['by the place where the name stands', { tid: TENANT, iss: 'https://login.microsoftonline.com/{tenantid}/v2.0' }],
    ['by a name with more in it', { tid: `${TENANT}/v2.0?`, iss: `https://login.microsoftonline.com/${TENANT}/v2.0` }],
    ['without saying which it is', { tid: undefined, iss: `https://login.microsoftonline.com/${TENANT}/v2.0` }],
  ])('%s', async (_how, claims) => {
    const microsoft = await createMicrosoft(2, 'common');
    Object.assign(microsoft.idClaims, claims);
    await using stage = await startNamedStage({
      sites: microsoft.sites,
      provider: { type: 'azurev2', allow: { tenants: [TENANT] } },
    });
    expect((await stage.signIn(stage.browser())).status).toBe(400);
  });

  it('by the name of a group', async () => {
    const microsoft = await createMicrosoft(2, 'common');
    Object.assign(microsoft.idClaims, { tid: OTHER, groups: [`:tenant:${TENANT}`, `tenant:${TENANT}`] });
    microsoft.iss = microsoft.iss.replace(TENANT, OTHER);
    await using stage = await startNamedStage({
      sites: microsoft.sites,
      provider: { type: 'azurev2', allow: { tenants: [TENANT] } },
    });
    expect((await stage.signIn(stage.browser())).status).toBe(403);
  });

  it('nor is who is without an id there somebody by another claim', async () => {
    const microsoft = await createMicrosoft(2, TENANT);
    delete microsoft.idClaims.oid;
    await using stage = await startNamedStage({
      sites: microsoft.sites,
      provider: { type: 'azurev2', tenant: TENANT },
    });
    expect((await stage.signIn(stage.browser())).status).toBe(400);
    expect(stage.gate.logText()).not.toContain(PERSON);
  });
});

it('what somebody is is not said by the name of a group', async () => {
  const keycloak = await createKeycloak();
  const rule = { claim: 'department', is: ['Finance'], groups: ['finance'] };
  // Made as dashgate makes it, from what the configuration has.
  const { ruleMark } = await import('../../src/providers/rules.ts');
  keycloak.idClaims.groups = [ruleMark(rule), `/${ruleMark(rule)}`, ':hd:example.com', 'staff'];
  await using stage = await startNamedStage({
    sites: keycloak.sites,
    provider: { type: 'keycloak', url: 'https://login.example.com', realm: 'acme', rules: [rule] },
  });
  const walker = stage.browser();
  await stage.signIn(walker);
  expect((await stage.who(walker)).groups).toEqual(['staff']);
});

describe('an access token goes to nobody else', () => {
  const expectNothingSent = async (sites: Readonly<Record<string, Site>>, provider: Record<string, unknown>) => {
    await using stage = await startNamedStage({ sites: { ...sites, ...evil }, provider });
    expect((await stage.signIn(stage.browser())).status).toBe(503);
    expect(stage.cloud.asked.filter(({ host }) => host === 'evil.example.net')).toEqual([]);
    expect(stage.gate.logText()).toContain('goes on at another server');
  };

  it('by the next page of a list at Bitbucket', async () => {
    const bitbucket = createBitbucket();
    bitbucket.workspaces = Array.from({ length: 150 }, (_, i) => `w${i}`);
    bitbucket.next = 'https://evil.example.net/2.0/user/workspaces?page=2';
    await expectNothingSent(bitbucket.sites, { type: 'bitbucket' });
  });

  it('by the next page at Microsoft Graph', async () => {
    const microsoft = await createMicrosoft(2, TENANT);
    microsoft.idClaims.hasgroups = true;
    microsoft.instead = () => ({ json: { value: [], '@odata.nextLink': 'https://evil.example.net/v1.0/me' } });
    await expectNothingSent(microsoft.sites, { type: 'azurev2', tenant: TENANT });
  });

  it('by a redirect of GitHub', async () => {
    const github = createGithub();
    github.instead = () => ({ status: 302, headers: { Location: 'https://evil.example.net/user' } });
    await using stage = await startNamedStage({ sites: { ...github.sites, ...evil }, provider: { type: 'github' } });
    expect((await stage.signIn(stage.browser())).status).toBe(503);
    expect(stage.cloud.asked.filter(({ host }) => host === 'evil.example.net')).toEqual([]);
  });
});

it('a list without an end is not followed without end', async () => {
  const bitbucket = createBitbucket();
  bitbucket.workspaces = Array.from({ length: 150 }, (_, i) => `w${i}`);
  bitbucket.next = 'https://api.bitbucket.org/2.0/user/workspaces?page=1';
  await using stage = await startNamedStage({ sites: bitbucket.sites, provider: { type: 'bitbucket' } });
  expect((await stage.signIn(stage.browser())).status).toBe(503);
  expect(stage.cloud.asked.filter(({ path }) => path === '/2.0/user/workspaces').length).toBeLessThanOrEqual(20);
});

it('who takes over a name at GitHub is somebody else', async () => {
  const github = createGithub();
  await using stage = await startNamedStage({
    ...{ sites: github.sites, provider: { type: 'github', user_claim: 'login' } },
    grants: { users: { 'them:583231': ['_all_'] } },
  });
  const [before, after] = [stage.browser(), stage.browser()];
  await stage.signIn(before);
  github.user = { id: 999, login: 'Mica', name: 'Mica Öz' };
  await stage.signIn(after);
  const hr = async (walker: typeof before) => (await walker.go(`${stage.gate.origin}/hr`)).status;
  expect([await hr(before), await hr(after)]).toEqual([200, 403]);
});

it('an error that comes with 200 signs nobody in, and tells of a code that is not good', async () => {
  const github = createGithub();
  await using stage = await startNamedStage({ sites: github.sites, provider: { type: 'github' } });
  const walker = stage.browser();
  const there = await walker.follow(`${stage.gate.origin}/_dashgate/oauth/them/start`, {
    until: (url) => url.pathname.endsWith('/callback'),
  });
  const back = new URL(there.headers.get('location') ?? '');
  back.searchParams.set('code', 'another');
  const { status, body } = await walker.go(back);
  expect([status, body]).toEqual([400, expect.not.stringContaining('bad_verification_code')]);
  expect(stage.gate.logText()).toContain('invalid_grant');
});

describe('at a plain provider', () => {
  const idToken = (claims: object) =>
    ['{"alg":"none"}', JSON.stringify(claims), ''].map((part) => Buffer.from(part).toString('base64url')).join('.');

  it.each<[string, (plain: Plain) => void, number]>([
    ['the issuer of another on the way back', ({ more }) => (more.back = { iss: 'https://evil.example.net' }), 400],
    ['somebody without an id', ({ user }) => delete user.id, 400],
    ['an id that could be two', ({ user }) => (user.id = 2 ** 60), 400],
    ['an id that is a list', ({ user }) => (user.id = ['42']), 400],
    ['an error beside a token', ({ more }) => (more.token = { error: 'invalid_grant' }), 400],
    ['a user info that is no answer', (plain) => (plain.answer = []), 503],
  ])('%s signs nobody in', async (_what, lie, status) => {
    const plain = createPlain();
    lie(plain);
    await using stage = await startNamedStage({ sites: plain.sites, provider: OAUTH2 });
    const walker = stage.browser();
    expect((await stage.signIn(walker)).status).toBe(status);
    expect((await walker.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
  });

  it('an ID token that nobody can verify says nothing', async () => {
    const plain = createPlain();
    plain.more.token = { id_token: idToken({ sub: '1', id: 1, email: 'root@example.com', email_verified: true }) };
    await using stage = await startNamedStage({ sites: plain.sites, provider: OAUTH2 });
    const walker = stage.browser();
    await stage.signIn(walker);
    expect(await stage.who(walker)).toMatchObject({ sub: 'them:42', email: 'mica@example.com' });
  });

  it.each([
    [true, undefined, 'mica@example.com'],
    [true, false, ''],
    [true, 'false', ''],
    [false, undefined, ''],
    [false, 'true', ''],
  ])('with trust_email: %s, an address with email_verified: %s is %j', async (trust_email, email_verified, email) => {
    const plain = createPlain();
    plain.user = { ...plain.user, email_verified };
    await using stage = await startNamedStage({ sites: plain.sites, provider: { ...OAUTH2, trust_email } });
    const walker = stage.browser();
    await stage.signIn(walker);
    expect((await stage.who(walker)).email).toBe(email);
  });
});

it('an address is not verified by what is said of another', async () => {
  const google = await createGoogle();
  Object.assign(google.idClaims, { email: 'root@example.com', email_verified: undefined, name: undefined });
  google.userInfo = { sub: google.idClaims.sub, name: 'Mica', email: 'mica@evil.example.net', email_verified: true };
  await using stage = await startNamedStage({ sites: google.sites, provider: { type: 'google' } });
  const walker = stage.browser();
  await stage.signIn(walker);
  expect(await stage.who(walker)).toMatchObject({ name: 'Mica', email: '' });
});
