import { expect, it } from 'vitest';
import { APPS } from '../support/gate.ts';
import { createGithub } from '../support/providers/github.ts';
import { startNamedStage } from '../support/providers/stage.ts';

const EVERY_MS = 300_000;
const PROVIDER = { type: 'github' };

it('somebody in more organisations than a page of the list holds is in all of them', async () => {
  const github = createGithub();
  github.orgs = Array.from({ length: 230 }, (_, i) => ({ login: `Org-${i}`, id: i }));
  await using stage = await startNamedStage({
    sites: github.sites,
    provider: { ...PROVIDER, allow: { groups: ['org-229'] } },
  });
  const walker = stage.browser();
  expect((await stage.signIn(walker)).status).toBe(200);
  expect((await stage.who(walker)).groups).toContain('org-229');
  expect(stage.cloud.asked.filter(({ path }) => path === '/user/orgs')).toHaveLength(3);
});

it('who does not agree that their organisations may be read is in none, and signed in where that is enough', async () => {
  const github = createGithub();
  github.grants = 'read:user';
  await using stage = await startNamedStage({ sites: github.sites, provider: PROVIDER });
  const walker = stage.browser();
  await stage.signIn(walker);
  expect(await stage.who(walker)).toMatchObject({ sub: 'them:583231', email: '', groups: [] });
});

it('of a GitHub App, whose tokens run out, somebody is asked about again by refresh tokens, each good once', async () => {
  const github = Object.assign(createGithub(), { isApp: true });
  await using stage = await startNamedStage({ sites: github.sites, provider: PROVIDER });
  const walker = stage.browser();
  await stage.signIn(walker);
  for (const login of ['One', 'Two']) {
    github.orgs = [{ login, id: 1 }];
    stage.gate.advance(EVERY_MS);
    expect((await stage.who(walker)).groups).toContain(login.toLowerCase());
  }
  github.tokens.clear();
  stage.gate.advance(EVERY_MS);
  expect((await walker.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
});

it('a page that asks for a proof just now, which GitHub cannot give, says so, and sends nobody round', async () => {
  const strict = { name: 'strict', at: '/strict/', upstream: '$UPSTREAM', require: { max_age: '5m' } };
  const github = createGithub();
  await using stage = await startNamedStage({
    ...{ sites: github.sites, provider: PROVIDER, apps: [...APPS, strict] },
    login: { auto: true },
  });
  const walker = stage.browser();
  await stage.signIn(walker);
  const page = await walker.follow(`${stage.gate.origin}/strict/`);
  const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const back = await walker.follow(`${stage.gate.origin}${href}`);
  expect([back.status, back.url.pathname]).toEqual([403, '/_dashgate/oauth/them/callback']);
  expect(back.body).toContain('does not say when somebody did');
});
