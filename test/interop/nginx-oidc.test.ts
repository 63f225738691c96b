import { once } from 'node:events';
import { expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { ACCOUNTS } from '../support/oidc-gate.ts';
import { SECRET, startOidcProvider } from '../support/start-oidc-provider.ts';
import { startChain } from './nginx-chain.ts';

needs('nginx', 'chromium')('a provider, behind nginx', () => {
  it('lets in who signs in there, by the check, and out who signs out there, with what was open', async () => {
    const started: { provider?: Awaited<ReturnType<typeof startOidcProvider>> } = {};
    await using chain = await startChain({
      async beside(origin) {
        const provider = await startOidcProvider({ origin, accounts: ACCOUNTS });
        started.provider = provider;
        const one = { id: 'corp', type: 'oidc', name: 'Acme', client_id: 'dashgate', client_secret: SECRET };
        const more = `providers: ${JSON.stringify([{ ...one, issuer: provider.issuer }])}`;
        return Object.assign(provider, { more });
      },
    });
    const { provider } = started;
    if (!provider) throw new Error('there is no provider');
    await using chrome = await browser();
    const context = await chrome.newContext();
    const page = await context.newPage();
    // Long, as it stands in a cookie on its way: what nginx takes of a head has to do.
    const path = `/kept/report?${'year=2026&'.repeat(170)}`;
    const wanted = `http://${chain.host}${path}`;
    await page.goto(wanted);
    await page.getByRole('link', { name: 'Sign in with Acme' }).click();
    await page.getByLabel('Name').fill('mica');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(wanted);
    const seen = chain.dashboard.seen.find(({ url }) => url === path);
    expect(seen?.headers.get('x-dashgate-user')).toBe('corp:mica');
    expect(seen?.headers.get('cookie') ?? '').not.toContain('dashgate');
    await page.goto(`http://${chain.host}/kept/hr`);
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();

    await page.goto(wanted);
    const closed = page.evaluate<number>(`new Promise((resolve) => {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/kept/ws');
      socket.onopen = () => document.body.setAttribute('data-open', 'yes');
      socket.onclose = ({ code }) => resolve(code);
    })`);
    await page.locator('body[data-open]').waitFor();
    const told = once(provider.provider, 'backchannel.success').then(() => performance.now());
    const elsewhere = await context.newPage();
    await elsewhere.goto(`${provider.issuer}/session/end?client_id=dashgate`);
    await elsewhere.getByRole('button', { name: 'Yes, sign me out' }).click();
    const toldMs = await told;
    expect(await closed).toBe(4401);
    expect(performance.now() - toldMs).toBeLessThan(1000);
    await page.goto(wanted);
    await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
  });
});
