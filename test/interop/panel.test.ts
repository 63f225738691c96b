import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { freeServer, startDashgate } from '../flows/command.ts';
import { typeIn } from '../flows/page.ts';
import { needs } from '../support/needs.ts';
import { ACCOUNTS } from '../support/oidc-gate.ts';
import { startDashboard } from '../support/start-dashboard.ts';
import { type OidcServer, SECRET, startOidcProvider } from '../support/start-oidc-provider.ts';
import { suiteBrowser } from '../support/suite-browser.ts';
import { tempDir } from '../support/temp-dir.ts';
import { PASSWORDS, startChain } from './nginx-chain.ts';

// What docs/panel.md says, with the real Panel, which is told nothing but its cookie secret.

const COOKIE_SECRET = 'a-secret-that-both-sides-have-8Fh2kQ';
const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

const who = async (page: Page): Promise<Record<string, unknown>> => {
  const text = await page.getByText(/^WHO /).textContent();
  return JSON.parse((text ?? '').replace(/^WHO /, ''));
};

needs('dashboards', 'chromium')('an unmodified Panel app', () => {
  const { newPage } = suiteBrowser();

  /** `dashgate serve` and `panel serve` with the same variables, and a provider with what Panel calls a redirect URI. */
  async function start(env: Record<string, string>, panelEnv: Record<string, string>) {
    await using opening = new AsyncDisposableStack();
    const { port, text } = await freeServer();
    const origin = `http://127.0.0.1:${port}`;
    const provider: OidcServer = opening.use(
      await startOidcProvider({ origin, accounts: ACCOUNTS, redirectUris: [origin, `${origin}/login`] }),
    );
    const app = opening.use(await startDashboard('panel_user', panelEnv));
    const dir = opening.use(await tempDir());
    await dir.write('dashgate.yaml', `${text}apps: [{ name: report, at: /, upstream: "${app.origin}" }]\n`);
    const addresses = {
      PANEL_OAUTH_AUTHORIZE_URL: `${provider.issuer}/auth`,
      PANEL_OAUTH_TOKEN_URL: `${provider.issuer}/token`,
      PANEL_OAUTH_USER_URL: `${provider.issuer}/me`,
      PANEL_OAUTH_LOGOUT_URL: `${provider.issuer}/session/end`,
    };
    const client = { PANEL_OAUTH_PROVIDER: 'generic', PANEL_OAUTH_KEY: 'dashgate', PANEL_OAUTH_SECRET: SECRET };
    const given = { ...client, ...addresses, ...env };
    const program = opening.use(
      await startDashgate(['serve'], { cwd: dir.path, env: given, ready: /"message":"listening"/ }),
    );
    const all = opening.move();
    return { origin, program, [Symbol.asyncDispose]: () => all.disposeAsync() };
  }

  describe.each([
    { where: 'at the root, as Panel has it by itself', env: {} },
    { where: 'at its login page', env: { PANEL_OAUTH_REDIRECT_URI: '/login' } },
  ])('behind dashgate with the settings of panel serve, the provider answering $where', ({ env }) => {
    it('knows its user, what is known of them, and their token', async () => {
      const secret = { PANEL_COOKIE_SECRET: COOKIE_SECRET };
      await using stage = await start({ ...secret, ...env }, secret);
      const page = await newPage();
      await page.goto(`${stage.origin}/panel_user`);
      await page.getByRole('link', { name: /^Sign in with / }).click();
      await page.getByLabel('Name').fill('mica');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${stage.origin}/panel_user`);
      expect(await who(page)).toEqual({
        user: 'mica@example.com',
        email: 'mica@example.com',
        token: expect.stringMatching(/^[\w-]{20,}$/),
      });
      await page.getByRole('button', { name: 'Count' }).click();
      await page.getByText('mica@example.com counted 1').waitFor();
      expect((await page.context().cookies(stage.origin)).map(({ name }) => name)).toEqual(['dashgate']);
      await page.goto(`${stage.origin}/logout`);
      await page.getByRole('button', { name: 'Sign out', exact: true }).click();
      // The provider asks whether it is to end its session too.
      await page.waitForURL((url) => url.pathname === '/session/end');
      await page.goto(`${stage.origin}/panel_user`);
      await page.getByRole('link', { name: /^Sign in with / }).waitFor();
      expect(stage.program.output()).not.toContain(COOKIE_SECRET);
    });
  });

  it('that guards itself with a provider and a key of its own lets in who comes by dashgate, and nobody else', async () => {
    const shared = { PANEL_COOKIE_SECRET: COOKIE_SECRET, PANEL_OAUTH_ENCRYPTION: KEY };
    const own = { PANEL_OAUTH_PROVIDER: 'generic', PANEL_OAUTH_KEY: 'x', PANEL_OAUTH_SECRET: 'y' };
    await using stage = await start(shared, { ...shared, ...own });
    const page = await newPage();
    await page.goto(`${stage.origin}/panel_user`);
    await page.getByRole('link', { name: /^Sign in with / }).click();
    await page.getByLabel('Name').fill('mica');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${stage.origin}/panel_user`);
    expect(await who(page)).toMatchObject({ user: 'mica@example.com', token: expect.stringMatching(/^[\w-]{20,}$/) });
  });

  it('where signing in is optional, shows a guest until somebody signs in', async () => {
    const secret = { PANEL_COOKIE_SECRET: COOKIE_SECRET };
    await using stage = await start({ ...secret, PANEL_OAUTH_OPTIONAL: 'true' }, secret);
    const page = await newPage();
    await page.goto(`${stage.origin}/panel_user`);
    expect(await who(page)).toMatchObject({ user: 'guest' });
    await page.goto(`${stage.origin}/login?next=/panel_user`);
    await page.getByRole('link', { name: /^Sign in with / }).click();
    await page.getByLabel('Name').fill('mica');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${stage.origin}/panel_user`);
    expect(await who(page)).toMatchObject({ user: 'mica@example.com' });
  });

  needs('nginx')('behind nginx', () => {
    it('knows its user too, whatever cookies the browser brings', async () => {
      const secret = { PANEL_COOKIE_SECRET: COOKIE_SECRET };
      await using app = await startDashboard('panel_user', secret);
      await using chain = await startChain({
        apps: `\n  - { name: report, at: /, upstream: "${app.origin}", login_path: /login }`,
        env: secret,
      });
      const origin = `http://${chain.host}`;
      const page = await newPage();
      await page.context().addCookies([
        { name: 'is_guest', value: '1', url: origin },
        { name: 'user', value: '2|1:0|10:1700000000|4:user|8:YWxpY2U=|forged', url: origin },
      ]);
      await page.goto(`${origin}/login?next=/panel_user`);
      await typeIn(page, 'mica', PASSWORDS.mica);
      await page.waitForURL(`${origin}/panel_user`);
      expect(await who(page)).toEqual({ user: 'mica', email: 'mica@example.com', token: null });
      await page.getByRole('button', { name: 'Count' }).click();
      await page.getByText('mica counted 1').waitFor();
    });
  });
});
