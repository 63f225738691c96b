import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { foreignTo, leaks, onFastApi, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import type { User } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { openAs, troubles } from './page.ts';

const SEES: Record<User, string[]> = {
  mica: ['home', 'marketing', 'hr'],
  mike: ['home', 'marketing'],
  hanna: ['home', 'hr'],
  nora: ['home'],
};
const FIRST_TAB: Record<User, string> = { mica: 'hr', mike: 'marketing', hanna: 'hr', nora: 'home' };
const USERS = ['mica', 'mike', 'hanna', 'nora'] as const;

needs(
  'python',
  'dash4',
  'chromium',
)('the page of a Dash app with sections, in a browser', () => {
  const closing = new AsyncDisposableStack();
  let flask: Stage;
  let fastapi: Stage;
  let pages: Stage;
  let chrome: Browser;
  beforeAll(async () => {
    [flask, fastapi, pages, chrome] = await Promise.all([
      stageSections(),
      stageSections('app:server', true, onFastApi()),
      stageSections('pages_app:server'),
      browser(),
    ]);
    for (const stage of [flask, fastapi, pages]) closing.use(stage);
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  it.each([
    ...USERS.map((user) => [user, 'by POST'] as const),
    ['mica', 'over a websocket'] as const,
    ['mike', 'over a websocket'] as const,
  ])(
    'works for %s %s, in every widget that there is, without a word in the console',
    async (user, way) => {
      const stage = way === 'by POST' ? flask : fastapi;
      await using context = await chrome.newContext();
      const page = await context.newPage();
      const seen = troubles(page);
      const arrived: string[] = [];
      const posted: string[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().includes('_dash-update-component'))
          posted.push(String(JSON.parse(request.postData() ?? '{}').output));
      });
      page.on('response', (response) => {
        if (!response.url().startsWith(stage.gate.origin)) return;
        response.text().then(
          (text) => arrived.push(text),
          () => {},
        );
      });
      await openAs(page, user, `${stage.gate.origin}/`);
      await page.locator('#tab-content').getByText(`tab of ${FIRST_TAB[user]}`).waitFor();
      await expect.poll(() => page.locator('#tabs .tab').count()).toBe(SEES[user].length);
      for (const name of ['marketing', 'hr']) {
        expect(await page.locator(`#${name}-section`).count()).toBe(SEES[user].includes(name) ? 1 : 0);
      }
      for (const name of SEES[user]) {
        const own = (id: string) => page.locator(`#${name}-${id}`);
        await own('plot').locator('.main-svg').first().waitFor();
        await own('total').getByText(`all CANARY-${name}`).waitFor();
        await own('roll').click();
        await own('note').getByText('rolled 1:').waitFor();
        await own('append').click();
        await own('list').getByText('more 1').waitFor();
        await own('note').getByText('appended 1:').waitFor();
        await own('side').click();
        await own('card').getByText('side 1:').waitFor();
        await page.locator('#any-result').getByText(`side 1: CANARY-${name}`).waitFor();
        await own('client').click();
        await own('clientside').getByText('clicked 1').waitFor();
        const section = own('section');
        await section.getByRole('button', { name: 'Match' }).click();
        await section.getByText('match 1:').waitFor();
        await section.getByRole('button', { name: 'Wild' }).click();
        await section.getByText(`card 1 of ${name}`).waitFor();
        await page.locator('#picked').getByText(`picked ${name}`).waitFor();
        await own('run').click();
        await own('progress')
          .getByText(/step \d/)
          .waitFor();
        await own('result').getByText('ran 1:').waitFor();
        await own('progress').getByText('idle').waitFor();
        // Dash 4.4 itself fails to cancel what was asked for over a websocket, with or without anything in front of it.
        if (way === 'over a websocket') continue;
        await own('run').click();
        await own('progress')
          .getByText(/step \d/)
          .waitFor();
        await own('cancel').click();
        await own('progress').getByText('idle').waitFor();
      }
      await page.locator('#any').click();
      await page.locator('#list').getByText('kept').waitFor();
      await page.locator('#by-id').getByText('home').first().waitFor();
      await page.locator('#search').fill('home');
      await page.locator('#found').getByText('found home').waitFor();
      if (way === 'over a websocket') {
        await page.locator('#ask').click();
        await page.locator('#asked').getByText('asked home').waitFor();
        expect(posted.filter((output) => !/-(?:result\.children|cancel\.id)$/.test(output))).toEqual([]);
      } else expect(posted).toContain('found.children');
      const last = page.locator('#tabs .tab').last();
      await last.click();
      await page.locator('#tab-content').getByText('tab of home').waitFor();
      expect(seen).toEqual([]);
      expect(leaks({ bytes: arrived.join('\n'), status: 0, headers: {}, body: '' }, foreignTo(user))).toEqual([]);
    },
    90_000,
  );

  it.each(USERS)('takes %s to the pages that are theirs, and to no other', async (user) => {
    await using context = await chrome.newContext();
    const page = await context.newPage();
    const seen = troubles(page);
    await openAs(page, user, `${pages.gate.origin}/`);
    await page.locator('#home-page').waitFor();
    await page.locator('#who').getByText(`${user} at /`).waitFor();
    for (const name of ['marketing', 'hr']) {
      const isSeen = SEES[user].includes(name);
      expect(await page.locator(`#link-${name}`).count()).toBe(isSeen ? 1 : 0);
      if (!isSeen) continue;
      await page.locator(`#link-${name}`).click();
      await page.locator(`#${name}-text`).fill('hello');
      await page.locator(`#${name}-echo`).getByText('hello CANARY').waitFor();
    }
    expect(seen).toEqual([]);
    if (user === 'mica') return;
    const refused = await page.goto(`${pages.gate.origin}/${foreignTo(user)[0]}`);
    expect(refused?.status()).toBe(403);
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
  });
});
