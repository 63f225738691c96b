import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noticeTag } from '../../src/notice/script.ts';
import { endSession, noticeOf, showRoots, signInAgain } from '../flows/notice.ts';
import { typeIn } from '../flows/page.ts';
import { browser } from '../support/browser.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { OWN } from '../support/own-paths.ts';
import { startGunicorn } from '../support/start-gunicorn.ts';
import { type Chain, startChain } from './nginx-chain.ts';

const apps = join(import.meta.dirname, '../support/dashboards');
const MICA = ['-u', 'mica:correct horse'];
const PAGE = '<!doctype html><html><head><title>x</title></head></html>';
const OPENED = ['-H', 'Sec-Fetch-Mode: navigate', '-H', 'Sec-Fetch-Dest: document', '-H', 'Accept: text/html'];

/** A page for each path: with the policy that its query asks for. */
const pages: RequestListener = ({ url = '', headers }, response) => {
  const policy = new URL(url, 'http://x').searchParams.get('policy');
  if (policy) response.setHeader('Content-Security-Policy', policy);
  const asked = ['accept-encoding', 'range', 'if-none-match'].filter((name) => headers[name] !== undefined);
  response.setHeader('Content-Type', 'text/html').setHeader('ETag', '"a"').setHeader('X-Asked', asked.join());
  response.end(PAGE);
};

needs('nginx', 'curl')('the session notice behind nginx', () => {
  const closing = new AsyncDisposableStack();
  let chain: Chain;
  beforeAll(async () => {
    const server = createServer(pages).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.defer(() => server.close().closeAllConnections());
    const { port } = server.address() as AddressInfo;
    chain = closing.use(
      await startChain({
        apps: `
  - { name: noticed, at: /noticed/, upstream: "http://127.0.0.1:${port}", session_notice: on }
  - { name: plain, at: /plain/, upstream: "http://127.0.0.1:${port}" }`,
      }),
    );
  });
  afterAll(() => closing.disposeAsync());
  const at = (path: string): string => `http://localhost:${chain.port}${path}`;

  it('is in pages that somebody opens, and in nothing else', async () => {
    const woven = PAGE.replace('<head>', `<head>${noticeTag(OWN)}`);
    const more = ['-H', 'Range: bytes=0-3', '-H', 'If-None-Match: "a"', '-H', 'Accept-Encoding: gzip'];
    const opened = await curl(...MICA, ...OPENED, ...more, at('/noticed/'));
    expect([opened.body, opened.headers.get('etag'), opened.headers.get('x-asked')]).toEqual([woven, null, '']);
    const fetched = await curl(
      ...MICA,
      '-H',
      'Sec-Fetch-Mode: cors',
      '-H',
      'Sec-Fetch-Dest: empty',
      ...more,
      at('/noticed/'),
    );
    expect([fetched.body, fetched.headers.get('etag')]).toEqual([PAGE, '"a"']);
    expect(fetched.headers.get('x-asked')).toBe('accept-encoding,range,if-none-match');
    expect((await curl(...MICA, '-H', 'Accept: text/html', at('/noticed/'))).body).toBe(woven);
    expect((await curl(...MICA, ...OPENED, at('/plain/'))).body).toBe(PAGE);
  });

  it.each([
    ["script-src 'self' x.example", true],
    ["default-src 'self'; img-src *; script-src-attr 'none'", true],
    ["frame-ancestors 'self'", true],
    ["script-src 'nonce-x'; default-src 'self'", false],
    ["script-src 'self' 'strict-dynamic'", false],
    ["script-src 'self'; connect-src api.example", false],
    ["default-src 'none'", false],
    ['sandbox allow-scripts', false],
  ])('with the policy %s: %s', async (policy, isThere) => {
    const { body, headers } = await curl(...MICA, ...OPENED, at(`/noticed/?policy=${encodeURIComponent(policy)}`));
    expect([body.includes(noticeTag(OWN)), headers.get('content-security-policy')]).toEqual([isThere, policy]);
  });
  afterAll(() => closing.disposeAsync());
});

needs(
  'nginx',
  'python',
  'chromium',
)('a Dash page behind nginx that stays open', () => {
  const closing = new AsyncDisposableStack();
  let chain: Chain;
  let chrome: Browser;
  beforeAll(async () => {
    const below = { DASH_REQUESTS_PATHNAME_PREFIX: '/dash/', DASH_ROUTES_PATHNAME_PREFIX: '/dash/' };
    const dash = closing.use(await startGunicorn(apps, below, 'dash_app:server'));
    chain = closing.use(
      await startChain({
        apps: `
  - { name: dash, kind: dash, at: /dash/, upstream: "${dash.origin}", session_notice: on }`,
      }),
    );
    chrome = await browser();
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());

  it('says that its session has ended, and goes on where it was', async () => {
    await using context = await chrome.newContext();
    await showRoots(context);
    const page = await context.newPage();
    const origin = `http://localhost:${chain.port}`;
    await page.goto(`${origin}/dash/`);
    await typeIn(page, 'mica', 'correct horse');
    await page.locator('#typed').fill('hello');
    await page.getByRole('button', { name: 'Count' }).click();
    await page.locator('#said').getByText('1: hello at 3').waitFor();
    await endSession(context, origin);
    await page.getByRole('button', { name: 'Count' }).click();
    await noticeOf(page).getByText('Your session has ended').waitFor();
    await signInAgain(page, 'mica', 'correct horse');
    await noticeOf(page).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Count' }).click();
    await page.locator('#said').getByText('2: hello at 3').waitFor();
    expect(await chain.nginx.errorLog()).not.toMatch(/\[(?:error|crit|alert|emerg)\]/);
  });
});
