import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';

// Bokeh CVE-2026-21883: `dash.corp.evil.com` passed an Origin list; a websocket carries cookies and asks nobody.

let gate: Gate;
let cookie: string;
beforeAll(async () => {
  gate = await startGate();
  cookie = await gate.signIn('nora');
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const KEY = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const open = (path: string, headers: readonly string[], offer = ['Upgrade: websocket', 'Connection: Upgrade']) =>
  rawTo(gate, [`GET ${path} HTTP/1.1`, 'Host: $HOST', ...offer, ...KEY, ...headers, '', ''].join('\r\n'));

it('the control: from the dashboard’s own page it opens', async () => {
  expect((await open('/ws', [`Cookie: ${cookie}`, 'Origin: http://dash.example.com']))?.status).toBe(101);
  expect(gate.upstream.last().isUpgrade).toBe(true);
  expect(gate.upstream.last().headers.cookie).toBeUndefined();
  expect(gate.upstream.last().headers['x-dashgate-user']).toBe('nora');
});

const EVIL = [
  ...[
    'null',
    'http://evil.example',
    'http://dash.example.com.evil.example',
    'http://evil.dash.example.com',
    'http://xdash.example.com',
  ],
  ...[
    'http://dash.example.comx',
    'http://dashxexample.com',
    'https://dash.example.com',
    'http://dash.example.com:80',
    'http://dash.example.com:81',
  ],
  ...[
    'http://dash.example.com/',
    'http://dash.example.com.',
    'http://DASH.EXAMPLE.COM',
    'dash.example.com',
    '//dash.example.com',
    'ws://dash.example.com',
  ],
  ...[
    'http://example.com',
    'http://*',
    '*',
    'file://',
    'http://dash.example.com http://evil.example',
    'http://dash.example.com,http://evil.example',
  ],
  ...[
    'http://dash.example.com@evil.example',
    'http://evil.example#http://dash.example.com',
    'http://dash.example.com%00.evil.example',
    '',
  ],
];

describe.each(EVIL)('Origin %j', (origin) => {
  it.each(['/ws', '/open/ws'])('opens no websocket at %s', async (path) => {
    const answer = await open(path, [`Cookie: ${cookie}`, `Origin: ${origin}`]);
    expect(answer?.status).toBe(403);
    expect(JSON.parse(answer?.body ?? '').reason).toBe('cross-site');
    expect(gate.upstream.seen).toEqual([]);
  });

  it('nor on the verify way', async () => {
    const headers = { Cookie: cookie, Origin: origin, 'X-Original-Upgrade': 'websocket' };
    const answer = await gate.verify('/ws', { headers });
    expect([answer.status, answer.headers.get('x-dashgate-reason')]).toEqual([403, 'cross-site']);
  });
});

it('without a login it is 401 JSON, no redirect; without a grant 403', async () => {
  const nobody = await open('/ws', ['Origin: http://dash.example.com', 'Accept: text/html']);
  expect(nobody?.status).toBe(401);
  expect(nobody?.headers.get('location')).toBeNull();
  expect((await open('/hr/ws', [`Cookie: ${cookie}`]))?.status).toBe(403);
  expect(gate.upstream.seen).toEqual([]);
});

it('Sec-Fetch-Site of another site, and two Origins, are refused', async () => {
  expect((await open('/ws', [`Cookie: ${cookie}`, 'Sec-Fetch-Site: cross-site']))?.status).toBe(403);
  expect((await open('/ws', [`Cookie: ${cookie}`, 'Sec-Fetch-Site: same-site']))?.status).toBe(403);
  const twice = ['Origin: http://dash.example.com', 'Origin: http://evil.example'];
  expect((await open('/ws', [`Cookie: ${cookie}`, ...twice]))?.status).toBe(400);
  expect((await open('/ws', [`Cookie: ${cookie}`, ...twice.toReversed()]))?.status).toBe(400);
});

// undici's upgrade fixes of 2026; ws CVE-2024-37890*
describe('an upgrade that is none', () => {
  it.each([
    ['h2c', ['Upgrade: h2c', 'Connection: Upgrade, HTTP2-Settings', 'HTTP2-Settings: AAMAAABkAAQAAP__']],
    ['another protocol', ['Upgrade: tls/1.0', 'Connection: Upgrade']],
    ['a list', ['Upgrade: websocket, h2c', 'Connection: Upgrade']],
    ['two of them', ['Upgrade: websocket', 'Upgrade: h2c', 'Connection: Upgrade']],
    ['without Connection', ['Upgrade: websocket']],
    ['with Connection: close', ['Upgrade: websocket', 'Connection: close']],
  ])('%s: is never taken for an open websocket', async (_what, offer) => {
    const answer = await open('/x', [`Cookie: ${cookie}`], offer);
    expect([200, 400]).toContain(answer?.status);
    for (const { isUpgrade, headers } of gate.upstream.seen) {
      expect(isUpgrade).toBe(false);
      expect(headers).not.toHaveProperty('upgrade');
      expect(headers).not.toHaveProperty('http2-settings');
    }
  });

  it('by POST it is judged as a POST', async () => {
    const answer = await rawTo(
      gate,
      [
        'POST /x HTTP/1.1',
        ...['Host: $HOST', 'Upgrade: websocket', 'Connection: Upgrade', ...KEY, `Cookie: ${cookie}`],
        ...['Origin: http://evil.example', 'Content-Length: 0', '', ''],
      ].join('\r\n'),
    );
    expect(answer?.status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('bytes behind its head are not a request of their own', async () => {
    const smuggled = 'GET /hr/secret HTTP/1.1\r\nHost: dash.example.com\r\n\r\n';
    const head = ['GET /ws HTTP/1.1', 'Host: $HOST', 'Upgrade: websocket', 'Connection: Upgrade', ...KEY];
    for (const framing of [[], [`Content-Length: ${smuggled.length}`], ['Transfer-Encoding: chunked']]) {
      for (const credentials of [[], [`Cookie: ${cookie}`]]) {
        await rawTo(gate, [...head, ...framing, ...credentials, '', smuggled].join('\r\n')).catch(() => null);
      }
    }
    await gate.ask('/after', { headers: { Authorization: basicOf('nora') } });
    expect(gate.upstream.seen.map(({ url }) => url).filter((url) => url.startsWith('/hr'))).toEqual([]);
  });

  it.each(['/_dashgate/login', '/_dashgate/auth/nginx', '/_DASHGATE/x', '/_dashgate'])(
    '%s opens none',
    async (path) => {
      expect((await open(path, [`Cookie: ${cookie}`]))?.status).toBe(404);
      expect(gate.upstream.seen).toEqual([]);
    },
  );
});
