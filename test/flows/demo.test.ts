import { readFile, stat } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browser } from '../support/browser.ts';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import { needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';
import { dashgate, startDashgate } from './command.ts';
import { troubles, typeIn } from './page.ts';

needs('chromium', 'curl')('dashgate demo', () => {
  const closing = new AsyncDisposableStack();
  let chrome: Browser;
  let origin: string;
  let said: () => string;

  beforeAll(async () => {
    const dir = closing.use(await tempDir());
    origin = `http://127.0.0.1:${await freePort()}`;
    const args = ['demo', '--listen', origin.slice(7), '--state', dir.file('state')];
    const demo = closing.use(await startDashgate(args, { cwd: dir.path, ready: /Your own.*\n/ }));
    said = demo.output;
    chrome = await browser();
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  const signedIn = async (user: string, password: string): Promise<Page> => {
    const page = await (await chrome.newContext()).newPage();
    await page.goto(origin);
    await typeIn(page, user, password);
    await page.waitForURL(`${origin}/`);
    return page;
  };

  it('says three lines: where to open it, with whom, and how to put it in front of one’s own', () => {
    expect(said().trimEnd().split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^Open +${origin}$`)),
      expect.stringMatching(/^Sign in +mica \/ 1234 +or +mike \/ 123456$/),
      expect.stringMatching(/^Your own +npm start -- --upstream http:\/\/127\.0\.0\.1:8050$/),
    ]);
  });

  it('shows mica a dashboard that lives: charts from JSON, a websocket, an event stream, not an error in the console', async () => {
    const page = await signedIn('mica', '1234');
    const seen = troubles(page);
    await page.reload();
    await page.getByText('Signed in as mica').waitFor();
    await page.locator('.kpi .value').first().waitFor();
    await page.locator('.plot svg').first().waitFor();
    await page.locator('[data-live]').getByText(/^\d+$/).waitFor();
    await page.locator('[data-feed] li').first().waitFor();
    for (const name of ['HR', 'Marketing']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      await page.locator('.kpi .value').first().waitFor();
    }
    expect(seen).toEqual([]);
  });

  it('shows mike marketing, and refuses him HR, its page and its figures', async () => {
    const page = await signedIn('mike', '123456');
    await page.getByRole('link', { name: 'Marketing', exact: true }).click();
    await page.locator('.kpi .value').first().waitFor();
    await page.getByRole('link', { name: 'HR', exact: true }).click();
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    await page.getByRole('link', { name: 'sample · marketing' }).waitFor();
    const figures = await curl('-u', 'mike:123456', `${origin}/api/hr`);
    expect([figures.status, JSON.parse(figures.body).missing]).toEqual([403, ['hr']]);
    expect((await curl('-u', 'mike:123456', `${origin}/api/marketing`)).status).toBe(200);
    expect((await curl('-u', 'mica:123456', `${origin}/api/marketing`)).status).toBe(401);
  });
});

it.each(['0.0.0.0:8080', '192.0.2.1:8080', '[::]:8080'])(
  'the demo refuses to be reached from other machines: --listen %s',
  async (listen) => {
    await using dir = await tempDir();
    const { code, stdout, stderr } = await dashgate(['demo', '--listen', listen], { cwd: dir.path });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^dashgate: .*listen/);
  },
);

it('the demo before a dashboard of one’s own makes one user, says the password once, and keeps only the hash', async () => {
  await using dir = await tempDir();
  await using upstream = await startUpstream();
  const listen = `127.0.0.1:${await freePort()}`;
  const args = ['demo', '--upstream', upstream.url, '--listen', listen];
  const options = { cwd: dir.path, ready: /Next.*\n/ };
  const ask = async (user: string, password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return (await fetch(`http://${listen}/x`, { headers: { authorization } })).status;
  };

  const first = await startDashgate(args, options);
  expect(first.output().trimEnd().split('\n')).toHaveLength(3);
  const password = /Sign in +admin \/ (\S+)/.exec(first.output())?.[1] ?? '';
  expect(password.length).toBeGreaterThan(20);
  expect(await ask('admin', password)).toBe(200);
  expect(upstream.last().headers['x-dashgate-user']).toBe('admin');
  // The demo's own users are in the demo with the sample only.
  expect(await ask('mica', '1234')).toBe(401);
  expect((await first.stop()).code).toBe(0);

  const users = await readFile(dir.file('state/users.yaml'), 'utf8');
  expect(users).toContain('$argon2id$');
  expect(users).not.toContain(password);
  expect((await stat(dir.file('state/users.yaml'))).mode & 0o777).toBe(0o600);

  await using second = await startDashgate(args, options);
  expect(second.output()).toMatch(/Sign in +with a user of .*users\.yaml/);
  expect(second.output()).not.toContain(password);
  expect(await ask('admin', password)).toBe(200);
});
