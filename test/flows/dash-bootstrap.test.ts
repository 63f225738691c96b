import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { callback, post, slot } from '../support/dash-sections/send.ts';
import { foreignTo, leaks, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { openAs, troubles } from './page.ts';

needs('dash4', 'chromium')('the tabs of dash-bootstrap-components', () => {
  const closing = new AsyncDisposableStack();
  let stage: Stage;
  let chrome: Browser;
  beforeAll(async () => {
    [stage, chrome] = await Promise.all([
      stageSections('bootstrap_app:server', true, { python: program('dash4') }),
      browser(),
    ]);
    closing.use(stage);
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  it.each([
    ['mike', ['Marketing', 'Home'], 'marketing'],
    ['nora', ['Home'], 'home'],
  ] as const)('show %s the tabs %j, the first of them selected, and it works', async (user, tabs, first) => {
    await using context = await chrome.newContext();
    const page = await context.newPage();
    const seen = troubles(page);
    const arrived: string[] = [];
    page.on('response', (response) => {
      response.text().then(
        (text) => arrived.push(text),
        () => {},
      );
    });
    await openAs(page, user, `${stage.gate.origin}/`);
    await page
      .locator('#named-now')
      .getByText(`named ${first === 'home' ? 'start' : first}`)
      .waitFor();
    await page.locator('#places-now').getByText(`place of ${first}`).waitFor();
    for (const id of ['named', 'places']) {
      expect(await page.locator(`#${id} .nav-link`).allTextContents()).toEqual(tabs);
    }
    // Without a name that was selected none is marked, for whoever sees everything too.
    expect(await page.locator('#named .nav-link.active').allTextContents()).toEqual(tabs.slice(0, 1));
    await page.locator('#places .nav-link', { hasText: 'Home' }).click();
    await page.locator('#places-now').getByText('place of home').waitFor();
    expect(await page.locator('#accordion .accordion-item').count()).toBe(user === 'mike' ? 1 : 0);
    expect(await page.getByRole('link', { name: 'HR' }).count()).toBe(0);
    expect(seen).toEqual([]);
    expect(leaks({ bytes: arrived.join('\n'), status: 0, headers: {}, body: '' }, foreignTo(user))).toEqual([]);
  });

  it.each([
    ['by its name', callback('named-now.children', [slot('named', 'active_tab', 'hr-tab')])],
    ['by its place', callback('places-now.children', [slot('places', 'active_tab', 'tab-0')])],
    ['by none', callback('places-now.children', [slot('places', 'active_tab', null)])],
  ])('a tab of hr that mike asks for %s', async (how, body) => {
    expect(leaks(await stage.bare(post(body)), ['hr'])).toEqual(['hr']);
    const got = await stage.guarded('mike', post(body));
    // What a place or nothing leads to is known to the app alone: the answer shows it.
    expect([got.status, leaks(got, ['hr'])]).toEqual([how === 'by its name' ? 403 : 200, []]);
  });
});
