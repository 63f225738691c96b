import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browser } from '../support/browser.ts';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { troubles, typeIn } from './page.ts';

needs('chromium')('the login page in a real browser', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;

  beforeAll(async () => {
    chrome = await browser();
    closing.defer(() => chrome.close());
    const answer = (_request: IncomingMessage, response: ServerResponse): void => {
      response
        .setHeader('Content-Type', 'text/html')
        .end('<!doctype html><link rel="icon" href="data:,"><h1>Dashboard</h1>');
    };
    const login = { title: 'Kestrel Cycles', footer: 'Ask the data team' };
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', login, answer }));
  });
  afterAll(() => closing.disposeAsync());

  const open = async (path = '/', options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await chrome.newContext(options);
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(gate.origin + path);
    return page;
  };

  it('says to a screen reader what it is, and what each field is for', async () => {
    const page = await open();
    expect(await page.locator('body').ariaSnapshot()).toBe(
      [
        '- banner:',
        '  - paragraph: Kestrel Cycles',
        '- main:',
        '  - heading "Sign in" [level=1]',
        '  - text: User name',
        '  - textbox "User name"',
        '  - text: Password',
        '  - textbox "Password"',
        '  - button "Sign in"',
        '- contentinfo:',
        '  - paragraph: Ask the data team',
      ].join('\n'),
    );
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
  });

  it('needs no mouse: it begins in the first field, Tab goes on in order, Enter sends', async () => {
    const page = await open('/x?y=1');
    // A busy browser gives the focus a moment after the page.
    await page.locator('#user:focus').waitFor();
    await page.keyboard.type('mica');
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORDS.mica);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Sign in');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${gate.origin}/x?y=1`);
    expect(await page.locator('h1').textContent()).toBe('Dashboard');
  });

  it('needs no script', async () => {
    const page = await open('/x', { javaScriptEnabled: false });
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(`${gate.origin}/x`);
  });

  it.each([
    ['a wrong password', 'mica', 'wrong'],
    ['an unknown user', 'nobody', 'wrong'],
  ])(
    'says of %s that one of both is wrong, keeps the way back, and begins where to go on',
    async (_what, user, password) => {
      const page = await open('/x?y=1');
      await typeIn(page, user, password);
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.textContent()).toBe('User name or password is wrong.');
      expect(await page.title()).toMatch(/^Problem: /);
      expect(await page.getByLabel('Password').inputValue()).toBe('');
      await typeIn(page, 'mica', PASSWORDS.mica);
      await page.waitForURL(`${gate.origin}/x?y=1`);
    },
  );

  it('knows the name again when a session has ended, and begins with the password; who signs out is forgotten', async () => {
    const page = await open('/x');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(`${gate.origin}/x`);
    await page.context().clearCookies({ name: 'dashgate' });
    await page.goto(`${gate.origin}/x`);
    expect(await page.getByLabel('User name').inputValue()).toBe('mica');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(`${gate.origin}/x`);
    await page.goto(`${gate.origin}/_dashgate/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in again' }).click();
    expect(await page.getByLabel('User name').inputValue()).toBe('');
  });

  it('offers who was refused a form for somebody else, without the name that was refused', async () => {
    const page = await open('/hr');
    await typeIn(page, 'mike', PASSWORDS.mike);
    await page.getByRole('link', { name: 'Sign in as someone else' }).click();
    expect(await page.getByLabel('User name').inputValue()).toBe('');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(`${gate.origin}/hr`);
  });

  it('leads nowhere but to our own origin', async () => {
    const page = await open(`/_dashgate/login?return_to=${encodeURIComponent('http://evil.example.com/')}`);
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.getByRole('heading', { name: 'Your dashboards' }).waitFor();
    expect(new URL(page.url()).origin).toBe(gate.origin);
    await page.getByRole('link', { name: 'sales', exact: true }).click();
    expect(await page.locator('h1').textContent()).toBe('Dashboard');
  });

  it('fits a phone without being pushed sideways, with fields that can be hit', async () => {
    const page = await open('/x', { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true });
    await typeIn(page, 'mica', 'wrong');
    await page.getByRole('alert').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    for (const target of [page.getByLabel('User name'), page.getByLabel('Password'), page.getByRole('button')]) {
      expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(40);
    }
  });

  describe('has enough contrast', () => {
    it.each(['light', 'dark'] as const)('in %s colours', async (colorScheme) => {
      const page = await open('/x', { colorScheme });
      const [ink, paper] = await page.evaluate<[string, string]>(
        `(() => { const main = getComputedStyle(document.querySelector('main'));
          let at = document.querySelector('main');
          while (at && getComputedStyle(at).backgroundColor === 'rgba(0, 0, 0, 0)') at = at.parentElement;
          return [main.color, getComputedStyle(at ?? document.documentElement).backgroundColor]; })()`,
      );
      const [dark, light] = [luminance(ink), luminance(paper)].sort((a, b) => a - b) as [number, number];
      expect((light + 0.05) / (dark + 0.05)).toBeGreaterThanOrEqual(7);
      expect(luminance(paper) < luminance(ink)).toBe(colorScheme === 'dark');
    });
  });

  it('breaks no rule of its own policy, on any of its pages', async () => {
    const page = await open('/_dashgate/logout');
    const seen = troubles(page);
    await page.goto(`${gate.origin}/_dashgate/login?return_to=/x`);
    await typeIn(page, 'nora', PASSWORDS.nora);
    await page.waitForURL(`${gate.origin}/x`);
    await page.goto(`${gate.origin}/_dashgate/login`);
    await page.goto(`${gate.origin}/_dashgate/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'You have signed out' }).waitFor();
    expect(seen).toEqual([]);
    await page.goto(`${gate.origin}/_dashgate/login`);
    await typeIn(page, 'nora', PASSWORDS.nora);
    await page.goto(`${gate.origin}/hr`);
    expect(seen.filter((line) => /policy|refused to/i.test(line))).toEqual([]);
  });
});

/** Relative luminance of `rgb(r, g, b)` (WCAG 2.2). */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const share = Number(part) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
