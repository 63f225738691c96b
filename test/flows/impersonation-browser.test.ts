import { expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { PASSWORDS, startGate, userLine } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { typeIn } from './page.ts';

/** A page that throws away what it does not know, with a policy of its own. */
const PAGE = `<!doctype html><html><head><title>Sales</title></head><body><h1>Sales</h1>
<script src="/app.js"></script></body></html>`;

needs('chromium')('the banner of who acts as another user', () => {
  it('is on each page, whatever the page does, leads to the end of it, and is gone then', async () => {
    const inGroup = async (user: 'mica' | 'mike', group: string): Promise<string> =>
      (await userLine(user, PASSWORDS[user], ['_all_'])).replace(/ }\n$/, `, groups: [${group}] }\n`);
    await using gate = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM' }],
      users: `users:\n${await inGroup('mica', 'support')}${await inGroup('mike', 'sales')}`,
      impersonation: { groups: ['support'] },
      answer(incoming, response) {
        const isScript = incoming.url === '/app.js';
        response.writeHead(200, {
          'Content-Type': isScript ? 'text/javascript' : 'text/html',
          'Content-Security-Policy': "default-src 'none'; script-src 'sha256-x' 'self'; style-src 'self'",
          'Cache-Control': 'max-age=600',
        });
        response.end(isScript ? "document.querySelectorAll('dashgate-acting').forEach((each) => each.remove())" : PAGE);
      },
    });
    await using chrome = await browser();
    const context = await chrome.newContext();
    await context.addInitScript(`
      const { attachShadow } = Element.prototype;
      Element.prototype.attachShadow = function (how) { return attachShadow.call(this, { ...how, mode: 'open' }); };
    `);
    const page = await context.newPage();
    const banner = page.locator('dashgate-acting');
    await page.goto(`${gate.origin}/_dashgate/login`);
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.goto(`${gate.origin}/before`);
    await page.getByRole('heading', { name: 'Sales' }).waitFor();
    expect(await banner.count()).toBe(0);

    await page.goto(`${gate.origin}/_dashgate/login`);
    await page.getByRole('link', { name: 'Act as another user' }).click();
    await page.getByLabel('User name').fill('nobody');
    await page.getByRole('button', { name: 'Act as this user' }).click();
    await page.getByRole('alert').getByText('No directory here has a user of this name.').waitFor();
    await page.getByLabel('User name').fill('mike');
    await page.getByRole('button', { name: 'Act as this user' }).click();
    await page.getByText('mica, you act as mike').waitFor();

    await page.goto(`${gate.origin}/report?year=2026`);
    await banner.getByText('mica, you act as mike until').waitFor();
    // Where a frame's session beside it is what may be told, or nothing can be, the page is the other user's all the same.
    const who = { user: 'alice', embed: { client: 'portal', scopes: [] }, expires_at: 4_000_000_000, now: 1 };
    for (const json of [who, null]) {
      await page.route('**/_dashgate/session', (route) => (json ? route.fulfill({ json }) : route.abort()));
      await page.goto(`${gate.origin}/report?year=2026`);
      await banner.getByText('You act as another user.').waitFor();
      await page.unroute('**/_dashgate/session');
    }
    await page.goto(`${gate.origin}/report?year=2026`);
    await banner.getByText('mica, you act as mike until').waitFor();
    expect(gate.upstream.last().headers['x-dashgate-user']).toBe('mike');
    await page.evaluate(`document.querySelector('dashgate-acting').remove()`);
    await banner.getByRole('link', { name: 'Stop acting as mike' }).click();
    await page.getByRole('button', { name: 'Stop, and be mica again' }).click();
    await page.waitForURL(`${gate.origin}/report?year=2026`);
    await page.getByRole('heading', { name: 'Sales' }).waitFor();
    expect(await banner.count()).toBe(0);
    expect(gate.upstream.last().headers['x-dashgate-user']).toBe('mica');
  });
});
