import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { endSession, noticeOf, showRoots, signInAgain } from './notice.ts';
import { openAs } from './page.ts';

const apps = join(import.meta.dirname, '../support/dashboards');

/** A dashboard with state in its page, in the words of a person who uses it. */
interface Dashboard {
  /** Makes some, and waits until the dashboard has said so. */
  fill(page: Page): Promise<void>;
  /** Uses it once the session has ended. */
  use(page: Page): Promise<void>;
  /** Uses it again, and sees that it goes on from there. */
  goOn(page: Page): Promise<void>;
}

async function keepsItsState(chrome: Browser, { origin }: Gate, { fill, use, goOn }: Dashboard): Promise<void> {
  await using context: BrowserContext = await chrome.newContext();
  await showRoots(context);
  const page = await context.newPage();
  await openAs(page, 'mica', `${origin}/`);
  let loads = 0;
  page.on('load', () => loads++);
  await fill(page);
  await endSession(context, origin);
  await use(page);
  await noticeOf(page).getByText('Sign in again to go on from here.').waitFor();
  await signInAgain(page, 'mica');
  await noticeOf(page).waitFor({ state: 'detached' });
  await goOn(page);
  expect(loads).toBe(0);
}

needs('python', 'chromium')('a page that stays open', () => {
  const closing = new AsyncDisposableStack();
  let chrome: Browser;
  beforeAll(async () => {
    chrome = await browser();
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  it('of Dash goes on where it was', async () => {
    await using dash = await startGunicorn(apps, {}, 'dash_app:server');
    await using gate = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      apps: [{ name: 'dash', kind: 'dash', at: '/', upstream: dash.origin, session_notice: 'on' }],
    });
    const count = (page: Page): Promise<void> => page.getByRole('button', { name: 'Count' }).click();
    await keepsItsState(chrome, gate, {
      async fill(page) {
        await page.locator('#typed').fill('hello');
        await count(page);
        await page.locator('#said').getByText('1: hello at 3').waitFor();
      },
      use: count,
      async goOn(page) {
        await count(page);
        await page.locator('#said').getByText('2: hello at 3').waitFor();
      },
    });
  });
});
