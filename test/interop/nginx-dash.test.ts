import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { type Chain, startChain } from './nginx-chain.ts';

const example = join(import.meta.dirname, '../../examples/auth_iam');
const MICA = ['-u', 'mica:correct horse'];
const MIKE = ['-u', 'mike:battery staple'];
const NAVIGATION = ['-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document'];

/** Chromium and curl ask the real nginx, which asks dashgate and then gunicorn with the Dash app as it is. */
needs(
  'nginx',
  'python',
  'chromium',
  'curl',
)('nginx, dashgate and a real Dash dashboard', () => {
  const closing = new AsyncDisposableStack();
  let chain: Chain;
  let chrome: Browser;
  let page: Page;

  beforeAll(async () => {
    const below = {
      DASH_REQUESTS_PATHNAME_PREFIX: '/iam/',
      DASH_ROUTES_PATHNAME_PREFIX: '/iam/',
      LOGOUT_URL: '/_dashgate/logout',
    };
    const dash = closing.use(await startGunicorn(example, below, 'multi_page:server'));
    chain = closing.use(
      await startChain({
        apps: `
  - { name: iam, kind: dash, at: /iam/, upstream: "${dash.origin}", open: ["/"], resources: [{ resource: hr, paths: [/hr, "/hr/**"] }, { resource: marketing, paths: [/marketing, "/marketing/**"] }] }`,
      }),
    );
    chrome = await browser();
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());
  beforeEach(async () => {
    await page?.context().close();
    page = await (await chrome.newContext()).newPage();
  });
  const at = (path: string): string => `http://localhost:${chain.port}${path}`;

  async function signIn(user: string, password: string): Promise<void> {
    await page.getByLabel('User name').fill(user);
    await page.getByLabel('Password').fill(password);
    await page.getByLabel('Password').press('Enter');
  }

  it('mica sees everything; mike gets 403 on /hr and not on /marketing', async () => {
    for (const path of ['/iam/', '/iam/marketing', '/iam/hr']) {
      expect((await curl(...MICA, at(path))).status, path).toBe(200);
    }
    expect((await curl(...MIKE, at('/iam/marketing'))).status).toBe(200);
    const refused = await curl(...MIKE, ...NAVIGATION, at('/iam/hr'));
    expect(refused.status).toBe(403);
    expect(refused.body).toContain('hr');
    expect(refused.body).toContain('/iam/marketing');
  });

  it('Chromium lands on the login page, comes back to the page it wanted, sees its charts and logs out', async () => {
    await page.goto(at('/iam/marketing?campaign=spring'));
    expect(page.url()).toContain('/_dashgate/login?return_to=');
    await signIn('mike', 'battery staple');
    await page.waitForURL(at('/iam/marketing?campaign=spring'));
    await page.locator('#marketing-plot .main-svg').first().waitFor();
    const [cookie] = (await page.context().cookies()).filter(({ name }) => name === 'dashgate');
    await page.getByRole('link', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You have signed out' }).waitFor();
    const replayed = await curl('-H', `Cookie: dashgate=${cookie?.value}`, at('/iam/'));
    expect(replayed.status).toBe(401);
  });

  it('a callback without a session gets 401 in JSON, not a redirect', async () => {
    const answer = await curl('-H', 'Content-Type: application/json', '-d', '{}', at('/iam/_dash-update-component'));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('location')).toBeNull();
    expect(JSON.parse(answer.body)).toHaveProperty('error');
  });

  it('a cookie with one bit changed is refused', async () => {
    const set = (await curl(...MICA, at('/iam/'))).headers.getSetCookie().join();
    const [cookie = ''] = /dashgate=[^;]+/.exec(set) ?? [];
    expect((await curl('-H', `Cookie: ${cookie}`, at('/iam/hr'))).status).toBe(200);
    const place = cookie.length - 40;
    const other = cookie[place] === 'A' ? 'B' : 'A';
    const changed = cookie.slice(0, place) + other + cookie.slice(place + 1);
    expect((await curl('-H', `Cookie: ${changed}`, at('/iam/hr'))).status).toBe(401);
  });

  it('nginx answered 500 to nothing, and complained of nothing', async () => {
    expect(await chain.accessLog()).not.toMatch(/ 500 \d+ [\d.]+$/m);
    expect(await chain.nginx.errorLog()).not.toMatch(/\[(?:error|crit|alert|emerg)\]/);
  });
});
