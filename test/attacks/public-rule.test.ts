import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      {
        name: 'sales',
        at: '/',
        upstream: '$UPSTREAM',
        resources: [{ resource: 'hr', paths: ['/hr', '/hr/**', '/open/*/private'] }],
        public: ['/robots.txt', '/open/**', '/img/*.png', '/hr/logo.png'],
      },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const get = (path: string) => rawTo(gate, `GET ${path} HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\n\r\n`);

// oauth2-proxy CVE-2025-54576
it.each([
  '/x?/robots.txt',
  '/x?robots.txt',
  '/hr?/open/x',
  '/?path=/robots.txt',
  '/x?/open/../robots.txt',
  '/x?.png',
  '/x?/img/a.png',
  '/?/open/',
  '/robots.txt/x?',
  '/robots.txt?/../hr'.replace('robots.txt', 'robots'),
])('%s: a query opens nothing', async (path) => {
  expect((await get(path))?.status).toBe(401);
  expect((await gate.verify(path)).status).toBe(401);
  expect(gate.upstream.seen).toEqual([]);
});

it.each([
  ...[
    '/robots.txt/',
    '/robots.txt/x',
    '/robots.txtx',
    '/xrobots.txt',
    '/x/robots.txt',
    '/robotsxtxt',
    '/ROBOTS.TXT',
    '/Robots.txt',
  ],
  ...[
    '/opened',
    '/openx/y',
    '/Open/x',
    '/OPEN/x',
    '/x/open/y',
    '/img/a.jpg',
    '/img/a.png/x',
    '/img/x/a.png',
    '/img/a.png.exe',
  ],
  ...['/img/.PNG', '/IMG/a.png', '/open.', '/open:x', '/open%20/x', '/robots.txt%20', '/robots.txt.', '/robots.txt~'],
])('%s is not public because something like it is', async (path) => {
  expect((await get(path))?.status).toBe(401);
  expect((await gate.verify(path)).status).toBe(401);
  expect(gate.upstream.seen).toEqual([]);
});

it.each(['/hr/logo.png', '/open/x/private', '/OPEN/x/PRIVATE'.replace('OPEN', 'open'), '/open/x/private/'])(
  '%s is guarded, so no public pattern opens it',
  async (path) => {
    expect((await get(path))?.status).toBe(401);
    expect((await gate.ask(path, { headers: { Authorization: basicOf('mike') } })).status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  },
);

it('what is public is public, and nobody is named to it', async () => {
  for (const path of ['/robots.txt', '/robots.txt?x=/hr', '/open', '/open/', '/open/x/y', '/img/a.png']) {
    expect((await get(path))?.status, path).toBe(200);
    expect(gate.upstream.last().headers['x-dashgate-user']).toBeUndefined();
  }
});

it('a bad credential does not spoil a public page, nor does a good one name anybody to it', async () => {
  for (const headers of [
    { Authorization: 'Basic eDp5' },
    { Cookie: 'dashgate=x' },
    { Authorization: basicOf('mica') },
  ]) {
    expect((await gate.ask('/robots.txt', { headers })).status).toBe(200);
    expect(JSON.stringify(gate.upstream.last().rawHeaders)).not.toMatch(/mica|Basic|dashgate=/);
  }
});

// The path-to-regexp, qs and body-parser family: an expression that backtracks.
it('a pattern takes time in proportion to the path', async () => {
  const stars = `/${'a*'.repeat(30)}b`;
  const doubles = `/${'x/**/'.repeat(20)}end`;
  await gate.reconfigure({
    apps: [{ name: 'sales', at: '/', upstream: '$UPSTREAM', resources: [{ resource: 'hr', paths: [stars, doubles] }] }],
  });
  const began = performance.now();
  for (const path of [`/${'a'.repeat(12_000)}c`, `/${'x/'.repeat(6_000)}nearly`]) {
    expect((await gate.verify(path)).status).toBe(401);
  }
  expect(performance.now() - began).toBeLessThan(2_000);
});
