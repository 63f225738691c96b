import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { PASSWORDS, type User } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { openAs, typeIn } from './page.ts';

needs('python', 'chromium')('what the pages of an app with sections store in a browser', () => {
  const closing = new AsyncDisposableStack();
  let stage: Stage;
  let chrome: Browser;
  beforeAll(async () => {
    [stage, chrome] = await Promise.all([stageSections(), browser()]);
    closing.use(stage);
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  /** What Dash keeps: a typed value for long, a store for the tab. */
  const kept = (page: Page) =>
    page.evaluate(() => [
      Object.entries(localStorage).filter(([, value]) => String(value).includes('home-of-mike')).length,
      sessionStorage.getItem('left'),
    ]);

  /** mike types and clicks something that Dash stores. */
  async function leave(page: Page): Promise<void> {
    await openAs(page, 'mike', `${stage.gate.origin}/`);
    await page.locator('#search').fill('home-of-mike');
    await page.locator('#found').getByText('found home').waitFor();
    await page.locator('#leave').click();
    await expect.poll(() => kept(page)).toEqual([1, '"left-by-somebody"']);
  }
  const signIn = async (page: Page, user: User): Promise<void> => {
    await page.goto(`${stage.gate.origin}/`);
    await typeIn(page, user, PASSWORDS[user]);
    await page.waitForURL(`${stage.gate.origin}/`);
    await page.locator('#search').waitFor();
  };

  it('is gone when they have signed out', async () => {
    await using context = await chrome.newContext();
    const page = await context.newPage();
    await leave(page);
    await page.goto(`${stage.gate.origin}/_dashgate/logout`);
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByRole('heading', { name: 'signed out' }).waitFor();
    await signIn(page, 'nora');
    expect(await page.locator('#search').inputValue()).toBe('');
    expect((await kept(page))[0]).toBe(0);
    expect((await kept(page))[1]).not.toContain('somebody');
  });

  it('stays for the same user when a session is over, and is gone for another', async () => {
    await using context = await chrome.newContext();
    const page = await context.newPage();
    await leave(page);
    stage.gate.advance(24 * 3600 * 1000);
    await signIn(page, 'mike');
    await expect.poll(() => page.locator('#search').inputValue()).toBe('home-of-mike');
    stage.gate.advance(24 * 3600 * 1000);
    await signIn(page, 'nora');
    expect(await page.locator('#search').inputValue()).toBe('');
    expect((await kept(page))[0]).toBe(0);
    expect((await kept(page))[1]).not.toContain('somebody');
  });

  it('is not asked of browsers where no app has sections', async () => {
    const { headers } = await stage.gate.ask('/_dashgate/logout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(headers.get('clear-site-data')).toBe('"storage"');
    await stage.gate.reconfigure({ apps: [{ name: 'sales', at: '/', upstream: stage.app.origin }] });
    const other = await stage.gate.ask('/_dashgate/logout', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
    expect(other.headers.get('clear-site-data')).toBeNull();
  });
});
