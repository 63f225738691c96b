import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      { name: 'sales', at: 'http://sales.example.com/', upstream: '$UPSTREAM', resource: 'hr' },
      { name: 'wiki', at: 'http://wiki.example.com:8443/', upstream: '$UPSTREAM', public: ['/**'] },
      { name: 'rooms', at: '/rooms/', upstream: '$UPSTREAM', resource: 'hr' },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const get = (host: string, path = '/x', headers: readonly string[] = []) =>
  rawTo(gate, [`GET ${path} HTTP/1.1`, host, 'Connection: close', ...headers, '', ''].join('\r\n'));
const verify = (host: string, app: string) => gate.verify('/x', { app, headers: { 'X-Forwarded-Host': host } });

// Authelia CVE-2026-48794, tinyauth CVE-2026-77560, Caddy CVE-2026-27588, -27587
it.each(['SALES.example.com', 'sales.EXAMPLE.com', 'Sales.Example.Com'])(
  '%s is the same place in any case',
  async (host) => {
    expect((await get(`Host: ${host}`))?.status).toBe(401);
    expect((await verify(host, 'sales')).status).toBe(401);
    expect((await verify(host, 'wiki')).headers.get('x-dashgate-reason')).toBe('app-mismatch');
    const mike = `Authorization: ${basicOf('mike')}`;
    expect((await get(`Host: ${host}`, '/x', [mike]))?.status).toBe(403);
    expect((await get(`Host: ${host}`, '/x', [`Authorization: ${basicOf('hanna')}`]))?.status).toBe(200);
    expect(gate.upstream.seen.map(({ headers }) => headers.host)).toEqual(['sales.example.com']);
  },
);

// http-proxy-middleware CVE-2026-55602
it.each([
  ...['sales.example.com.', 'sales.example.com:80', 'sales.example.com:8443', 'sales.example.com:', 'wiki.example.com'],
  ...['wiki.example.com:8443.', 'wiki.example.com:08443', 'wiki.example.com:443', 'xwiki.example.com:8443'],
  ...[
    'wiki.example.com.evil.example',
    'evil.example',
    'example.com',
    'wiki',
    'wiki.example.com:8443/',
    'a@wiki.example.com:8443',
  ],
  ...[
    'wiki.example.com:8443, sales.example.com',
    'wiki.example.com:8443#',
    'wiki.example.com:8443?',
    'wiki_example.com:8443',
  ],
  ...[
    'wiki..example.com:8443',
    '.wiki.example.com:8443',
    'wiki.example.com:8443 ',
    '',
    '*',
    '127.0.0.1',
    'localhost',
    '[::1]',
  ],
  ...['w\xefki.example.com:8443', 'xn--wiki.example.com:8443', 'wiki.example.com:99999', 'wiki.example.com:8443:80'],
])('Host %j leads to no dashboard that is not there', async (host) => {
  const mica = `Authorization: ${basicOf('mica')}`;
  const answer = await get(`Host: ${host}`, '/x', [mica]);
  // A blank at the end is none (RFC 9110 §5.5).
  if (host !== host.trim()) expect(answer?.status).toBe(200);
  else expect([400, 404, 421], `${answer?.status}`).toContain(answer?.status);
  if (host === host.trim()) expect(gate.upstream.seen).toEqual([]);
  if (/^[ -~]*$/.test(host) && host === host.trim()) expect((await verify(host, 'wiki')).status).toBe(403);
});

it('no Host, and two of them, are refused', async () => {
  const mica = `Authorization: ${basicOf('mica')}`;
  const hosts = [
    ['X-None: 1'],
    ['Host: wiki.example.com:8443', 'Host: sales.example.com'],
    ['Host: sales.example.com', 'Host: wiki.example.com:8443'],
    ['Host: wiki.example.com:8443', 'hOST: wiki.example.com:8443'],
  ];
  for (const [first = '', ...more] of hosts) {
    for (const path of ['/x', '/_dashgate/login', '/_dashgate/session']) {
      const answer = await get(first, path, [...more, mica]);
      expect(answer?.status, `${first} ${more} ${path}`).toBe(400);
    }
  }
  expect(gate.upstream.seen).toEqual([]);
});

it('a target with a host of its own is no way around the Host header', async () => {
  for (const path of ['http://wiki.example.com:8443/x', '//wiki.example.com:8443/x', 'wiki.example.com:8443']) {
    expect((await get('Host: sales.example.com', path))?.status).toBe(400);
  }
});

it('a place beside an app’s prefix is not in the app, and not in another', async () => {
  const mica = `Authorization: ${basicOf('mica')}`;
  for (const path of ['/roomsx', '/room', '/rooms.', '/x/rooms/']) {
    expect((await get(`Host: ${gate.host}`, path, [mica]))?.status, path).toBe(404);
  }
  for (const path of ['/rooms/', '/rooms/x']) {
    expect((await get(`Host: ${gate.host}`, path, [mica]))?.status, path).toBe(200);
    expect((await get(`Host: ${gate.host}`, path))?.status, path).toBe(401);
  }
});

it('the way from a prefix without its slash leads to where the configuration says, whatever stands behind it', async () => {
  for (const query of [
    '',
    '?x=/..//evil.example',
    '?\xff',
    '?\x7f',
    '?\x01',
    '?a?b',
    '?\\evil.example',
    '?#//evil.example',
  ]) {
    const answer = await get(`Host: ${gate.host}`, `/rooms${query}`);
    const place = answer?.headers.get('location');
    expect([302, 400]).toContain(answer?.status ?? 400);
    if (place) expect(new URL(place).origin + new URL(place).pathname).toBe('http://dash.example.com/rooms/');
  }
  expect((await gate.ask('/rooms/')).status).toBe(401);
});

it('our own pages are at the hosts of the configuration only', async () => {
  for (const host of ['evil.example', 'dash.example.com.evil.example', 'dash.example.com:81']) {
    const answer = await get(`Host: ${host}`, '/_dashgate/login', ['Accept: text/html']);
    expect(answer?.status).toBe(404);
    expect(answer?.body).not.toContain('evil');
  }
});
