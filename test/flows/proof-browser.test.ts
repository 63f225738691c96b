import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { openAs } from './page.ts';

const answer = ({ url }: IncomingMessage, response: ServerResponse): void => {
  response
    .setHeader('Content-Type', 'text/html')
    .end(`<!doctype html><link rel="icon" href="data:,"><h1>${url}</h1><a href="/hr/pay?year=1">Pay</a>`);
};

needs('chromium')('a page that asks for a new proof, in a real browser', () => {
  it('asks for the password once, of who is signed in, and then shows the page that was wanted', async () => {
    await using gate = await startGate({
      ...{ publicUrl: 'http://127.0.0.1:$PORT', answer, session: { lifetime: '8h', idle_timeout: 'none' } },
      apps: [
        {
          ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'] },
          resources: [{ resource: 'hr', paths: ['/hr/**'], require: { max_age: '15m' } }],
        },
      ],
    });
    await using chrome = await browser();
    const page = await chrome.newPage();
    await openAs(page, 'hanna', `${gate.origin}/`);
    gate.advance(20 * 60_000);
    await page.reload();
    expect(await page.getByRole('heading').textContent()).toBe('/');

    await page.getByRole('link', { name: 'Pay' }).click();
    await page.getByRole('status').getByText('prove once more who you are').waitFor();
    expect(await page.getByLabel('User name').inputValue()).toBe('hanna');
    // Looking at the form again, or giving up, ends nothing.
    await page.reload();
    await page.goto(`${gate.origin}/`);
    expect(await page.getByRole('heading').textContent()).toBe('/');

    await page.getByRole('link', { name: 'Pay' }).click();
    await page.getByLabel('Password').fill(PASSWORDS.hanna);
    await page.getByLabel('Password').press('Enter');
    await page.waitForURL(`${gate.origin}/hr/pay?year=1`);
    expect(await page.getByRole('heading').textContent()).toBe('/hr/pay?year=1');
  });
});
