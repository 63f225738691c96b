import { execFileSync } from 'node:child_process';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { typeIn } from '../flows/page.ts';
import { browser } from '../support/browser.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { type Chain, PASSWORDS, startChain } from './nginx-chain.ts';

const HOSTS = ['dash.example.test', 'a.example.test', 'b.other.test'];

needs(
  'nginx',
  'openssl',
  'chromium',
)('apps at several hosts behind nginx, which asks the check', () => {
  let dir: TempDir;
  let chain: Chain;
  let chrome: Browser;
  const at = (host: string, path: string): string => `https://${host}:${chain.port}${path}`;

  beforeAll(async () => {
    dir = await tempDir();
    const [cert, key] = [dir.file('cert.pem'), dir.file('key.pem')];
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    const names = HOSTS.map((host) => `DNS:${host}`).join(',');
    const rest = ['-subj', '/CN=front', '-addext', `subjectAltName=${names}`, '-keyout', key, '-out', cert];
    execFileSync(program('openssl'), [...request, ...rest], { stdio: 'ignore' });
    const app = (host: string, name: string): string =>
      `\n  - { name: ${name}, at: "https://${host}:$PORT/", upstream: "$DASHBOARD", open: ["/**"] }`;
    chain = await startChain({
      cert: { cert, key },
      publicUrl: 'https://dash.example.test:$PORT',
      apps: HOSTS.map((host, index) => app(host, `app-${index}`)).join(''),
    });
    chrome = await browser(HOSTS);
  });
  afterAll(async () => {
    await chrome?.close();
    await chain?.[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });
  const context = async (): Promise<BrowserContext> => {
    const opened = await chrome.newContext({ ignoreHTTPSErrors: true });
    onTestFinished(() => opened.close());
    return opened;
  };

  it('one sign-in serves all three, and signing out at one ends it at all', async () => {
    const own = await context();
    const page = await own.newPage();
    await page.goto(at('a.example.test', '/x?y=1'));
    expect(new URL(page.url()).hostname).toBe('dash.example.test');
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('a.example.test', '/x?y=1'));
    for (const host of ['b.other.test', 'dash.example.test']) {
      const answer = await page.goto(at(host, '/z'));
      expect([answer?.status(), page.url()]).toEqual([200, at(host, '/z')]);
    }
    const seen = chain.dashboard.seen.map(({ headers }) => `${headers.get('host')} ${headers.get('x-dashgate-user')}`);
    expect(new Set(seen)).toEqual(new Set(HOSTS.map((host) => `${host}:${chain.port} mica`)));
    expect(chain.dashboard.seen.some(({ headers }) => headers.get('cookie')?.includes('dashgate'))).toBe(false);

    await page.goto(at('b.other.test', '/_dashgate/logout'));
    await page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await page.getByText('also at the other addresses').waitFor();
    for (const host of ['a.example.test', 'b.other.test']) {
      await page.goto(at(host, '/x'));
      expect(new URL(page.url()).hostname).toBe('dash.example.test');
    }
  });

  it('a script of another host is told 401, and no log has the code', async () => {
    const own = await context();
    const page = await own.newPage();
    await page.goto(at('dash.example.test', '/x'));
    await typeIn(page, 'mica', PASSWORDS.mica);
    await page.waitForURL(at('dash.example.test', '/x'));
    const codes: string[] = [];
    page.on('request', (request) => {
      const code = new URL(request.url()).searchParams.get('code');
      if (code !== null) codes.push(code);
    });
    await page.goto(at('a.example.test', '/x'));
    expect(codes).toHaveLength(1);
    expect(await chain.accessLog()).toContain('/_dashgate/handoff');
    expect(await chain.accessLog()).not.toContain(codes[0]);
    await own.clearCookies({ domain: 'a.example.test' });
    const status = await page.evaluate(async () => (await fetch('/data', { redirect: 'manual' })).status);
    expect(status).toBe(401);
  });
});
