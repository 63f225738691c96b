import { expect, it } from 'vitest';
import { ACCOUNTS } from '../support/oidc-gate.ts';
import { SECRET, startOidcProvider } from '../support/start-oidc-provider.ts';
import { says } from './in-chromium.ts';
import { saysWho } from './says-who.ts';

saysWho(
  {
    name: 'panel',
    needs: 'dashboards',
    ready: /Bokeh app running at/,
    path: '/app',
    forged: {
      headers: { 'X-Forwarded-User': 'ceo' },
      cookies: { is_guest: '1', user: '2|1:0|10:1700000000|4:user|4:Y2Vv|0' },
    },
    believed: 'guest',
  },
  (stage) => {
    it('knows what the users file says of mica, and has no token of hers', async () => {
      const page = await stage().open('mica', '/app');
      await says(page, 'Hello mica');
      await page.getByText('"mica@example.com"').waitFor();
      await page.getByText('access_token: None', { exact: true }).waitFor();
    });

    it('has the token of who signed in by a provider, with the variables of panel serve', async () => {
      const { example, browse } = stage();
      await using provider = await startOidcProvider({
        ...{ origin: example.origin, accounts: ACCOUNTS, redirectUris: [example.origin] },
      });
      await example.again(['--directories []', `--grants.users '{"generic:mica": [marketing]}'`], {
        PANEL_OAUTH_PROVIDER: 'generic',
        PANEL_OAUTH_KEY: 'dashgate',
        PANEL_OAUTH_SECRET: SECRET,
        PANEL_OAUTH_AUTHORIZE_URL: `${provider.issuer}/auth`,
        PANEL_OAUTH_TOKEN_URL: `${provider.issuer}/token`,
        PANEL_OAUTH_USER_URL: `${provider.issuer}/me`,
      });
      const page = await browse();
      await page.goto(`${example.origin}/app`);
      await page.getByRole('link', { name: /^Sign in with / }).click();
      await page.getByLabel('Name').fill('mica');
      await page.getByRole('button', { name: 'Continue' }).click();
      await says(page, 'Hello mica@example.com');
      const [, token = ''] =
        /access_token: (\S+)/.exec((await page.getByText(/^access_token: /).textContent()) ?? '') ?? [];
      const me = await fetch(`${provider.issuer}/me`, { headers: { Authorization: `Bearer ${token}` } });
      expect(await me.json()).toMatchObject({ sub: 'mica' });
    });
  },
);
