import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createDashgate } from '../../src/app.ts';
import { createDemoDirectory } from '../../src/directories/demo-users.ts';
import type { Directory } from '../../src/directories/directory.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { browser } from '../support/browser.ts';
import { curl } from '../support/curl.ts';
import { basic, basicOf, cookieOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';

describe('Basic credentials with each request', () => {
  let gate: Gate;
  let origin: string;
  let hashes: string[];
  const closing = new AsyncDisposableStack();

  beforeAll(async () => {
    // The real gate with the demo's directory, whose checks are counted.
    gate = closing.use(await startGate());
    const { config } = gate;
    const counted: Directory[] = [];
    const server = { ...config.server, checkListen: { kind: 'tcp', host: '127.0.0.1', port: 0 } } as const;
    const log = createLog({ level: 'error', format: 'json', audit: false });
    const dashgate = await createDashgate(
      {
        ...config,
        server,
        state: gate.dir.file('other'),
        session: { ...config.session, store: { kind: 'memory' }, secretFile: gate.dir.file('other/keys') },
      },
      {
        log,
        async directory(queue) {
          const directory = await createDemoDirectory(queue);
          counted.push(directory);
          return {
            ...directory,
            verify(user, password) {
              hashes.push(user);
              return directory.verify(user, password);
            },
          };
        },
      },
    );
    closing.defer(() => dashgate.close());
    const at = dashgate.listening.public;
    origin = at.kind === 'tcp' ? `http://127.0.0.1:${at.port}` : '';
  });
  afterAll(() => closing.disposeAsync());
  beforeEach(() => {
    hashes = [];
  });

  const ask = (...args: string[]) => curl('-H', 'Host: dash.example.com', ...args, origin);
  const by = (text: string): string[] => ['-H', `Authorization: ${text}`];

  it('costs one hash, whatever comes after it, and gives one session, which serves alone', async () => {
    const first = await ask(...by(basic('mica', '1234')));
    const cookie = cookieOf(first);
    expect([first.status, cookie]).toEqual([200, expect.stringMatching(/^dashgate=./)]);
    const second = await ask(...by(basic('MICA', '1234')));
    expect(cookieOf(second)).toBe(cookie);
    expect((await ask('-H', `Cookie: ${cookie}`)).status).toBe(200);
    const both = await ask(...by(basic('mica', '1234')), '-H', `Cookie: ${cookie}`);
    expect([both.status, both.headers.getSetCookie()]).toEqual([200, []]);
    expect(hashes).toEqual(['mica']);
  });

  it('costs one hash where twelve ask at once, and all get one session', async () => {
    const found = await Promise.all(Array.from({ length: 12 }, () => ask(...by(basic('mike', '123456')))));
    expect(new Set(found.map(cookieOf)).size).toBe(1);
    expect(hashes).toEqual(['mike']);
  });

  it('are refused when they are wrong, also beside a good cookie, and cost a hash each time', async () => {
    const cookie = cookieOf(await ask(...by(basic('mica', '1234'))));
    hashes = [];
    const wrong = await ask(...by(basic('mica', 'x')), '-H', `Cookie: ${cookie}`);
    expect([wrong.status, JSON.parse(wrong.body).reason]).toEqual([401, 'bad-password']);
    await ask(...by(basic('mica', 'x')));
    await ask(...by(basic('nobody', 'x')));
    expect(hashes).toEqual(['mica', 'mica', 'nobody']);
  });

  it.each(['cross-site', 'same-site'])('give no session to a request that another site began: %s', async (site) => {
    const answer = await ask(...by(basic('mica', '1234')), '-H', `Sec-Fetch-Site: ${site}`);
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
  });
});

needs('chromium', 'curl')('a request without credentials', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;
  beforeAll(async () => {
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT' }));
    chrome = await browser();
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  it('of curl is answered 401 in JSON, with the scheme that curl can answer', async () => {
    const { status, headers, body } = await curl(`${gate.origin}/x`);
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Basic realm="dashgate", charset="UTF-8"']);
    expect(headers.get('x-dashgate-login')).toMatch(new RegExp(`^${gate.origin}/_dashgate/login\\?return_to=`));
    expect(JSON.parse(body)).toEqual({ error: 'Sign in to use this.', reason: 'no-credentials' });
    expect((await curl('-u', `mica:${PASSWORDS.mica}`, '--anyauth', `${gate.origin}/x`)).status).toBe(200);
  });

  it.each([
    [
      'fetch',
      "fetch('/x').then((answer) => [answer.status, answer.redirected, answer.headers.get('www-authenticate')])",
    ],
    [
      'XMLHttpRequest',
      `new Promise((resolve) => { const request = new XMLHttpRequest(); request.open('GET', '/x');
        request.onload = () => resolve([request.status, request.responseURL !== location.origin + '/x', request.getResponseHeader('www-authenticate')]);
        request.send(); })`,
    ],
  ])('of %s in a page is answered 401, without a redirect and without a password dialog', async (_name, script) => {
    const page = await (await chrome.newContext()).newPage();
    await page.goto(`${gate.origin}/_dashgate/login`);
    // The page's own policy forbids it to ask for anything; the request is what is looked at here, not the policy.
    await page.route('**/_dashgate/login', async (route) => {
      const response = await route.fetch();
      const { 'content-security-policy': _policy, ...headers } = response.headers();
      await route.fulfill({ response, headers });
    });
    await page.reload();
    expect(await page.evaluate(script)).toEqual([401, false, 'Dashgate realm="dashgate"']);
    await page.context().close();
  });

  it('for a websocket is answered 401, and no connection is made', async () => {
    const socket = new WebSocket(`${gate.origin.replace('http', 'ws')}/live`, { origin: gate.origin });
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode);
    });
    socket.on('open', () => resolve(101));
    socket.on('error', () => {});
    expect(await promise).toBe(401);
    socket.terminate();
    expect(gate.upstream.seen.filter(({ isUpgrade }) => isUpgrade)).toEqual([]);
  });

  it('of a person is sent to the login page', async () => {
    const page = await (await chrome.newContext()).newPage();
    await page.goto(`${gate.origin}/x?y=1`);
    expect(page.url()).toBe(`${gate.origin}/_dashgate/login?return_to=${encodeURIComponent(`${gate.origin}/x?y=1`)}`);
    await page.context().close();
  });

  it.each<[string, string[], number]>([
    ['an image of a page', ['-H', 'Sec-Fetch-Mode: no-cors', '-H', 'Sec-Fetch-Dest: image'], 401],
    ['a page in a frame', ['-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: iframe'], 302],
    ['an old browser', ['-H', 'Accept: text/html,*/*;q=0.8'], 302],
    ['a form of an old browser', ['-H', 'Accept: text/html', '-d', 'a=1'], 401],
    ['a program that asks for JSON', ['-H', 'Accept: application/json'], 401],
    ['a head only', ['-I', '-H', 'Sec-Fetch-Mode: navigate'], 302],
  ])('of %s: %j', async (_who, args, status) => {
    expect((await curl(...args, `${gate.origin}/x`)).status).toBe(status);
  });

  it('of somebody signed in goes through, whichever way they proved it', async () => {
    const cookie = await gate.signIn('mike');
    expect((await curl('-b', cookie, `${gate.origin}/x`)).status).toBe(200);
    expect((await curl('-H', `Authorization: ${basicOf('mike')}`, `${gate.origin}/x`)).status).toBe(200);
    expect(gate.upstream.last().headers).not.toHaveProperty('authorization');
    expect(gate.upstream.last().headers).not.toHaveProperty('cookie');
  });
});
