import { afterAll, beforeAll, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { createWalker } from '../support/walker.ts';
import { type Chain, MICA, PASSWORDS, startChain } from './nginx-chain.ts';

needs('nginx')('an app at every host of one label, behind nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain({
      publicUrl: 'http://dash.example.test:$PORT',
      apps: `
  - { name: home, at: /, upstream: "$DASHBOARD" }
  - { name: tenants, at: "http://*.dash.example.test:$PORT/", upstream: "$DASHBOARD" }
  - { name: cut, at: "http://*.dash.example.test:$PORT/cut/", upstream: "$DASHBOARD/" }
  - { name: own, at: "http://own.dash.example.test:$PORT/app/", upstream: "$DASHBOARD" }`,
    });
  });
  afterAll(() => chain?.[Symbol.asyncDispose]());
  const get = (host: string, path = '/x') =>
    raw(chain.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${MICA}\r\nConnection: close\r\n\r\n`);
  const seenOf = (path: string) => chain.dashboard.seen.filter(({ url }) => url === path);

  it.each([
    ['x.dash.example.test', '/x-1', '/x-1'],
    ['X.DASH.Example.TEST', '/x-2', '/x-2'],
    ['y-2.dash.example.test', '/cut/x-3', '/x-3'],
  ])('%s is one of its hosts, and told as that', async (host, path, asked) => {
    expect((await get(`${host}:${chain.port}`, path))?.status).toBe(200);
    const told = `${host.toLowerCase()}:${chain.port}`;
    const [seen] = seenOf(asked);
    expect([seen?.headers.get('host'), seen?.headers.get('x-forwarded-host')]).toEqual([told, told]);
  });

  it.each([
    ...[
      'evil.com',
      'a.b.dash.example.test',
      'x.dash.example.test.evil.com',
      '.dash.example.test',
      '-.dash.example.test',
    ],
    ...['*.dash.example.test', 'x_y.dash.example.test', 'x.dash.example.test.', 'x..dash.example.test', ''],
  ])('%j is none of them', async (host) => {
    const answer = await get(`${host}:${chain.port}`, '/none');
    expect([400, 403, 421]).toContain(answer?.status ?? 400);
    expect(seenOf('/none')).toEqual([]);
  });

  it('nor is one of them with another port, or one that is named by itself', async () => {
    for (const port of ['', ':1', `:${chain.port}0`])
      expect([400, 403, 421]).toContain((await get(`x.dash.example.test${port}`, '/none'))?.status);
    expect((await get(`own.dash.example.test:${chain.port}`, '/none'))?.status).toBe(404);
    expect((await get(`own.dash.example.test:${chain.port}`, '/app/there'))?.status).toBe(200);
    expect(seenOf('/none')).toEqual([]);
  });

  it('where the request line names one of them and the Host header another, nothing is judged by the one and told the other', async () => {
    const [x, y] = [`x.dash.example.test:${chain.port}`, `y.dash.example.test:${chain.port}`];
    const ask = (line: string, host: string) => get(host, `http://${line}/twofold`);
    expect((await ask(x, x))?.status).toBe(200);
    expect(seenOf('/twofold').map(({ headers }) => headers.get('host'))).toEqual([x]);
    expect([400, 403]).toContain((await ask(y, x))?.status);
    expect([400, 403]).toContain((await ask(y, `dash.example.test:${chain.port}`))?.status);
    expect(seenOf('/twofold')).toHaveLength(1);
  });

  it('people sign in where they do, and come back to the host that they wanted', async () => {
    const walker = createWalker();
    const wanted = `http://x.dash.example.test:${chain.port}/report?y=1`;
    const page = await walker.follow(wanted);
    expect(page.url.host).toBe(`dash.example.test:${chain.port}`);
    const form = { user: 'mica', password: PASSWORDS.mica, return_to: page.url.searchParams.get('return_to') ?? '' };
    const back = await walker.follow(new URL('/_dashgate/login', page.url), { form });
    expect([back.status, back.url.href]).toEqual([200, wanted]);
    expect(seenOf('/report?y=1').at(-1)?.headers.get('x-dashgate-user')).toBe('mica');
    const other = await walker.follow(`http://y.dash.example.test:${chain.port}/z`);
    expect([other.status, other.url.host]).toEqual([200, `y.dash.example.test:${chain.port}`]);
  });
});

needs('nginx')('an app at many hosts, behind nginx that keeps answers', () => {
  it('what was allowed at one host is not taken for another that the request line names', async () => {
    await using chain = await startChain({
      publicUrl: 'http://dash.example.test:$PORT',
      apps: `
  - { name: tenants, at: "http://*.dash.example.test:$PORT/", upstream: "$DASHBOARD" }`,
      options: { authCacheSec: 10 },
    });
    const [x, y] = [`x.dash.example.test:${chain.port}`, `y.dash.example.test:${chain.port}`];
    const get = (line: string, host: string) =>
      raw(chain.port, `GET ${line}/kept HTTP/1.1\r\nHost: ${host}\r\n${MICA}\r\nConnection: close\r\n\r\n`);
    expect((await get('', x))?.status).toBe(200);
    expect((await get('', y))?.status).toBe(200);
    expect([400, 403]).toContain((await get(`http://${y}`, x))?.status);
    expect(chain.dashboard.seen.map(({ headers }) => headers.get('host'))).toEqual([x, y]);
  });
});
