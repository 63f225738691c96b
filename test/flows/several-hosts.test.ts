import { execFileSync } from 'node:child_process';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { browser, launchOptions } from '../support/browser.ts';
import { basicOf, type Gate, PASSWORDS, startGate, userLine } from '../support/gate.ts';
import { startInstances } from '../support/instances.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { A, B, SEVERAL, SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { startRedis } from '../support/start-redis.ts';
import { tempDir } from '../support/temp-dir.ts';
import { createVisitor } from '../support/visitor.ts';
import { noticeOf, showRoots, signInAgain } from './notice.ts';
import { typeIn } from './page.ts';

const seen = (body: string): Record<string, string> => JSON.parse(body).headers;

describe('apps at several hosts, on the wire', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate(SEVERAL);
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it('one sign-in is enough for all, each host has a cookie of its own, and no address stays longer than it must', async () => {
    const mica = createVisitor(gate);
    const { way, answer } = await signInAt(mica, 'mica', `${A}/x?y=1#z`);
    expect(answer.status).toBe(200);
    expect(way.map((each) => each.replace(/\?.*/, ''))).toEqual([
      `${SIGN_IN}/_dashgate/login`,
      `${SIGN_IN}/_dashgate/handoff`,
      `${A}/x`,
      `${A}/_dashgate/login`,
      `${SIGN_IN}/_dashgate/handoff`,
      `${A}/_dashgate/handoff`,
      `${A}/x`,
    ]);
    expect(way.at(-1)).toBe(`${A}/x?y=1`);
    expect(seen(answer.body)['x-dashgate-user']).toBe('mica');
    const second = await mica.visit(`${B}/app/`);
    expect(seen(second.answer.body)['x-dashgate-user']).toBe('mica');
    expect(second.way).toHaveLength(5);
    const cookies = ['dash.example.com', 'a.example.com', 'b.example.net'].map((host) =>
      mica.jar.get(host)?.get('__Host-dashgate'),
    );
    expect(new Set(cookies).size).toBe(3);
    for (const host of mica.jar.keys()) {
      expect([...(mica.jar.get(host)?.keys() ?? [])].filter((name) => /handoff\.(?!done)/.test(name))).toEqual([]);
    }
  });

  it('it is one session: one entry in the list, and who am I says the same at each', async () => {
    const nora = createVisitor(gate);
    await signInAt(nora, 'nora', `${A}/`);
    await nora.visit(`${B}/app/`);
    const [at, here] = await Promise.all(
      [SIGN_IN, A, B].slice(1).map(async (origin) => (await nora.ask(`${origin}/_dashgate/session`)).body),
    );
    expect(JSON.parse(at ?? '')).toMatchObject({ user: 'nora' });
    expect(at).toBe(here);
    const programs = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: 'application/json' };
    const list = await nora.ask(`${B}/_dashgate/sessions`, undefined, programs);
    expect(JSON.parse(list.body).sessions).toHaveLength(1);
  });

  it.each([SIGN_IN, A, B])('signing out at %s ends it at all, and says so', async (origin) => {
    const mica = createVisitor(gate);
    await signInAt(mica, 'mica', `${A}/`);
    await mica.visit(`${B}/app/`);
    const { answer } = await mica.visit(`${origin}/_dashgate/logout`, { sent: 'x' });
    expect(answer.body).toContain('also at the other addresses of these dashboards');
    expect(mica.jar.get(new URL(origin).host)?.has('__Host-dashgate')).toBe(false);
    for (const url of [`${SIGN_IN}/`, `${A}/`, `${B}/app/`]) {
      expect((await mica.visit(url)).way.at(-1), url).toContain(`${SIGN_IN}/_dashgate/login?return_to=`);
    }
  });

  it('each cookie is renewed by itself, and an hour of use at one host keeps the others', async () => {
    await using own = await startGate({ ...SEVERAL, session: { idle_timeout: '10m' } });
    const mica = createVisitor(own);
    await signInAt(mica, 'mica', `${A}/`);
    await mica.visit(`${B}/app/`);
    const before = mica.jar.get('a.example.com')?.get('__Host-dashgate');
    for (let at = 0; at < 8; at++) {
      own.advance(8 * 60_000);
      expect((await mica.ask(`${A}/`)).status).toBe(200);
    }
    expect(mica.jar.get('a.example.com')?.get('__Host-dashgate')).not.toBe(before);
    // Its cookie is an hour old, the session is in use.
    expect((await mica.ask(`${B}/app/`)).status).toBe(200);
    own.advance(11 * 60_000);
    expect((await mica.ask(`${B}/app/`)).status).toBe(302);
  });

  it('fetches, sockets and programs get 401 as ever, and Basic needs no cookie', async () => {
    const mica = createVisitor(gate);
    await signInAt(mica, 'mica', `${SIGN_IN}/`);
    const fetched = await mica.ask(`${A}/x`, undefined, { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' });
    expect([fetched.status, fetched.headers.get('location')]).toEqual([401, null]);
    expect(fetched.headers.get('x-dashgate-login')).toContain(`${A}/_dashgate/login?return_to=`);
    const headers = { Host: 'a.example.com' };
    expect((await gate.ask('/x', { headers })).status).toBe(401);
    const upgrade = { ...headers, Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
    expect(
      (await gate.ask('/x', { headers: { ...upgrade, 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' } })).status,
    ).toBe(401);
    expect((await gate.ask('/x', { headers: { ...headers, Authorization: basicOf('mica') } })).status).toBe(200);
  });

  it('pages that are opened at once take nothing from each other', async () => {
    const mica = createVisitor(gate);
    await signInAt(mica, 'mica', `${SIGN_IN}/`);
    const pages = Array.from({ length: 8 }, (_, at) => `${A}/page/${at}`);
    const answers = await Promise.all(pages.map((url) => mica.visit(url)));
    expect(answers.map(({ answer, way }) => [answer.status, way.at(-1)])).toEqual(pages.map((url) => [200, url]));
  });

  it('a session that is to be remembered is remembered at each', async () => {
    await using own = await startGate({ ...SEVERAL, session: { remember_me: '30d' } });
    const mica = createVisitor(own);
    await mica.visit(`${SIGN_IN}/_dashgate/login`, { user: 'mica', password: PASSWORDS.mica, remember: 'on' });
    const { next } = await mica.visit(`${A}/`, undefined, (url) => url.startsWith(`${A}/_dashgate/handoff`));
    const line = (await mica.ask(next ?? '')).headers
      .getSetCookie()
      .find((each) => each.startsWith('__Host-dashgate='));
    expect(Number(/Max-Age=(\d+)/.exec(line ?? '')?.[1])).toBeGreaterThan(29 * 86_400);
  });

  it('whoever means to be somebody else is asked where people sign in, and is that at each host then', async () => {
    const person = createVisitor(gate);
    await signInAt(person, 'mike', `${A}/`);
    const { way } = await person.visit(`${A}/_dashgate/login?return_to=${encodeURIComponent(`${A}/x`)}`);
    expect(way.at(-1)).toBe(`${SIGN_IN}/_dashgate/login?return_to=${encodeURIComponent(`${A}/x`)}`);
    const form = { user: 'mica', password: PASSWORDS.mica, return_to: `${A}/x` };
    const { answer } = await person.visit(`${SIGN_IN}/_dashgate/login`, form);
    expect(seen(answer.body)['x-dashgate-user']).toBe('mica');
  });

  it('a person with more groups than a cookie holds may all that they may, at each host', async () => {
    const grants = Array.from({ length: 256 }, (_, at) => `${'resource-'.repeat(6)}${at}`);
    const resource = grants.at(-1);
    const [home, first, second] = SEVERAL.apps ?? [];
    await using own = await startGate({
      ...SEVERAL,
      users: `users:\n${await userLine('mica', PASSWORDS.mica, grants)}`,
      apps: [{ ...home }, { ...first, resource }, { ...second, resource }],
    });
    const mica = createVisitor(own);
    expect((await signInAt(mica, 'mica', `${A}/`)).answer.status).toBe(200);
    expect((await mica.visit(`${B}/app/`)).answer.status).toBe(200);
  });
});

needs('redis')('apps at several hosts, with two instances', () => {
  it('a code that one has made the other takes, once among both', async () => {
    await using redis = await startRedis();
    await using two = await startInstances({ store: redis.url }, SEVERAL);
    const [here, there] = [createVisitor(two.a), createVisitor(two.b)];
    await signInAt(here, 'mica', `${SIGN_IN}/`);
    const isCode = (next: string): boolean => next.startsWith(`${A}/_dashgate/handoff?`);
    const code = (await here.visit(`${A}/x`, undefined, isCode)).next ?? '';
    for (const [host, cookies] of here.jar) there.jar.set(host, new Map(cookies));
    const answers = await Promise.all([here.ask(code), there.ask(code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
    // Who has it is in at both.
    const lucky = answers[0]?.status === 303 ? here : there;
    const cookie = `__Host-dashgate=${lucky.jar.get('a.example.com')?.get('__Host-dashgate')}`;
    for (const gate of [two.a, two.b]) {
      expect((await gate.ask('/x', { headers: { Host: 'a.example.com', Cookie: cookie } })).status).toBe(200);
    }
  });
});

describe('a browser that keeps no cookies, or not the right ones', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate(SEVERAL);
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it.each<[string, (name: string) => boolean, RegExp]>([
    ['none at all', () => false, /does not send the cookie/],
    ['none but those of the way', (name) => name.includes('handoff'), /does not send the cookie/],
  ])('keeps %s where people sign in: a page says so', async (_what, keeps, words) => {
    const { answer } = await signInAt(createVisitor(gate, keeps), 'mica', `${A}/`);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(words);
  });

  it.each<[string, (name: string) => boolean, RegExp]>([
    ['none', () => false, /keep no cookies for/],
    ['the nonce, and not the session', (name) => name.includes('handoff'), /does not send the cookie/],
  ])('keeps %s at the app’s host: a page says so, and no redirect goes round', async (_what, keeps, words) => {
    const mica = createVisitor(gate);
    await signInAt(mica, 'mica', `${SIGN_IN}/`);
    const own = mica.jar.get('dash.example.com') ?? new Map();
    const forgetful = createVisitor(gate, keeps);
    forgetful.jar.set('dash.example.com', own);
    const { answer, way } = await forgetful.visit(`${A}/`);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatch(words);
    expect(answer.body).toContain('Try again');
    expect(way.length).toBeLessThan(12);
  });
});

needs('chromium', 'openssl')('apps at several hosts, in a real browser', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;
  const at = (host: string, path = '/'): string => `https://${host}:${gate.port}${path}`;
  const HOSTS = ['dash.example.test', 'a.example.test', 'b.other.test'];

  beforeAll(async () => {
    chrome = await browser(HOSTS);
    closing.defer(() => chrome.close());
    gate = closing.use(
      await startGate({
        publicUrl: 'https://dash.example.test:$PORT',
        server: { tls: { cert_file: '$DIR/cert.pem', key_file: '$DIR/key.pem' } },
        apps: HOSTS.map((host, at) => ({
          name: `app-${at}`,
          at: `https://${host}:$PORT/`,
          upstream: '$UPSTREAM',
          resources: [{ resource: 'hr', paths: ['/hr'] }],
          session_notice: 'on',
        })),
        answer: (_request, response) =>
          response
            .setHeader('Content-Type', 'text/html')
            .end('<!doctype html><link rel="icon" href="data:,"><h1>Dashboard</h1>'),
        async prepare(dir) {
          const request = [
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:P-256',
            '-nodes',
            '-days',
            '2',
          ];
          const names = HOSTS.map((host) => `DNS:${host}`).join(',');
          const rest = ['-subj', '/CN=test', '-addext', `subjectAltName=${names}`];
          execFileSync(
            program('openssl'),
            [...request, ...rest, '-keyout', dir.file('key.pem'), '-out', dir.file('cert.pem')],
            { stdio: 'ignore' },
          );
        },
      }),
    );
  });
  afterAll(() => closing.disposeAsync());

  const context = async (): Promise<BrowserContext> => {
    const opened = await chrome.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(() => opened.close());
    return opened;
  };
  const isDashboard = async (page: Page): Promise<boolean> => (await page.locator('h1').textContent()) === 'Dashboard';

  it('the form leads to another host and back to the page that was wanted; the third host asks nothing', async () => {
    const own = await context();
    const page = await own.newPage();
    await page.goto(at('a.example.test', '/x?y=1'));
    expect(new URL(page.url()).hostname).toBe('dash.example.test');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('a.example.test', '/x?y=1'));
    expect(await isDashboard(page)).toBe(true);
    await page.goto(at('b.other.test', '/z'));
    expect(page.url()).toBe(at('b.other.test', '/z'));
    const cookies = (await own.cookies()).filter(({ name }) => name === '__Host-dashgate');
    expect(cookies.map(({ domain }) => domain).sort()).toEqual([...HOSTS].sort());
    expect(cookies.every(({ secure, httpOnly }) => secure && httpOnly)).toBe(true);
    // Back to the first, whose way through the hosts is not in the history.
    await page.goBack();
    expect(page.url()).toBe(at('a.example.test', '/x?y=1'));
  });

  it('a wrong password first, and the way back is kept', async () => {
    const page = await (await context()).newPage();
    await page.goto(at('b.other.test', '/x'));
    await typeIn(page, 'mica', 'wrong');
    await page.getByRole('alert').waitFor();
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('b.other.test', '/x'));
  });

  it('tabs that are opened at once all arrive', async () => {
    const own = await context();
    const first = await own.newPage();
    await first.goto(at('dash.example.test'));
    await typeIn(first, 'mica', PASSWORDS.mica);
    await first.waitForURL(at('dash.example.test'));
    const tabs = await Promise.all(Array.from({ length: 5 }, () => own.newPage()));
    await Promise.all(tabs.map((tab, index) => tab.goto(at('a.example.test', `/tab/${index}`))));
    for (const [index, tab] of tabs.entries()) expect(tab.url()).toBe(at('a.example.test', `/tab/${index}`));
  });

  it('signing out at one host ends it at the others; signing in as somebody else is that everywhere', async () => {
    const own = await context();
    const page = await own.newPage();
    await page.goto(at('a.example.test', '/hr'));
    await typeIn(page, 'mike', PASSWORDS.mike);
    await page.getByRole('link', { name: 'Sign in as someone else' }).click();
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('a.example.test', '/hr'));
    expect(await isDashboard(page)).toBe(true);
    await page.goto(at('b.other.test'));
    await page.goto(at('b.other.test', '/_dashgate/logout'));
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('also at the other addresses').waitFor();
    await page.goto(at('a.example.test', '/hr'));
    expect(new URL(page.url()).hostname).toBe('dash.example.test');
    await page.getByLabel('User name').waitFor();
  });

  it('a page that waits is signed in again by a window beside it, which goes by the other host and closes', async () => {
    const own = await context();
    await showRoots(own);
    const page = await own.newPage();
    await page.goto(at('a.example.test', '/x'));
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('a.example.test', '/x'));
    const other = await own.newPage();
    await other.goto(at('dash.example.test', '/_dashgate/logout'));
    await other.getByRole('button', { name: 'Sign out', exact: true }).click();
    await other.getByText('also at the other addresses').waitFor();
    await page.bringToFront();
    await page.evaluate(() => fetch('/data').catch(() => {}));
    await signInAgain(page, 'mica');
    await noticeOf(page).waitFor({ state: 'hidden' });
    expect(await page.evaluate(async () => (await fetch('/data')).status)).toBe(200);
  });

  it('with cookies off, a page says so', async () => {
    await using profile = await tempDir();
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } };
    await profile.write('Default/Preferences', JSON.stringify(settings));
    const own = await chromium.launchPersistentContext(profile.path, {
      ...launchOptions(HOSTS),
      ignoreHTTPSErrors: true,
    });
    onTestFinished(() => own.close());
    const page = await own.newPage();
    await page.goto(at('a.example.test', '/x'));
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page
      .getByText(/cookie/)
      .first()
      .waitFor();
    expect(await page.locator('h1').textContent()).toBe('You are not signed in here yet');
    // Without another host there is the form again, with a word of why.
    await page.goto(at('dash.example.test', '/x'));
    expect(await page.getByRole('status').count()).toBe(0);
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.getByText('keeps no cookies').waitFor();
  });
});
