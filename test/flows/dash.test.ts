import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { curl } from '../support/curl.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { openAs, troubles } from './page.ts';

const examples = join(import.meta.dirname, '../../examples');
const below = (prefix: string) => ({ DASH_REQUESTS_PATHNAME_PREFIX: prefix, DASH_ROUTES_PATHNAME_PREFIX: prefix });

/** The browser asks dashgate, dashgate asks gunicorn, and in gunicorn runs the Dash app as it is. */
needs(
  'python',
  'chromium',
  'curl',
)('a real Dash dashboard behind dashgate', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const [only, iam, opened] = await Promise.all([
      startGunicorn(join(examples, 'auth_only'), below('/only/')),
      startGunicorn(
        join(examples, 'auth_iam'),
        { LOGOUT_URL: '/_dashgate/logout', USER_HEADER: 'X-Dashgate-Name' },
        'multi_page:server',
      ),
      browser(),
    ]);
    for (const one of [only, iam]) closing.use(one);
    chrome = opened;
    closing.defer(() => chrome.close());
    const resources = ['marketing', 'hr'].map((name) => ({ resource: name, paths: [`/${name}`, `/${name}/**`] }));
    const apps = [
      { name: 'only', kind: 'dash', at: '/only/', upstream: only.origin },
      { name: 'iam', kind: 'dash', at: '/', upstream: iam.origin, resources },
    ];
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', apps }));
  });
  afterAll(() => closing.disposeAsync());
  beforeEach(async () => {
    await context?.close();
    context = await chrome.newContext();
    page = await context.newPage();
  });
  const at = (path: string): string => gate.origin + path;

  it('sends who is not signed in to the login page, and back to the page that was wanted, with its query', async () => {
    await page.goto(at('/marketing?campaign=spring&x=a%20b'));
    expect(page.url()).toContain('/_dashgate/login?return_to=');
    expect(await page.title()).toContain('Sign in');
    await openAs(page, 'mica', at('/marketing?campaign=spring&x=a%20b'));
    await page.locator('#marketing-total').getByText(/\d/).waitFor();
  });

  it('works as it does without a login in front: callbacks, charts, buttons, and not an error in the console', async () => {
    const seen = troubles(page);
    await openAs(page, 'mica', at('/only/'));
    await page.locator('#plot .main-svg').first().waitFor();
    await page.locator('#total').getByText(/\d/).waitFor();
    await page.getByRole('button', { name: 'Roll the dice' }).click();
    await page.getByText(/Throw 1: [1-6]/).waitFor();
    await page.getByRole('button', { name: 'Roll the dice' }).click();
    await page.getByText(/Throw 2: [1-6]/).waitFor();
    expect(seen).toEqual([]);
  });

  it('shows mica everything, and greets her by name', async () => {
    await openAs(page, 'mica', at('/'));
    expect(await page.locator('#home-name').textContent()).toBe('mica');
    await page.getByRole('link', { name: 'HR' }).click();
    await page.getByText('146 people').waitFor();
    await page.getByRole('link', { name: 'Marketing' }).click();
    await page.locator('#marketing-plot .main-svg').first().waitFor();
  });

  it('refuses mike HR and says what is missing, with links to what he may see; marketing is his', async () => {
    await openAs(page, 'mike', at('/'));
    const refused = await page.goto(at('/hr'));
    expect(refused?.status()).toBe(403);
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    expect(await page.locator('main').innerText()).toMatch(/needs the resource hr, which has not been granted to mike/);
    expect(await page.getByRole('link', { name: /hr/i }).count()).toBe(0);
    await page.getByRole('link', { name: 'iam · marketing' }).click();
    await page.waitForURL(at('/marketing'));
    await page.locator('#marketing-plot .main-svg').first().waitFor();
  });

  it('answers a callback without a session by 401 in JSON, not by a redirect', async () => {
    const body = JSON.stringify({ output: 'rolled.children', inputs: [], changedPropIds: ['roll.n_clicks'] });
    const json = ['-H', 'Content-Type: application/json', '-d', body];
    const answer = await curl(...json, '-H', 'Sec-Fetch-Mode: cors', at('/only/_dash-update-component'));
    expect(answer.status).toBe(401);
    expect(answer.headers.get('location')).toBeNull();
    expect(JSON.parse(answer.body)).toMatchObject({ error: expect.any(String), reason: 'no-credentials' });
    expect(answer.headers.get('x-dashgate-login')).toContain('/_dashgate/login');
  });

  it('tells an open page that its session has ended, by the 401 of its next callback', async () => {
    await openAs(page, 'mica', at('/only/'));
    await page.locator('#total').getByText(/\d/).waitFor();
    await context.clearCookies();
    const answer = page.waitForResponse(/_dash-update-component/);
    await page.getByRole('button', { name: 'Roll the dice' }).click();
    expect((await answer).status()).toBe(401);
  });

  it('logs out for good: a copy of the cookie is worth nothing afterwards, also after a restart', async () => {
    await openAs(page, 'mica', at('/'));
    const cookies = await context.cookies();
    const copy = cookies.filter(({ name }) => name === 'dashgate').map(({ name, value }) => `${name}=${value}`);
    expect(copy).toHaveLength(1);
    expect((await curl('-b', copy.join(), at('/'))).status).toBe(200);
    await page.getByRole('link', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You have signed out' }).waitFor();
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('dashgate');
    const replayed = await curl('-b', copy.join(), at('/'));
    expect([replayed.status, JSON.parse(replayed.body).reason]).toEqual([401, 'session-revoked']);
    await page.goto(at('/'));
    expect(page.url()).toContain('/_dashgate/login');
    await gate.restart();
    expect((await curl('-b', copy.join(), at('/'))).status).toBe(401);
  });
});
