import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { METHOD_OVERRIDES } from '../../src/lib/method-override.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { type Chain, startChain } from './nginx-chain.ts';

const CACHED = { options: { authCacheSec: 10 } };

needs('nginx', 'curl')('init nginx --auth-cache', () => {
  let chain: Chain;
  let asked: IncomingHttpHeaders[] = [];
  let answer: { status: number; headers: Record<string, string> };
  beforeAll(async () => {
    chain = await startChain({
      ...CACHED,
      check(incoming, response) {
        if (incoming.url === '/_dashgate/auth/nginx') asked.push(incoming.headers);
        response
          .writeHead(answer.status, { 'Cache-Control': 'no-store', 'Content-Length': '0', ...answer.headers })
          .end();
      },
    });
  });
  beforeEach(() => {
    asked = [];
    answer = { status: 200, headers: { 'X-Dashgate-User': 'mica' } };
    chain.dashboard.forget();
  });
  afterAll(() => chain[Symbol.asyncDispose]());

  /** Each test has a path of its own, so that it finds nothing of another's. */
  const ask = (path: string, ...args: string[]) => curl(...args, `http://${chain.host}/kept/${path}`);

  it('asks once for the same request, and tells the dashboard the same of it', async () => {
    for (let i = 0; i < 3; i++) expect((await ask('same', '-H', 'Cookie: dashgate=x')).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect(chain.dashboard.seen.map(({ headers }) => headers.get('x-dashgate-user'))).toEqual(['mica', 'mica', 'mica']);
  });

  it('asks anew where anything differs that a decision may hang on', async () => {
    const others = [
      ['-H', 'Cookie: dashgate=y'],
      ['-H', 'Cookie: dashgate=x; other=1'],
      [],
      ['-I'],
      ['--interface', '127.0.0.2'],
      ['-H', 'Cookie: dashgate=x', '-H', 'Origin: null'],
      ['-H', 'Cookie: dashgate=', '-H', 'Origin: x'],
      ['-H', 'Cookie: dashgate=x', '-H', 'Sec-Fetch-Site: cross-site'],
      ['-H', 'Cookie: dashgate=x', '-H', 'Sec-Fetch-Mode: navigate'],
      ['-H', 'Cookie: dashgate=x', '-H', 'Accept: text/html'],
      ...METHOD_OVERRIDES.map((name) => ['-H', 'Cookie: dashgate=x', '-H', `${name}: DELETE`]),
    ];
    await ask('other', '-H', 'Cookie: dashgate=x');
    for (const [index, args] of others.entries()) {
      await ask('other', ...args);
      expect(asked, args.join(' ')).toHaveLength(index + 2);
    }
    await ask('other?q=1', '-H', 'Cookie: dashgate=x');
    await curl('-H', 'Cookie: dashgate=x', `http://${chain.host}/cut/other`);
    expect(asked).toHaveLength(others.length + 3);
  });

  it.each([
    ['what changes something', ['-X', 'POST', '-d', 'x']],
    ['a password', ['-u', 'mica:1234']],
    ['a token', ['-H', 'Authorization: Bearer x']],
  ])('asks each time about %s', async (what, args) => {
    for (let i = 0; i < 2; i++) await ask(`each/${what.replaceAll(' ', '-')}`, ...args);
    expect(asked).toHaveLength(2);
  });

  it.each([401, 403])('keeps no %s: who may come in now is let in', async (status) => {
    answer = { status, headers: {} };
    for (let i = 0; i < 2; i++) await ask(`refused/${status}`);
    expect(asked).toHaveLength(2);
    answer = { status: 200, headers: {} };
    expect((await ask(`refused/${status}`)).status).toBe(200);
  });

  it('gives nobody the cookie that somebody else was given', async () => {
    answer = { status: 200, headers: { 'Set-Cookie': 'dashgate=new' } };
    await ask('cookie');
    answer = { status: 200, headers: {} };
    expect((await ask('cookie')).headers.get('set-cookie')).toBeNull();
    expect(asked).toHaveLength(2);
  });
});

needs('nginx', 'curl')('init nginx --auth-cache 2s, and dashgate behind it', () => {
  it('a logout counts two seconds later at the latest', async () => {
    await using chain = await startChain({ options: { authCacheSec: 2 } });
    const json = ['-H', 'Content-Type: application/json', '-d'];
    const body = JSON.stringify({ user: 'mica', password: 'correct horse' });
    const signedIn = await curl(...json, body, `http://${chain.host}/_dashgate/login`);
    const cookie = `Cookie: ${signedIn.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''}`;
    const status = async () => (await curl('-H', cookie, `http://${chain.host}/kept/hr`)).status;
    expect(await status()).toBe(200);
    await curl('-H', cookie, ...json, '{}', `http://${chain.host}/_dashgate/logout`);
    const endedMs = performance.now();
    // When the last request that was let through had begun.
    let lastMs = endedMs;
    for (let beganMs = endedMs; (await status()) === 200; beganMs = performance.now()) lastMs = beganMs;
    expect(lastMs - endedMs).toBeLessThan(2000);
    expect(await status()).toBe(401);
  });
});
