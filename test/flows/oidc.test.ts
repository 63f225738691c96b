import { describe, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { APPS } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startOidcGate } from '../support/oidc-gate.ts';
import { createWalker } from '../support/walker.ts';
import { bothWays } from '../support/ways.ts';
import { typeIn } from './page.ts';

bothWays('a browser', (way) => {
  needs('chromium')('that signs in at a provider', () => {
    it('leads back to where one wanted to be, as who one is there', async () => {
      await using stage = await startOidcGate({ way });
      await using chrome = await browser();
      const page = await chrome.newPage();
      await page.goto(`${stage.gate.origin}/report?year=2026`);
      await page.getByRole('link', { name: 'Sign in with Acme' }).click();
      await page.getByLabel('Name').fill('mica');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${stage.gate.origin}/report?year=2026`);
      const headers = stage.gate.upstream.seen.find(({ url }) => url === '/report?year=2026')?.headers ?? {};
      expect(headers['x-dashgate-user']).toBe('corp:mica');
      expect(headers['x-dashgate-email']).toBe('mica@example.com');
      expect(headers.cookie ?? '').not.toContain('dashgate');
    });

    it('who says no there is told so, is asked again only by a press of the button, and may use a password instead', async () => {
      await using stage = await startOidcGate({ way, directories: [{ file: 'users.yaml' }] });
      await using chrome = await browser();
      const page = await chrome.newPage();
      const wanted = `${stage.gate.origin}/report`;
      await page.goto(wanted);
      await page.getByRole('link', { name: 'Sign in with Acme' }).click();
      await page.getByRole('button', { name: 'No' }).click();
      await page.getByText('the sign-in was cancelled there').waitFor();
      await page.getByRole('link', { name: 'Try again' }).click();
      await page.getByRole('button', { name: 'No' }).click();
      await page.getByRole('link', { name: 'Other ways to sign in' }).click();
      await typeIn(page, 'mica', 'mica-Gz7');
      await page.waitForURL(wanted);
    });

    it('works in two tabs at once, each to its own page', async () => {
      await using stage = await startOidcGate({ way });
      await using chrome = await browser();
      const context = await chrome.newContext();
      const tabs = [await context.newPage(), await context.newPage()];
      for (const [i, tab] of tabs.entries()) {
        await tab.goto(`${stage.gate.origin}/tab-${i}`);
        await tab.getByRole('link', { name: 'Sign in with Acme' }).click();
      }
      for (const [i, tab] of tabs.entries()) {
        await tab.getByLabel('Name').fill('mica');
        await tab.getByRole('button', { name: 'Continue' }).click();
        await tab.waitForURL(`${stage.gate.origin}/tab-${i}`);
      }
      expect((await context.cookies(stage.gate.origin)).map(({ name }) => name)).toEqual(['dashgate']);
    });

    it('with a strict session cookie too, which stays behind on the way from another site', async () => {
      await using stage = await startOidcGate({
        way,
        session: { cookie: { same_site: 'strict' } },
        login: { auto: true },
      });
      await using chrome = await browser();
      const page = await chrome.newPage();
      await page.goto(`${stage.gate.origin}/report`);
      await page.getByLabel('Name').fill('mica');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${stage.gate.origin}/report`);
      expect(await page.content()).toContain('corp:mica');
    });

    it('signing out here signs out there, and comes back', async () => {
      await using stage = await startOidcGate({ way });
      await using chrome = await browser();
      const page = await chrome.newPage();
      await page.goto(`${stage.gate.origin}/_dashgate/oauth/corp/start`);
      await page.getByLabel('Name').fill('mica');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
      await page.getByRole('heading', { name: 'You have signed out' }).waitFor();
      expect(page.url()).toBe(`${stage.gate.origin}/_dashgate/logout`);
      await page.goto(`${stage.gate.origin}/_dashgate/oauth/corp/start`);
      // Nobody is signed in there any more.
      await page.getByLabel('Name').waitFor();
    });
  });
});

describe('who signs in at a provider', () => {
  it('is known by what never changes there, and by a verified e-mail address only', async () => {
    await using stage = await startOidcGate({
      provider: {
        ...{ scope: 'openid email profile groups', groups_claim: 'groups' },
        authorize_params: { claims: '{"id_token":{"amr":null,"acr":null,"auth_time":null}}' },
      },
    });
    const beganSec = Math.floor(Date.now() / 1000);
    const [mica, mike] = [createWalker(), createWalker()];
    await stage.signIn(mica, 'mica');
    await stage.signIn(mike, 'mike');
    expect(await stage.who(mica)).toMatchObject({
      ...{ sub: 'corp:mica', user: 'corp:mica', name: 'Mica Öz', email: 'mica@example.com' },
      ...{ groups: ['finance', 'staff'], allowed_resources: [], amr: ['pwd', 'otp'] },
    });
    expect((await stage.who(mica)).auth_time).toBeGreaterThanOrEqual(beganSec);
    expect(await stage.who(mike)).toMatchObject({ sub: 'corp:mike', email: '' });
  });

  it('gets what is granted to their groups and to their whole sub, and nothing that is a user’s of that name', async () => {
    await using stage = await startOidcGate({
      provider: { scope: 'openid groups', groups_claim: 'groups', group_names: { finance: 'money' } },
      grants: { groups: { money: ['hr'], staff: ['_all_'] }, users: { mica: ['_all_'], 'corp:mike': ['marketing'] } },
    });
    const [mica, mike] = [createWalker(), createWalker()];
    expect((await stage.signIn(mica, 'mica', '/hr')).status).toBe(200);
    expect(await stage.who(mica)).toMatchObject({ groups: ['money'], allowed_resources: ['hr'] });
    expect((await stage.signIn(mike, 'mike', '/hr')).status).toBe(403);
    expect(await stage.who(mike)).toMatchObject({ allowed_resources: ['marketing'] });
  });

  it('is called by dashboards as a claim says, where that is wanted and the claim is there', async () => {
    const accounts = { 1: { preferred_username: 'mica' }, 2: { preferred_username: 'corp:1' } };
    await using stage = await startOidcGate({ provider: { user_claim: 'preferred_username' }, oidc: { accounts } });
    const [mica, mallory] = [createWalker(), createWalker()];
    await stage.signIn(mica, '1');
    expect(stage.gate.upstream.last().headers['x-dashgate-user']).toBe('mica');
    expect(await stage.who(mica)).toMatchObject({ sub: 'corp:1', user: 'mica' });
    const refused = await stage.signIn(mallory, '2');
    expect([refused.status, refused.body]).toEqual([403, expect.stringContaining('what your user name is')]);
    expect((await mallory.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
  });

  it('gets from a claim what the configuration lets it give', async () => {
    const claims = { mica: { ...{ allowed_resources: ['HR', '_all_', 'wiki/_all_', 'no good'], name: 'M' } } };
    const oidc = { accounts: claims, settings: { claims: { openid: ['sub', 'allowed_resources'] } } };
    for (const [provider, expected] of [
      [{}, []],
      [{ resources_claim: 'allowed_resources' }, ['hr']],
      [{ resources_claim: 'allowed_resources', allow_all: true }, ['_all_', 'hr', 'wiki/_all_']],
    ] as const) {
      await using stage = await startOidcGate({ provider, oidc });
      const walker = createWalker();
      await stage.signIn(walker, 'mica');
      expect(await stage.who(walker)).toMatchObject({ allowed_resources: expected });
    }
  });

  it.each([
    ['an e-mail domain', { email_domains: ['example.com'] }],
    ['an e-mail address', { emails: ['Mica@example.com', 'mike@example.com'] }],
    ['a group', { groups: ['staff'] }],
  ])('is let in by %s, and refused without', async (_what, allow) => {
    await using stage = await startOidcGate({
      provider: { allow, scope: 'openid email groups', groups_claim: 'groups' },
    });
    const [mica, mike] = [createWalker(), createWalker()];
    expect((await stage.signIn(mica, 'mica')).status).toBe(200);
    // mike's address is in that domain and list, but nobody has verified it.
    const refused = await stage.signIn(mike, 'mike');
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('this site is not open to your account');
    expect(mike.cookies(stage.gate.origin)).toBe('');
    await stage.gate.logged(/login-refused.*"corp:mike".*not-allowed/);

    // What is narrowed later counts for who is in already.
    const [one] = stage.gate.config.providers;
    await stage.gate.reconfigure({
      providers: [
        { id: 'corp', type: 'oidc', issuer: one?.issuer, client_id: 'dashgate', allow: { emails: ['x@y.zz'] } },
      ],
    });
    expect((await mica.go(`${stage.gate.origin}/_dashgate/session`)).status).toBe(401);
  });
});

describe('a provider that does not answer', () => {
  it('keeps dashgate neither from starting nor from its other ways to sign in, and is used when it is back', async () => {
    await using stage = await startOidcGate({ directories: [{ file: 'users.yaml' }] });
    stage.oidc.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const walker = createWalker();
    const down = await stage.signIn(walker, 'mica');
    expect(down.status).toBe(503);
    expect(down.body).toContain('does not answer');
    const page = await walker.go(`${stage.gate.origin}/_dashgate/login`);
    expect(page.body).toContain('did not answer a moment ago');
    expect(page.body).toContain('name="password"');
    expect(await stage.gate.signIn('mica')).not.toBe('');
    stage.oidc.intercept = null;
    // It was left in peace for a moment.
    stage.gate.advance(6000);
    expect((await stage.signIn(walker, 'mica')).status).toBe(200);
  });
});

it('where one provider is the only way, the login page can be left out', async () => {
  await using stage = await startOidcGate({ login: { auto: true } });
  const walker = createWalker();
  const asked = await walker.follow(`${stage.gate.origin}/report`);
  expect(asked.url.origin).toBe(stage.oidc.issuer);
  // Not again and again, where something keeps the browser from coming back signed in.
  const page = await walker.go(`${stage.gate.origin}/_dashgate/login`);
  expect(page.status).toBe(200);
  expect(page.body).toContain('Sign in with');
  const arrived = await walker.follow(asked.url, { form: { name: 'mica' } });
  expect(arrived.url.href).toBe(`${stage.gate.origin}/report`);
});

it('a page that asks for a new proof gets it from the provider, also of who is signed in there', async () => {
  const strict = { name: 'strict', at: '/strict/', upstream: '$UPSTREAM', require: { max_age: '5m' } };
  await using stage = await startOidcGate({ apps: [...APPS, strict] });
  const { origin } = stage.gate;
  const walker = createWalker();
  await stage.signIn(walker, 'mica');
  // This provider says when a proof was given only where it is asked for one of a certain age.
  expect((await stage.who(walker)).auth_time).toBe(0);
  const page = await walker.follow(`${origin}/strict/`);
  expect(page.url.pathname).toBe('/_dashgate/login');
  const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  expect(new URL(href, origin).searchParams.get('prompt')).toBe('login');
  const asked = await walker.follow(`${origin}${href}`);
  expect(asked.url.origin).toBe(stage.oidc.issuer);
  const arrived = await walker.follow(asked.url, { form: { name: 'mica' } });
  expect([arrived.status, arrived.url.pathname]).toEqual([200, '/strict/']);
  stage.gate.advance(400_000);
  expect((await walker.follow(`${origin}/strict/`)).url.pathname).toBe('/_dashgate/login');
});

it('one sign-in is enough for apps at other hosts, with the groups that the provider told', async () => {
  await using stage = await startOidcGate({
    provider: { scope: 'openid email groups', groups_claim: 'groups', allow: { groups: ['staff'] } },
    grants: { groups: { finance: ['hr'] } },
    apps: [...APPS, { name: 'far', at: 'http://far.example.com:$PORT/', upstream: '$UPSTREAM', resource: 'hr' }],
  });
  const far = stage.gate.origin.replace('127.0.0.1', 'far.example.com');
  const walker = createWalker();
  const page = await walker.follow(`${far}/report`);
  expect(page.url.origin).toBe(stage.gate.origin);
  const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const asked = await walker.follow(`${stage.gate.origin}${href}`);
  const arrived = await walker.follow(asked.url, { form: { name: 'mica' } });
  expect([arrived.status, arrived.url.href]).toEqual([200, `${far}/report`]);
  const who = JSON.parse((await walker.go(`${far}/_dashgate/session`)).body);
  expect(who).toMatchObject({ sub: 'corp:mica', groups: ['finance', 'staff'], allowed_resources: ['hr'] });
  // It is one session: it ends everywhere.
  await walker.go(`${stage.gate.origin}/_dashgate/logout`, {});
  expect((await walker.go(`${far}/_dashgate/session`)).status).toBe(401);
});

it('a window that a waiting page has opened ends where that page is told', async () => {
  await using stage = await startOidcGate();
  const walker = createWalker();
  const page = await walker.follow(`${stage.gate.origin}/_dashgate/signed-in`);
  const href = /href="([^"]*oauth[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const asked = await walker.follow(`${stage.gate.origin}${href}`);
  const arrived = await walker.follow(asked.url, { form: { name: 'mica' } });
  expect([arrived.status, arrived.url.pathname]).toEqual([200, '/_dashgate/signed-in']);
});
