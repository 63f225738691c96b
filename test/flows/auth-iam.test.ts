import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collect, FOLDER, ofHr, type Section, usePages, useTabs } from '../support/auth-iam.ts';
import { browser } from '../support/browser.ts';
import { type Gate, startGate, type User } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { openAs, troubles, typeIn } from './page.ts';

const SEES: Record<User, readonly Section[]> = {
  mica: ['home', 'marketing', 'hr'],
  mike: ['home', 'marketing'],
  hanna: ['home', 'hr'],
  nora: ['home'],
};
const LABELS: Record<Section, string> = { home: 'Home', marketing: 'Marketing', hr: 'HR' };
const below = (prefix: string) => ({
  DASH_REQUESTS_PATHNAME_PREFIX: prefix,
  DASH_ROUTES_PATHNAME_PREFIX: prefix,
  LOGOUT_URL: '/_dashgate/logout',
  USER_HEADER: 'X-Dashgate-Name',
});

it('no word of dashgate stands in an example app', () => {
  const written = globSync(join(FOLDER, '../auth_*/**/*.py')).map((file) => readFileSync(file, 'utf8'));
  expect(written.length).toBeGreaterThan(5);
  expect(written.filter((text) => /dashgate/i.test(text))).toEqual([]);
});

needs('python', 'chromium')('the two apps of examples/auth_iam, which know nothing of sections', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;
  beforeAll(async () => {
    const [tabs, pages, opened] = await Promise.all([
      startGunicorn(FOLDER, below('/tabs/'), 'multi_tab:server'),
      startGunicorn(FOLDER, below('/pages/'), 'multi_page:server'),
      browser(),
    ]);
    for (const one of [tabs, pages]) closing.use(one);
    chrome = opened;
    closing.defer(() => chrome.close());
    const apps = [
      { name: 'tabs', kind: 'dash', at: '/tabs/', upstream: tabs.origin, sections: true },
      { name: 'pages', kind: 'dash', at: '/pages/', upstream: pages.origin, sections: true },
    ];
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', apps }));
  });
  afterAll(() => closing.disposeAsync());

  it.each([
    ...(['mica', 'mike', 'hanna', 'nora'] as const).map((user) => [user, 'tabs', useTabs, []] as const),
    ...(['mica', 'mike', 'hanna', 'nora'] as const).map((user) => [user, 'pages', usePages, ['Log out']] as const),
  ])(
    'for %s the %s work in every widget, and nothing of another section arrives',
    async (user, app, use, more) => {
      await using context = await chrome.newContext();
      const page = await context.newPage();
      const seen = troubles(page);
      const arrived = collect(page, gate.origin);
      await openAs(page, user, `${gate.origin}/${app}/`);
      expect(await use(page, SEES[user])).toEqual([...SEES[user].map((section) => LABELS[section]), ...more]);
      expect(await page.locator('#home-name').innerText()).toBe(user);
      expect(seen).toEqual([]);
      const found = await ofHr(await arrived());
      if (SEES[user].includes('hr')) expect(found).toContain('Ottoline Brandt');
      else expect(found).toEqual([]);
    },
    120_000,
  );

  it('who is unknown gets no further than the login page', async () => {
    await using context = await chrome.newContext();
    const page = await context.newPage();
    const arrived = collect(page, gate.origin);
    await page.goto(`${gate.origin}/tabs/`);
    await typeIn(page, 'mallory', '1234');
    await page.getByRole('alert').waitFor();
    expect(new URL(page.url()).pathname).toBe('/_dashgate/login');
    expect(await arrived()).not.toMatch(/_dash-config|Kestrel|home-/);
  });
});
