import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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

  it('shows no order twice, though one may be told twice', async () => {
    const page = await signedIn('mica', '1234');
    const body = [1, 2, 2, 1, 3]
      .map((number) => `data: ${JSON.stringify({ number, model: 'City 3', city: 'Lyon' })}\n\n`)
      .join('');
    await page.route('**/events', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
    await page.reload();
    const items = page.locator('[data-feed] li');
    await expect.poll(() => items.count()).toBeGreaterThan(2);
    expect(await items.allInnerTexts()).toEqual([3, 2, 1].map((number) => expect.stringContaining(`Lyon · ${number}`)));
  });

  it('shows mike marketing, and refuses him HR, its page and its figures', async () => {
    const page = await signedIn('mike', '123456');
    await page.getByRole('link', { name: 'Marketing', exact: true }).click();
    await page.locator('.kpi .value').first().waitFor();
    await page.getByRole('link', { name: 'HR', exact: true }).click();
    await page.getByRole('heading', { name: 'You may not see this page' }).waitFor();
    await page.getByRole('link', { name: 'Kestrel Cycles · marketing' }).waitFor();
    const figures = await curl('-u', 'mike:123456', `${origin}/api/hr`);
    expect([figures.status, JSON.parse(figures.body).missing]).toEqual([403, ['hr']]);
    expect((await curl('-u', 'mike:123456', `${origin}/api/marketing`)).status).toBe(200);
    expect((await curl('-u', 'mica:123456', `${origin}/api/marketing`)).status).toBe(401);
  });
});

describe('what was typed is told in the same words, with exit code 2:', () => {
  it.each<[args: string[], said: RegExp, env?: Record<string, string>]>([
    ...['0.0.0.0:8080', '192.0.2.1:8080', '[::]:8080'].map((at): [string[], RegExp] => [
      ['--listen', at],
      /^dashgate: --listen: the demo answers on loopback only, .* is reached from other machines/,
    ]),
    [['--listen', '8093'], /^dashgate: --listen: 8093 is no address .*; did you mean 127\.0\.0\.1:8093\?$/m],
    [['--listen', 'here'], /^dashgate: --listen: here is no address with a port, as 127\.0\.0\.1:8080$/m],
    [['--upstream', '127.0.0.1:8050'], /--upstream: .*; did you mean http:\/\/127\.0\.0\.1:8050\?$/m],
    [['--upstream', 'localhost:8050/x'], /did you mean http:\/\/localhost:8050\/x\?$/m],
    [['--upstream', '8050'], /did you mean http:\/\/127\.0\.0\.1:8050\?$/m],
    [['--upstream', 'ftp://x'], /^dashgate: --upstream: ftp:\/\/x is no address of a dashboard, as http:.*8050$/m],
    [['--upstream', 'http://localhost:8080'], /is where the demo itself answers; name the port of your dashboard/],
    [['http://127.0.0.1:8050'], /"http:.*" is one word too many; did you mean --upstream http:\/\/127\.0\.0\.1:8050\?/],
    [
      ['http://127.0.0.1:8050'],
      /write -- before it: npm start -- --upstream http:\/\/127\.0\.0\.1:8050$/m,
      { npm_command: 'start', npm_config_upstream: 'true' },
    ],
    [
      [],
      /write -- before it: npm start -- --upstream http:\/\/127\.0\.0\.1:1$/m,
      { npm_command: 'start', npm_config_upstream: 'http://127.0.0.1:1' },
    ],
  ])('%j', async (args, said, env = {}) => {
    await using dir = await tempDir();
    const { code, stdout, stderr } = await dashgate(['demo', ...args], { cwd: dir.path, env });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('an address that another program has', async () => {
    await using dir = await tempDir();
    await using other = await startUpstream();
    const listen = new URL(other.url).host;
    const { code, stderr } = await dashgate(['demo', '--listen', listen], { cwd: dir.path });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^dashgate: --listen: cannot listen on .*another dashgate running\?\); stop .*\n$/);
  });
});

it('a dashboard that does not run yet is said at the start, and again when somebody asks for it', async () => {
  await using dir = await tempDir();
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const listen = `127.0.0.1:${await freePort()}`;
  const args = ['demo', '--upstream', nobody, '--listen', listen];
  await using demo = await startDashgate(args, { cwd: dir.path, ready: /nothing answers.*\n/ });
  expect(demo.stderr()).toContain(`warning: nothing answers on ${nobody} yet`);
  const password = /Sign in +admin \/ (\S+)/.exec(demo.output())?.[1] ?? '';
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  expect((await fetch(`http://${listen}/`, { headers: { authorization } })).status).toBe(502);
  await demo.printed(/could not be forwarded/);
  // Beside another demo: browsers keep one cookie of a name for all ports of a host.
  expect((await fetch(`http://${listen}/`, { headers: { authorization } })).headers.getSetCookie()[0]).toMatch(
    new RegExp(`^dashgate-${listen.split(':')[1]}=`),
  );
});

it('Ctrl-C ends the demo at once, though a page listens to its streams, and a word more is not said', async () => {
  await using dir = await tempDir();
  const listen = `127.0.0.1:${await freePort()}`;
  const demo = await startDashgate(['demo', '--listen', listen], { cwd: dir.path, ready: /Your own.*\n/ });
  const authorization = `Basic ${Buffer.from('mica:1234').toString('base64')}`;
  const stream = await fetch(`http://${listen}/events`, { headers: { authorization } });
  const reader = stream.body?.getReader();
  await reader?.read();
  const said = demo.output();
  const beganMs = performance.now();
  demo.kill('SIGINT');
  expect(await demo.ended).toEqual({ code: 0, signal: null });
  expect(performance.now() - beganMs).toBeLessThan(2000);
  expect(demo.output()).toBe(said);
  await reader?.cancel().catch(() => {});
});

it('a stream of one’s own dashboard is waited for, which is said', async () => {
  await using dir = await tempDir();
  const endless = createServer((_request, response) => void response.write('data: 1\n\n')).listen(0, '127.0.0.1');
  await once(endless, 'listening');
  onTestFinished(() => void endless.close().closeAllConnections());
  const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
  const listen = `127.0.0.1:${await freePort()}`;
  const demo = await startDashgate(['demo', '--upstream', url, '--listen', listen], {
    cwd: dir.path,
    ready: /Next.*\n/,
  });
  const password = /Sign in +admin \/ (\S+)/.exec(demo.output())?.[1] ?? '';
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const stream = await fetch(`http://${listen}/`, { headers: { authorization } });
  demo.kill('SIGTERM');
  await demo.printed(/Ending: .*; Ctrl-C again ends now\n/);
  await expect
    .poll(async () => demo.kill('SIGINT') ?? (await Promise.race([demo.ended, null])), { timeout: 3000 })
    .toEqual({
      code: 1,
      signal: null,
    });
  await stream.body?.cancel().catch(() => {});
});

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
  expect(second.output()).toMatch(
    /Sign in +with a user of state\/users\.yaml; for a new password: npx dashgate user update -f state\/users\.yaml -u admin\n/,
  );
  expect(second.output()).not.toContain(password);
  expect(await ask('admin', password)).toBe(200);
});
