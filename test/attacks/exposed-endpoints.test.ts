import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

let gate: Gate;
let cookie: string;
beforeAll(async () => {
  gate = await startGate();
  cookie = await gate.signIn('mica');
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'];
const get = (path: string, method = 'GET', more: readonly string[] = []) =>
  rawTo(
    gate,
    [
      `${method} ${path} HTTP/1.1`,
      ...['Host: $HOST', 'Connection: close', `Cookie: ${cookie}`, ...more, 'Content-Length: 0', '', ''],
    ].join('\r\n'),
  ).catch(() => null);

// A question that is answered on the public listener is answered to everybody.
describe('the check’s paths on the public listener', () => {
  it.each([
    ...[
      '/_dashgate/auth/nginx',
      '/_dashgate/auth/refuse',
      '/_dashgate/auth/forward',
      '/_dashgate/auth/envoy/x',
      '/_dashgate/auth',
      '/_dashgate/auth/',
    ],
    ...[
      '/_DASHGATE/AUTH/NGINX',
      '/_Dashgate/auth/nginx',
      '/_dashgate/AUTH/nginx',
      '/_dashgate/auth/nginx/',
      '/_dashgate/auth/nginx?app=sales',
    ],
    ...[
      '/_dashgate//auth/nginx',
      '/_dashgate/./auth/nginx',
      '/_dashgate/x/../auth/nginx',
      '/_dashgate/%61uth/nginx',
      '/_dashgate/auth%2fnginx',
    ],
    ...[
      '/_dashgate/auth/nginx;x',
      '/_dashgate/auth/nginx%00',
      '/_dashgate/auth\\nginx',
      '/%5fdashgate/auth/nginx',
      '/_dashgate%2fauth%2fnginx',
    ],
    ...[
      '//_dashgate/auth/nginx',
      '/./_dashgate/auth/nginx',
      '/x/../_dashgate/auth/nginx',
      '/wiki/../_dashgate/auth/nginx',
      'http://dash.example.com/_dashgate/auth/nginx',
    ],
    ...[
      '/_dashgate/auth/nginx#x',
      '/_dashgate#/auth/nginx',
      '/_dashgate;/auth/nginx',
      '/_dashgate%3b/auth/nginx',
      '/%255fdashgate/auth/nginx',
    ],
  ])('%s: nothing is there', async (path) => {
    const asked = [
      'X-Original-URI: /robots.txt',
      'X-Original-Method: GET',
      'X-Forwarded-Host: dash.example.com',
      'X-Dashgate-App: sales',
    ];
    for (const method of METHODS) {
      const answer = await get(path, method, [...asked, `Authorization: ${basicOf('mica')}`]);
      expect([400, 404], `${method} ${answer?.status}`).toContain(answer?.status ?? 400);
      expect([...(answer?.headers.keys() ?? [])].filter((name) => name.startsWith('x-dashgate'))).toEqual([]);
    }
    expect(gate.upstream.seen).toEqual([]);
  });
});

it.each([
  ...[
    '/_dashgate',
    '/_dashgate/',
    '/_dashgate/x',
    '/_dashgate/login/x',
    '/_DASHGATE/login',
    '/_dashgate/LOGIN',
    '/_dashgate/login/',
  ],
  ...[
    '/_dashgate/assets/../../x',
    '/_dashgate/assets/%2e%2e/%2e%2e/package.json',
    '/_dashgate/assets/',
    '/_dashgate/oauth/x/callback',
  ],
  ...[
    '/_dashgate?x',
    '/_dashgate/..%2fx',
    '/_dashgate/../x',
    '/%5Fdashgate/x',
    '/_dashg%61te/x',
    '/_dashgate%20/x'.replace('%20', '%09'),
  ],
])('%s: nothing below our prefix reaches a dashboard', async (path) => {
  for (const method of METHODS) {
    const answer = await get(path, method);
    expect([400, 404, 405], `${method} ${answer?.status}`).toContain(answer?.status ?? 400);
  }
  expect(gate.upstream.seen).toEqual([]);
});

// authentik CVE-2024-52307, CVE-2026-55106
describe('what is for operators', () => {
  it('is not on the public listener, nor on the check', async () => {
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      expect((await rawTo(gate, `GET ${path} HTTP/1.1\r\nHost: $HOST\r\n\r\n`))?.status).toBe(401);
      expect((await get(`/_dashgate${path}`))?.status).toBe(404);
      expect((await raw(gate.check as string, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`))?.status).toBe(404);
    }
    expect(gate.upstream.seen).toEqual([]);
  });

  it('and nothing else is where it is', async () => {
    for (const path of [
      '/',
      '/x',
      '/_dashgate/auth/nginx',
      '/_dashgate/login',
      '/debug/pprof',
      '/metrics/../x',
      '/healthz/x',
      '//metrics',
      '/METRICS',
    ]) {
      const answer = await raw(gate.admin, `GET ${path} HTTP/1.1\r\nHost: ${gate.host}\r\nCookie: ${cookie}\r\n\r\n`);
      expect(answer?.status, path).toBe(404);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'TRACE']) {
      expect(
        (await raw(gate.admin, `${method} /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`))?.status,
      ).toBe(405);
    }
  });
});

// Pomerium CVE-2024-39315: a page of the user’s own handed their tokens to scripts.
it('/_dashgate/session tells claims, and nothing that could be used', async () => {
  const answer = await gate.ask('/_dashgate/session', { headers: { Cookie: cookie } });
  expect(Object.keys(JSON.parse(answer.body)).toSorted()).toEqual([
    ...[
      'allowed_resources',
      'amr',
      'auth_time',
      'email',
      'ends_unless_used_at',
      'expires_at',
      'groups',
      'name',
      'now',
      'sub',
      'user',
    ],
  ]);
  const token = cookie.slice(cookie.indexOf('=') + 1);
  for (const part of token.split('.').filter((text) => text.length > 8)) expect(answer.body).not.toContain(part);
  expect(answer.body).not.toMatch(/jti|eyJ/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const login = await gate.ask('/_dashgate/login', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ user: 'mica', password: 'mica-Gz7' }),
  });
  expect(login.body).not.toMatch(/eyJ|token|jti/);
  expect(login.headers.getSetCookie().every((line) => line.includes('; HttpOnly'))).toBe(true);
});

// A dashboard that is compromised must not get the sessions of others.
it('a dashboard cannot plant, read or replace a session', async () => {
  const NAMES = ['dashgate', 'dashgate.0', 'dashgate.99', ' dashgate', '=dashgate', '\tdashgate'];
  await using other = await startGate({
    answer: (request, response) => {
      response.setHeader('Set-Cookie', [...NAMES.map((name) => `${name}=planted; Path=/`), 'own=1']);
      response.end(JSON.stringify(request.rawHeaders));
    },
  });
  const own = await other.signIn('nora');
  const answer = await other.ask('/x', { headers: { Cookie: `${own}; b=2` } });
  expect(answer.headers.getSetCookie()).toEqual(['own=1']);
  expect(answer.body).not.toContain(own.slice(10));
  expect(other.upstream.last().headers.cookie).toBe('b=2');
});
