import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { typeIn } from '../flows/page.ts';
import { browser } from '../support/browser.ts';
import { type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';

// JupyterHub CVE-2024-28233, CVE-2026-40864: a neighbour in the domain sets cookies that reach the login. Over http, where no
// name keeps it from that; what it can plant must neither sign anybody in nor lock anybody out without a word.

needs('chromium')('a neighbour that sets cookies of our name for the whole domain', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let chrome: Browser;
  let neighbour: string;
  let context: BrowserContext;
  let page: Page;
  const HOSTS = ['dash.example.test', 'a.example.test', 'evil.example.test'];
  const at = (host: string, path = '/'): string => `http://${host}.example.test:${gate.port}${path}`;

  beforeAll(async () => {
    gate = closing.use(
      await startGate({
        publicUrl: 'http://dash.example.test:$PORT',
        apps: [
          { name: 'home', at: 'http://dash.example.test:$PORT/', upstream: '$UPSTREAM' },
          { name: 'away', at: 'http://a.example.test:$PORT/', upstream: '$UPSTREAM' },
        ],
        answer: (_request, response) =>
          response
            .setHeader('Content-Type', 'text/html')
            .end('<!doctype html><link rel="icon" href="data:,"><h1>Dashboard</h1>'),
      }),
    );
    const server: Server = createServer((request, response) => {
      const cookie = new URL(request.url ?? '/', 'http://x').searchParams.get('set') ?? '';
      response.setHeader('Set-Cookie', cookie.split('|')).end('done');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.defer(() => void server.close().closeAllConnections());
    neighbour = `http://evil.example.test:${(server.address() as AddressInfo).port}`;
    chrome = await browser(HOSTS);
    closing.defer(() => chrome.close());
  });
  afterAll(() => closing.disposeAsync());
  beforeEach(async () => {
    context = await chrome.newContext();
    page = await context.newPage();
    onTestFinished(() => context.close());
  });

  const toss = (...cookies: string[]) => page.goto(`${neighbour}/?set=${encodeURIComponent(cookies.join('|'))}`);
  const who = async (url: string): Promise<string> => {
    const cookies = (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join('; ');
    const { host } = new URL(url);
    const answer = await gate.ask('/_dashgate/session', { headers: { Host: host, Cookie: cookies } });
    return answer.status === 200 ? JSON.parse(answer.body).user : '';
  };
  const signIn = async (url: string, user: 'mica' | 'nora' = 'mica'): Promise<void> => {
    await page.goto(url);
    await typeIn(page, user, PASSWORDS[user]);
  };

  it.each([
    ['one', ['dashgate=planted; Domain=example.test; Path=/']],
    ['chunks', ['dashgate.0=planted; Domain=example.test; Path=/', 'dashgate.1=x; Domain=example.test; Path=/']],
  ])('does not keep anybody from signing in, by %s that was there before: it is taken away', async (_what, cookies) => {
    await toss(...cookies);
    for (const host of ['dash', 'a']) {
      await page.goto(at(host, '/x'));
      if (host === 'dash') await typeIn(page, 'mica', PASSWORDS.mica);
      await page.waitForURL(at(host, '/x'));
      expect(await who(at(host))).toBe('mica');
    }
    expect((await context.cookies()).filter(({ domain }) => domain === '.example.test')).toEqual([]);
  });

  it('beside a session: nothing is believed, the page says why, and signing in once more is enough', async () => {
    await signIn(at('dash', '/x'));
    await page.waitForURL(at('dash', '/x'));
    await toss('dashgate=planted; Domain=example.test; Path=/');
    await page.goto(at('dash', '/x'));
    expect(await page.getByRole('status').textContent()).toContain('more than one session cookie');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('dash', '/x'));
  });

  it('where it cannot be taken away, a page says what to do: nothing goes round, at the sign-in and at an app’s host', async () => {
    await toss('dashgate=planted; Domain=example.test; Path=/x');
    await signIn(at('dash', '/x'));
    await page.getByText('delete the cookies of this site').waitFor();
    expect(new URL(page.url()).pathname).toBe('/_dashgate/login');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.getByText('delete the cookies of this site').waitFor();
    // Elsewhere all is well.
    await signIn(at('dash', '/y'));
    await page.waitForURL(at('dash', '/y'));
    await page.goto(at('a', '/x'));
    await page.getByText('more than one session cookie').waitFor();
    expect(new URL(page.url()).host).toBe(new URL(at('a')).host);
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.getByText('more than one session cookie').waitFor();
    await context.clearCookies({ domain: '.example.test' });
    await page.getByRole('link', { name: 'Try again' }).click();
    await page.waitForURL(at('a', '/x'));
  });

  it('its own good session beside the victim’s is not believed either', async () => {
    const planted = (await gate.signIn('nora')).slice('dashgate='.length);
    await signIn(at('dash', '/x'));
    await page.waitForURL(at('dash', '/x'));
    await toss(`dashgate=${planted}; Domain=example.test; Path=/`);
    expect(await who(at('dash'))).toBe('');
    await page.goto(at('dash', '/x'));
    expect(new URL(page.url()).pathname).toBe('/_dashgate/login');
  });

  it('over https no browser takes the name from it', async () => {
    await toss(
      '__Host-dashgate=planted; Domain=example.test; Path=/; Secure',
      '__Host-dashgate-handoff.abcdefgh=x; Domain=example.test; Path=/; Secure',
      'control=1; Domain=example.test; Path=/',
    );
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['control']);
  });
});
