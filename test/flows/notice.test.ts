import type { RequestListener } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { endSession, noticeOf, showRoots, signInAgain } from './notice.ts';
import { openAs, troubles, typeIn } from './page.ts';

const MINUTE = 60_000;
/** A page with a field; `own-401` is the dashboard's own word, and `callback` what its buttons ask for. */
const dashboard: RequestListener = ({ url }, response) => {
  if (url === '/own-401') response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":"mine"}');
  else if (url === '/callback') response.end('called');
  else
    response
      .setHeader('Content-Type', 'text/html')
      .end('<!doctype html><html><head><title>Sales</title></head><body><label>Typed <input></label></body></html>');
};

needs('chromium')('a page of a session that ends', () => {
  let gate: Gate;
  let chrome: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    chrome = await browser();
    gate = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      answer: dashboard,
      apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', session_notice: 'on', public: ['/public'] }],
    });
  });
  afterAll(async () => {
    await chrome.close();
    await gate[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    context = await chrome.newContext();
    await showRoots(context);
    page = await context.newPage();
  });
  afterEach(() => context.close());

  /** Opens the page and waits until it knows whose it is. */
  async function open(path = '/', user: 'mica' | 'mike' = 'mica'): Promise<void> {
    const known = page.waitForResponse((answer) => answer.url().endsWith('/_dashgate/session') && answer.ok());
    await openAs(page, user, gate.origin + path);
    await known;
    await page.getByLabel('Typed').fill('hello');
  }
  const asks = (path: string): Promise<number> => page.evaluate(async (address) => (await fetch(address)).status, path);
  const asksByXhr = (path: string): Promise<number> =>
    page.evaluate(`new Promise((resolve) => {
      const asked = new XMLHttpRequest();
      asked.onloadend = () => resolve(asked.status);
      asked.open('GET', '${path}');
      asked.send();
    })`);
  /** As when somebody comes back to the window. */
  const lookAgain = (which: Page): Promise<boolean> => which.evaluate(`dispatchEvent(new Event('focus'))`);
  const notice = () => noticeOf(page);
  const sessionOf = async () => (await context.request.get(`${gate.origin}/_dashgate/session`)).json();

  it('says so at the first 401 of a fetch, to whoever cannot see it too, and goes on after signing in again', async () => {
    await open();
    await endSession(context, gate.origin);
    expect(await asks('/callback')).toBe(401);
    await notice().getByRole('heading', { name: 'Your session has ended' }).waitFor();
    expect(await page.getByRole('alertdialog', { name: 'Your session has ended' }).count()).toBe(1);
    // The page behind it is out of reach, and the keyboard is where it is needed.
    const focused = "document.querySelector('input').focus(); document.activeElement.localName";
    expect(await page.evaluate(focused)).toBe('dashgate-notice');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await notice().and(page.locator('.small')).waitFor();
    expect(await page.evaluate(focused)).toBe('input');
    await signInAgain(page, 'mica');
    await notice().waitFor({ state: 'detached' });
    expect(await page.getByLabel('Typed').inputValue()).toBe('hello');
    expect([await asks('/callback'), await asksByXhr('/callback')]).toEqual([200, 200]);
  });

  it('says so at the first 401 of an XMLHttpRequest', async () => {
    await open();
    await endSession(context, gate.origin);
    expect(await asksByXhr('/callback')).toBe(401);
    await notice().getByText('Your session has ended').waitFor();
  });

  it('says so when somebody comes back to it, and by then in every other window', async () => {
    await open();
    const other = await context.newPage();
    const known = other.waitForResponse(/_dashgate\/session/);
    await other.goto(`${gate.origin}/other`);
    await known;
    await endSession(context, gate.origin);
    await lookAgain(page);
    await noticeOf(page).waitFor();
    await noticeOf(other).waitFor();
    await signInAgain(page, 'mica');
    for (const each of [page, other]) await noticeOf(each).waitFor({ state: 'detached' });
  });

  it('says so when somebody signs out in another window, without being looked at', async () => {
    await open();
    const other = await context.newPage();
    const seen = troubles(other);
    await other.goto(`${gate.origin}/_dashgate/logout`);
    await other.getByRole('button', { name: 'Sign out' }).click();
    await other.getByRole('heading', { name: 'You have signed out' }).waitFor();
    // Well before the page would ask by itself, once in a minute.
    await notice()
      .getByText('Your session has ended')
      .waitFor({ timeout: MINUTE / 3 });
    expect(seen).toEqual([]);
  });

  it('sends nothing while it is over, not even by a new cookie', async () => {
    await open();
    await endSession(context, gate.origin);
    await lookAgain(page);
    await notice().waitFor();
    const { length } = gate.upstream.seen;
    await context.request.post(`${gate.origin}/_dashgate/login`, { data: { user: 'mike', password: PASSWORDS.mike } });
    expect([await asks('/callback'), await asksByXhr('/callback')]).toEqual([401, 404]);
    expect(gate.upstream.seen).toHaveLength(length);
  });

  it('does not go on as another user: it says so, and is loaded anew', async () => {
    await open();
    await endSession(context, gate.origin);
    await lookAgain(page);
    const loaded = page.waitForEvent('load');
    await signInAgain(page, 'mike');
    await notice().getByText('Somebody else has signed in').waitFor();
    expect(await notice().innerText()).not.toMatch(/mica|mike/);
    await loaded;
    expect(await page.getByLabel('Typed').inputValue()).toBe('');
    expect(await notice().count()).toBe(0);
  });

  it('can be put aside, and comes back', async () => {
    await open();
    await endSession(context, gate.origin);
    await lookAgain(page);
    await notice().getByRole('button', { name: 'Not now' }).click();
    await page.getByLabel('Typed').click();
    await notice().getByRole('link', { name: 'Sign in again' }).waitFor();
    await signInAgain(page, 'mica');
    await notice().waitFor({ state: 'detached' });
  });

  it('opens a tab where windows are blocked, which closes itself or says that it is done', async () => {
    await context.addInitScript('window.open = () => null');
    await open();
    await endSession(context, gate.origin);
    await lookAgain(page);
    const opening = context.waitForEvent('page');
    await notice().getByRole('link', { name: 'Sign in again' }).click();
    const tab = await opening;
    const closed = tab.waitForEvent('close', { timeout: 5000 }).catch(() => null);
    await typeIn(tab, 'mica', PASSWORDS.mica);
    await notice().waitFor({ state: 'detached' });
    if ((await closed) === null) await tab.getByRole('heading', { name: 'You are signed in' }).waitFor();
  });

  it('says nothing of the 401 of a dashboard, nor where nobody was signed in', async () => {
    await open();
    expect([await asks('/own-401'), await asksByXhr('/own-401')]).toEqual([401, 401]);
    const asked = page.waitForResponse(/_dashgate\/session/);
    await lookAgain(page);
    await asked;
    expect(await notice().count()).toBe(0);
    await context.clearCookies();
    const first = page.waitForResponse(/_dashgate\/session/);
    await page.goto(`${gate.origin}/public`);
    expect((await first).status()).toBe(401);
    expect(await asks('/callback')).toBe(401);
    expect(await notice().count()).toBe(0);
  });

  it('warns before nobody has used it for too long, and one click keeps it', async () => {
    await open();
    const before = await sessionOf();
    gate.advance(58.5 * MINUTE);
    await lookAgain(page);
    await notice().getByRole('heading', { name: 'Are you still there?' }).waitFor();
    // That the page looked was no use.
    expect((await sessionOf()).ends_unless_used_at).toBe(before.ends_unless_used_at);
    await notice().getByRole('button', { name: 'Stay signed in' }).click();
    await notice().waitFor({ state: 'detached' });
    expect((await sessionOf()).ends_unless_used_at).toBeGreaterThan(before.ends_unless_used_at + 3000);
    expect(await page.getByLabel('Typed').inputValue()).toBe('hello');
    gate.advance(-58.5 * MINUTE);
  });

  it('warns before its absolute end, with a way to begin another', async () => {
    await open();
    for (let hour = 0; hour < 16; hour++) {
      gate.advance(29.9 * MINUTE);
      await asks('/callback');
    }
    await lookAgain(page);
    await notice().getByRole('heading', { name: 'Time is nearly up' }).waitFor();
    await signInAgain(page, 'mica');
    await notice().waitFor({ state: 'detached' });
    gate.advance(-16 * 29.9 * MINUTE);
  });

  it('says all that by its own clock, where nothing happens', async () => {
    const app = { name: 'sales', at: '/', upstream: '$UPSTREAM', session_notice: 'on' };
    await using brief = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      answer: dashboard,
      session: { lifetime: '12s' },
      apps: [app],
    });
    await openAs(page, 'mica', `${brief.origin}/`);
    await notice().getByRole('heading', { name: 'Time is nearly up' }).waitFor();
    await notice().getByRole('heading', { name: 'Your session has ended' }).waitFor();
  });
});
