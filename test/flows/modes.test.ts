import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browser } from '../support/browser.ts';
import { basic, basicOf, cookieOf, type Gate, PASSWORDS } from '../support/gate.ts';
import { ALL_MODES, logInBy, SHARED_PASSWORD, startModes, whoIs } from '../support/modes.ts';
import { needs } from '../support/needs.ts';
import { troubles, typeIn } from './page.ts';

describe('a program that signs in', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startModes(ALL_MODES);
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it.each<[string, Record<string, string>, Record<string, unknown>]>([
    ['by no proof', { mode: 'auth-none' }, { sub: 'label:auth-none', user: '', name: 'Guest', amr: [] }],
    [
      'by a name',
      { mode: 'auth-user', user: 'Zoë' },
      { sub: 'label:auth-user:zoë', user: '', name: 'zoë (not verified)', amr: [], groups: [], email: '' },
    ],
    [
      'by the shared password',
      { mode: 'auth-pass', password: SHARED_PASSWORD },
      { sub: 'label:auth-pass', user: '', name: 'Guest', amr: ['pwd'], allowed_resources: ['hr', 'sales'] },
    ],
    ['by user name and password', { mode: 'auth-user-pass', user: 'mike', password: PASSWORDS.mike }, { user: 'mike' }],
    ['without naming a mode', { user: 'mike', password: PASSWORDS.mike }, { sub: 'file:mike', amr: ['pwd'] }],
  ])('%s is who it says, and no more', async (_how, fields, who) => {
    const answer = await logInBy(gate, fields);
    expect(answer.status).toBe(200);
    expect(await whoIs(gate, cookieOf(answer))).toMatchObject(who);
  });

  it('gets what the configuration grants to its mode, on both ways, and is no user to a dashboard', async () => {
    const ofName = { Cookie: cookieOf(await logInBy(gate, { mode: 'auth-user', user: 'zoë' })) };
    const ofSecret = { Cookie: cookieOf(await logInBy(gate, { mode: 'auth-pass', password: SHARED_PASSWORD })) };
    expect((await gate.ask('/x', { headers: ofName })).status).toBe(200);
    expect(gate.upstream.last().headers).not.toHaveProperty('x-dashgate-user');
    expect(gate.upstream.last().headers).toMatchObject({
      'x-dashgate-name': 'zo%C3%AB%20(not%20verified)',
      'x-dashgate-resources': 'sales',
    });
    const check = await gate.verify('/x', { headers: ofName });
    expect([check.status, check.headers.get('x-dashgate-user')]).toEqual([200, '']);
    expect((await gate.ask('/hr', { headers: ofName })).status).toBe(403);
    expect((await gate.verify('/hr', { headers: ofName })).status).toBe(403);
    expect((await gate.ask('/hr', { headers: ofSecret })).status).toBe(200);
    expect((await gate.ask('/wiki/', { headers: ofSecret })).status).toBe(403);
  });

  it('signs out, and the session is over', async () => {
    for (const fields of [{ mode: 'auth-none' }, { mode: 'auth-pass', password: SHARED_PASSWORD }]) {
      const Cookie = cookieOf(await logInBy(gate, fields));
      await gate.ask('/_dashgate/logout', { method: 'POST', headers: { Cookie, 'Content-Type': 'application/json' } });
      expect(await whoIs(gate, Cookie)).toBeNull();
    }
  });

  it('may give the shared password by Basic, with a blank user name; no other mode comes by Basic', async () => {
    const status = async (authorization: string): Promise<number> =>
      (await gate.ask('/x', { headers: { Authorization: authorization } })).status;
    expect(await status(basic('', SHARED_PASSWORD))).toBe(200);
    expect(gate.upstream.last().headers).not.toHaveProperty('x-dashgate-user');
    expect(await status(basic('', 'wrong'))).toBe(401);
    expect(await status(basic('', ''))).toBe(401);
    expect(await status(basic('zoë', ''))).toBe(401);
    expect(await status(basic('zoë', SHARED_PASSWORD))).toBe(401);
    expect(await status(basicOf('mike'))).toBe(200);
    expect((await gate.ask('/x')).status).toBe(401);
  });
});

it('the shared password may be a hash in the configuration, and stand for a blank user name', async () => {
  // "open-Sesame7", at the least cost that there is.
  const { hash } = await import('@node-rs/argon2');
  const phc = await hash(SHARED_PASSWORD, { algorithm: 2, memoryCost: 8, timeCost: 1, parallelism: 1 });
  const credentials = { modes: ['BasicNoValidateFields'], password_hash: phc, password_file: undefined };
  await using gate = await startModes([], { credentials });
  const answer = await logInBy(gate, { user: '', password: SHARED_PASSWORD });
  expect(await whoIs(gate, cookieOf(answer))).toMatchObject({ sub: 'label:auth-pass' });
  expect((await logInBy(gate, { user: '', password: 'x' })).status).toBe(401);
  expect((await gate.ask('/hr', { headers: { Authorization: basic('', SHARED_PASSWORD) } })).status).toBe(200);
});

it('where nobody has a password of their own, no directory is needed', async () => {
  await using gate = await startModes([0, 2], { directories: [] });
  expect((await logInBy(gate, { mode: 'auth-user', user: 'mica' })).status).toBe(200);
  expect((await logInBy(gate, { mode: 'auth-user-pass', user: 'mica', password: 'x' })).status).toBe(400);
  expect((await gate.ask('/x', { headers: { Authorization: basicOf('mica') } })).status).toBe(401);
});

needs('chromium')('the choice on the login page, in a real browser', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;

  beforeAll(async () => {
    chrome = await browser();
    closing.defer(() => chrome.close());
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      const who = request.headers['x-dashgate-user'] ?? request.headers['x-dashgate-name'] ?? '';
      response
        .setHeader('Content-Type', 'text/html')
        .end(`<!doctype html><link rel="icon" href="data:,"><h1>Dashboard of ${who}</h1>`);
    };
    gate = closing.use(
      await startModes(ALL_MODES, {
        publicUrl: 'http://127.0.0.1:$PORT',
        login: { title: 'Kestrel Cycles' },
        credentials: { allow_blank_user: true },
        answer,
      }),
    );
  });
  afterAll(() => closing.disposeAsync());

  const open = async (path = '/x?y=1', options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await chrome.newContext({ javaScriptEnabled: false, ...options });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(gate.origin + path);
    return page;
  };
  const arrived = (page: Page): Promise<string | null> =>
    page.waitForURL(`${gate.origin}/x?y=1`).then(() => page.locator('h1').textContent());

  it('says to a screen reader what there is to choose from', async () => {
    const page = await open();
    const aria = await page.getByRole('navigation').ariaSnapshot();
    expect(aria.replaceAll(/\n\s+- \/url: .*/g, '')).toBe(
      [
        '- navigation "Other ways to sign in":',
        '  - heading "Other ways to sign in" [level=2]',
        '  - list:',
        '    - listitem:',
        '      - link "Shared password":',
        '    - listitem:',
        '      - link "Name only":',
        '    - listitem:',
        '      - button "Continue without signing in"',
      ].join('\n'),
    );
  });

  it('shows just the fields of the mode that was chosen, and keeps the way back, without a script', async () => {
    const page = await open();
    const labels = (): Promise<string[]> => page.locator('label').allTextContents();
    expect(await labels()).toEqual(['User name', 'Password']);
    await page.getByRole('link', { name: 'Shared password' }).click();
    expect(await labels()).toEqual(['Password']);
    await page.getByRole('link', { name: 'Name only' }).click();
    expect(await labels()).toEqual(['Your name']);
    await page.getByRole('link', { name: 'User name and password' }).click();
    await typeIn(page, 'mike', PASSWORDS.mike);
    expect(await arrived(page)).toBe('Dashboard of mike');
  });

  it('lets in who goes on without signing in, by one click', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Continue without signing in' }).click();
    expect(await arrived(page)).toBe('Dashboard of Guest');
    await page.goto(`${gate.origin}/hr`);
    expect(await page.locator('main').textContent()).toContain('has not been granted to Guest');
    await page.getByRole('link', { name: 'Sign in as someone else' }).click();
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(`${gate.origin}/hr`);
  });

  it('lets in who says a name, as one that is not checked', async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Name only' }).click();
    await page.getByLabel('Your name').fill('mi:ca');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toContain('This cannot be a name.');
    await page.getByLabel('Your name').fill('Mica');
    await page.keyboard.press('Enter');
    expect(await arrived(page)).toBe('Dashboard of mica%20(not%20verified)');
  });

  it('lets in who has the shared password, with a name for nobody or without a field for one', async () => {
    const page = await open();
    await page.getByRole('link', { name: 'Shared password' }).click();
    await page.getByLabel('Password').fill('wrong');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').textContent()).toBe('The password is wrong.');
    await page.getByLabel('Password').fill(SHARED_PASSWORD);
    await page.keyboard.press('Enter');
    expect(await arrived(page)).toBe('Dashboard of Guest');

    const other = await open();
    expect(await other.locator('.hint').textContent()).toContain('Leave the user name empty');
    await typeIn(other, '', SHARED_PASSWORD);
    expect(await arrived(other)).toBe('Dashboard of Guest');
  });

  it('knows mode and name again when the session has ended', async () => {
    const page = await open();
    // Not by signing out, which forgets the name (login-page.test.ts).
    const loseSession = async (): Promise<void> => {
      await page.context().clearCookies({ name: 'dashgate' });
      await page.goto(`${gate.origin}/x?y=1`);
    };
    await page.getByRole('link', { name: 'Name only' }).click();
    await page.getByLabel('Your name').fill('Zoë');
    await page.keyboard.press('Enter');
    await arrived(page);
    await loseSession();
    expect(await page.getByLabel('Your name').inputValue()).toBe('Zoë');
    await page.getByRole('button', { name: 'Continue without signing in' }).click();
    await arrived(page);
    await loseSession();
    expect(await page.locator('label').count()).toBe(0);
    await page.getByRole('link', { name: 'User name and password' }).click();
    await typeIn(page, 'mike', PASSWORDS.mike);
    await arrived(page);
    await loseSession();
    expect(await page.getByLabel('User name').inputValue()).toBe('mike');
  });

  it('fits a phone, breaks no rule of its own policy, and can be hit with a finger', async () => {
    const phone = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true, javaScriptEnabled: true };
    const page = await open('/x?y=1', phone);
    const seen = troubles(page);
    for (const mode of ALL_MODES) {
      await page.goto(`${gate.origin}/_dashgate/login?mode=${mode}`);
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
      for (const target of await page.locator('nav a, nav button, main form .button').all()) {
        expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44);
      }
    }
    await page.getByRole('button', { name: 'Continue without signing in' }).click();
    await page.getByRole('heading', { name: 'Your dashboards' }).waitFor();
    expect(seen).toEqual([]);
  });
});
