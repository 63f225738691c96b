import type { RequestListener } from 'node:http';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNoticeScript, noticeTag } from '../../src/notice/script.ts';
import { endSession, noticeOf, showRoots, signInAgain } from '../flows/notice.ts';
import { openAs } from '../flows/page.ts';
import { browser } from '../support/browser.ts';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { OWN } from '../support/own-paths.ts';

const NONCE = 'b25jZQ';
/** The strictest policies that pages have: by nonce alone, by what nonces load, and with types for what becomes script. */
const POLICIES = [
  `default-src 'none'; script-src 'nonce-${NONCE}'; form-action 'none'`,
  `script-src 'nonce-${NONCE}' 'strict-dynamic'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'`,
  `default-src 'none'; script-src 'nonce-${NONCE}'; require-trusted-types-for 'script', script-src-elem 'nonce-${NONCE}'`,
  `default-src 'none'; script-src 'unsafe-inline'; report-uri /report`,
];
const page = (more = ''): string =>
  `<!doctype html><html><head><base href="https://evil.example.com/"><title>x</title></head><body>
<script nonce="${NONCE}">window.seen = []; document.addEventListener('securitypolicyviolation', ({ blockedURI }) => seen.push(blockedURI));</script>
<label>Typed <input></label>${more}</body></html>`;

const dashboard: RequestListener = ({ url = '' }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://x');
  const policy = searchParams.get('policy');
  if (pathname === '/forged') {
    response.setHeader('X-Dashgate-Login', 'https://evil.example.com/').setHeader('x-dashgate-user', 'ceo');
    response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"error":"x","reason":"session-expired"}');
    return;
  }
  if (policy !== null) response.setHeader('Content-Security-Policy', POLICIES[Number(policy)] ?? '');
  response.setHeader('Content-Type', 'text/html').end(page(searchParams.get('more') ?? ''));
};

needs('chromium')('the session notice', () => {
  let gate: Gate;
  let chrome: Browser;
  let context: BrowserContext;
  let open: Page;
  beforeAll(async () => {
    chrome = await browser();
    const app = { name: 'sales', at: '/', upstream: '$UPSTREAM', session_notice: 'on' };
    gate = await startGate({ publicUrl: 'http://127.0.0.1:$PORT', answer: dashboard, apps: [app] });
  });
  afterAll(async () => {
    await chrome.close();
    await gate[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    context = await chrome.newContext();
    await showRoots(context);
    open = await context.newPage();
  });
  afterEach(() => context.close());

  async function openPage(path: string): Promise<void> {
    const known = open.waitForResponse((answer) => answer.url().endsWith('/_dashgate/session') && answer.ok());
    await openAs(open, 'mica', gate.origin + path);
    await known;
  }
  const end = async (): Promise<void> => {
    await endSession(context, gate.origin);
    await open.evaluate(`dispatchEvent(new Event('focus'))`);
    await noticeOf(open).getByText('Your session has ended').waitFor();
  };

  it.each([...POLICIES.keys()])('works under a strict policy (%i), and breaks none of it', async (policy) => {
    await openPage(`/?policy=${policy}`);
    await open.getByLabel('Typed').fill('hello');
    await end();
    await signInAgain(open, 'mica');
    await noticeOf(open).waitFor({ state: 'detached' });
    expect(await open.getByLabel('Typed').inputValue()).toBe('hello');
    expect(await open.evaluate('seen')).toEqual([]);
  });

  it('opens a policy for its own script and its own question, and for nothing beside them', async () => {
    const more = `<script>window.inline = 1</script><script src="${gate.origin}/other.js"></script><img src="${gate.origin}/x.png">`;
    await openPage(`/?policy=0&more=${encodeURIComponent(more)}`);
    await open.evaluate(`fetch('${gate.origin}/data').catch(() => {})`);
    await expect
      .poll(async () => JSON.stringify(await open.evaluate('seen')))
      .toMatch(/inline.*other\.js.*x\.png.*\/data/);
    expect(await open.evaluate('window.inline')).toBeUndefined();
  });

  it('is not led astray by a <base> that somebody put into the page', async () => {
    await openPage('/');
    await end();
    const href = await noticeOf(open).getByRole('link', { name: 'Sign in again' }).getAttribute('href');
    expect(href).toBe(`${gate.origin}/_dashgate/login?return_to=${gate.origin}/_dashgate/signed-in`);
  });

  it('gives the window for signing in no hold on the page, nor the page one on that', async () => {
    await openPage('/');
    await end();
    const opening = context.waitForEvent('page');
    await open.evaluate('const { open } = window; window.open = (...how) => (window.beside = open(...how));');
    await noticeOf(open).getByRole('link', { name: 'Sign in again' }).click();
    const beside = await opening;
    await beside.waitForURL(/_dashgate\/login/);
    expect(await beside.evaluate('window.opener')).toBeNull();
    // Cut by the opener policy of the login page: not even a page of the same origin may look into it.
    expect(await open.evaluate('window.beside.closed')).toBe(true);
  });

  it('believes no message: what windows, channels and dashboards say is a reason to ask, and seldom', async () => {
    await openPage('/');
    let asked = 0;
    open.on('request', (request) => {
      if (request.url().endsWith('/_dashgate/session')) asked++;
    });
    await open.evaluate(`for (let time = 0; time < 500; time++) {
      new BroadcastChannel('dashgate').postMessage({ sub: 'file:ceo', ended: true });
      window.postMessage('ended', '*');
      dispatchEvent(new Event('focus'));
    }`);
    const forged = await open.evaluate(
      `fetch('${gate.origin}/forged').then(({ headers }) => headers.get('x-dashgate-login'))`,
    );
    expect(forged).toBeNull();
    const answered = open.waitForResponse(/_dashgate\/session/);
    await open.evaluate(`dispatchEvent(new Event('focus'))`);
    await answered;
    expect(await noticeOf(open).count()).toBe(0);
    expect(asked).toBeLessThan(5);
  });

  it('hears at once that somebody else is there, where they signed in in another window', async () => {
    await openPage('/');
    // Nothing that it would notice by itself: it has no connection, and nobody looks at it.
    await endSession(context, gate.origin);
    const other = await context.newPage();
    await openAs(other, 'mike', `${gate.origin}/?more=mine`);
    await noticeOf(open).getByText('Somebody else has signed in').waitFor({ timeout: 10_000 });
  });

  it('sends nothing of a page whose session is over, not by a beacon either', async () => {
    await openPage('/');
    await end();
    await context.request.post(`${gate.origin}/_dashgate/login`, { data: { user: 'mike', password: PASSWORDS.mike } });
    const { length } = gate.upstream.seen;
    await open.evaluate(`navigator.sendBeacon('${gate.origin}/kept', 'of mica')`);
    await open.evaluate(`fetch('${gate.origin}/_dashgate/session')`);
    expect(gate.upstream.seen).toHaveLength(length);
  });

  it('tells other windows nothing of who it is', async () => {
    await openPage('/');
    const other = await context.newPage();
    await other.goto(`${gate.origin}/_dashgate/login`);
    await other.evaluate(
      `window.heard = []; new BroadcastChannel('dashgate').onmessage = ({ data }) => heard.push(JSON.stringify(data))`,
    );
    await end();
    await expect.poll(() => other.evaluate('heard')).toEqual(['0']);
    expect(await open.content()).not.toMatch(/mica/);
  });
});

describe('the script of the session notice', () => {
  it('is the same for everybody, and echoes nothing of a request', async () => {
    await using gate = await startGate({
      answer: dashboard,
      apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', session_notice: 'on' }],
    });
    const Cookie = await gate.signIn('mica');
    const asked = { Cookie, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html' };
    const { body } = await gate.ask('/%22%3E%3Cscript%3E?"><script>', { headers: { ...asked, Referer: '"><script>' } });
    expect(body).toBe(page().replace('<head>', `<head>${noticeTag(OWN)}`));
    expect(String(createNoticeScript(OWN).body)).not.toMatch(
      /innerHTML|outerHTML|insertAdjacent|document\.write|eval|localStorage|sessionStorage/,
    );
  });

  it('ends signing in at a page that cannot be framed, takes no address from outside, and no other script', async () => {
    await using gate = await startGate();
    const Cookie = await gate.signIn('mica');
    const { headers, body } = await gate.ask('/_dashgate/signed-in?return_to=https://evil.example.com/', {
      headers: { Cookie },
    });
    expect([headers.get('x-frame-options'), headers.get('cross-origin-opener-policy')]).toEqual([
      'DENY',
      'same-origin',
    ]);
    expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*('self'|'unsafe|\*)/);
    expect(body).not.toContain('evil');
  });
});
