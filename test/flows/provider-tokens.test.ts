import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createBitbucket } from '../support/providers/bitbucket.ts';
import { createGithub } from '../support/providers/github.ts';
import { createMicrosoft, TENANT } from '../support/providers/microsoft.ts';
import { createGitlab, createGoogle } from '../support/providers/openid-vendors.ts';
import { createPlain, PLAIN } from '../support/providers/plain.ts';
import { type NamedStage, startNamedStage } from '../support/providers/stage.ts';
import type { Walker } from '../support/walker.ts';

const EVERY_MS = 300_000;

const statusOf = async ({ gate }: NamedStage, walker: Walker): Promise<number> =>
  (await walker.go(`${gate.origin}/_dashgate/session`)).status;

describe('who is signed in at GitHub', () => {
  it('is asked about again by the access token, as there is no other: other groups count, and a revoked token ends the session', async () => {
    const github = createGithub();
    await using stage = await startNamedStage({
      ...{ sites: github.sites, provider: { type: 'github', group_names: { acme: 'staff', other: 'guests' } } },
      grants: { groups: { staff: ['hr'] } },
    });
    const walker = stage.browser();
    await stage.signIn(walker);
    const hr = async () => (await walker.go(`${stage.gate.origin}/hr`)).status;
    expect(await hr()).toBe(200);
    github.orgs = [{ login: 'Other', id: 2 }];
    github.teams = [];
    stage.gate.advance(EVERY_MS - 60_000);
    expect(await hr()).toBe(200);
    stage.gate.advance(60_000);
    expect([await hr(), (await stage.who(walker)).groups]).toEqual([403, ['guests']]);
    github.tokens.clear();
    stage.gate.advance(EVERY_MS);
    expect(await statusOf(stage, walker)).toBe(401);
    expect(await statusOf(stage, walker)).toBe(401);
  });

  it('is so for a while when GitHub does not answer, or answers too many questions', async () => {
    const github = createGithub();
    await using stage = await startNamedStage({
      ...{ sites: github.sites, provider: { type: 'github' } },
      session: { idle_timeout: 'none' },
    });
    const walker = stage.browser();
    await stage.signIn(walker);
    github.instead = () => ({
      status: 403,
      headers: { 'X-RateLimit-Remaining': '0' },
      json: { message: 'rate limit' },
    });
    stage.gate.advance(EVERY_MS);
    expect(await stage.who(walker)).toMatchObject({ groups: ['acme', 'acme/finance'] });
    stage.gate.advance(2 * 3_600_000);
    expect(await statusOf(stage, walker)).toBe(503);
  });
});

describe('with a refresh token, other groups count within the time of recheck', () => {
  const expectNew = async (stage: NamedStage, change: () => void, groups: readonly string[]) => {
    const walker = stage.browser();
    await stage.signIn(walker);
    change();
    stage.gate.advance(EVERY_MS);
    expect((await stage.who(walker)).groups).toEqual(groups);
    stage.gate.advance(EVERY_MS);
    expect((await stage.who(walker)).groups).toEqual(groups);
  };

  it('at GitLab, which tells them in the user info', async () => {
    const gitlab = await createGitlab();
    await using stage = await startNamedStage({ sites: gitlab.sites, provider: { type: 'gitlab' } });
    const change = () => {
      gitlab.userInfo.groups = ['other'];
    };
    await expectNew(stage, change, ['other']);
  });

  it('at Entra ID, also when they become more than a token holds, and of a tenant that has to be named', async () => {
    const microsoft = await createMicrosoft(2, 'common');
    microsoft.idClaims.groups = ['few'];
    const provider = { type: 'azurev2', allow: { tenants: [TENANT] } };
    await using stage = await startNamedStage({ sites: microsoft.sites, provider });
    const change = () => {
      delete microsoft.idClaims.groups;
      microsoft.idClaims.hasgroups = 'true';
      microsoft.groups = ['many'];
    };
    await expectNew(stage, change, ['many']);
  });

  it('and who moved to another tenant is signed out', async () => {
    const microsoft = await createMicrosoft(1, 'common');
    await using stage = await startNamedStage({
      sites: microsoft.sites,
      provider: { type: 'azure', allow: { tenants: [TENANT] } },
    });
    const walker = stage.browser();
    await stage.signIn(walker);
    const other = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0';
    microsoft.idClaims.tid = other;
    microsoft.iss = microsoft.iss.replace(TENANT, other);
    stage.gate.advance(EVERY_MS);
    expect(await statusOf(stage, walker)).toBe(401);
  });
});

it('who left a workspace of Bitbucket loses what is open too, once they are asked about again', async () => {
  const bitbucket = createBitbucket();
  await using stage = await startNamedStage({
    sites: bitbucket.sites,
    provider: { type: 'bitbucket', allow: { groups: ['acme'] } },
  });
  const walker = stage.browser();
  await stage.signIn(walker);
  const { origin } = stage.gate;
  const headers = { Cookie: walker.cookies(origin), Origin: origin };
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/live`, { headers });
  await once(socket, 'open');
  const ended = once(socket, 'close').then(([code]) => code);
  bitbucket.workspaces = ['other'];
  stage.gate.advance(EVERY_MS);
  expect(await statusOf(stage, walker)).toBe(401);
  expect(await ended).toBe(4401);
});

describe('tokens at the end of a session', () => {
  const out = async ({ gate }: NamedStage, walker: Walker) => walker.go(`${gate.origin}/_dashgate/logout`, {});

  it('are deleted at GitHub, in its own way', async () => {
    const github = createGithub();
    await using stage = await startNamedStage({ sites: github.sites, provider: { type: 'github' } });
    const walker = stage.browser();
    await stage.signIn(walker);
    expect(github.tokens.size).toBe(1);
    await out(stage, walker);
    await expect.poll(() => github.tokens.size).toBe(0);
  });

  it.each([
    ['an access token at Google, where there is no other', createGoogle, { type: 'google' }, 1],
    ['a refresh token at GitLab', createGitlab, { type: 'gitlab' }, 1],
  ])('are revoked: %s', async (_what, create, provider, times) => {
    const site = await create();
    await using stage = await startNamedStage({ sites: site.sites, provider });
    const walker = stage.browser();
    await stage.signIn(walker);
    await out(stage, walker);
    await expect.poll(() => site.revoked.length).toBe(times);
    expect(site.tokens).toContain(site.revoked[0]);
  });

  it('are revoked where the configuration says', async () => {
    const plain = createPlain();
    const provider = { type: 'oauth2', ...PLAIN, subject_claim: 'id', revoke_url: 'https://sso.example.net/revoke' };
    await using stage = await startNamedStage({ sites: plain.sites, provider });
    const walker = stage.browser();
    await stage.signIn(walker);
    await out(stage, walker);
    await expect.poll(() => plain.revoked).toEqual([...plain.tokens]);
  });

  it('and the browser is sent to sign out there, where the configuration says', async () => {
    const plain = createPlain();
    const provider = { type: 'generic', ...PLAIN, subject_claim: 'id', logout_url: 'https://sso.example.net/logout' };
    await using stage = await startNamedStage({ sites: plain.sites, provider });
    const walker = stage.browser();
    await stage.signIn(walker);
    expect((await out(stage, walker)).body).toContain('https://sso.example.net/logout?');
  });

  it('are to be read nowhere before', async () => {
    const github = createGithub();
    await using stage = await startNamedStage({ sites: github.sites, provider: { type: 'github' } });
    const walker = stage.browser();
    await stage.signIn(walker);
    const [token = ''] = github.tokens.keys();
    const kept = ['', '-wal']
      .map((end) => readFileSync(stage.gate.dir.file(`state/dashgate.db${end}`), 'latin1'))
      .join('');
    expect(kept).toContain('eyJ');
    const answers = [await stage.who(walker), stage.gate.logText(), walker.cookies(stage.gate.origin)];
    expect(kept + JSON.stringify(answers)).not.toContain(token);
  });
});
