import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { forgeToken } from '../support/bokeh-socket.ts';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';
import { OWN } from '../support/own-paths.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    publicUrl: 'http://sign-in.example.com',
    apps: [
      { name: 'tenants', at: 'http://*.dash.example.com/', upstream: '$UPSTREAM' },
      { name: 'ported', at: 'http://*.port.example.com:8443/', upstream: '$UPSTREAM' },
      { name: 'pages', at: 'http://*.pages.example.com/', upstream: '$UPSTREAM', kind: 'bokeh', identity: ['headers'] },
      { name: 'named', at: 'http://named.dash.example.com/own/', upstream: '$UPSTREAM' },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const get = (host: string, path = '/x') =>
  rawTo(
    gate,
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${basicOf('mica')}\r\nConnection: close\r\n\r\n`,
  );

it.each([
  ['x.dash.example.com', 'x.dash.example.com'],
  ['X.DASH.example.COM', 'x.dash.example.com'],
  ['0.dash.example.com', '0.dash.example.com'],
  ['xn--bcher-kva.dash.example.com', 'xn--bcher-kva.dash.example.com'],
  [`${'a'.repeat(63)}.dash.example.com`, `${'a'.repeat(63)}.dash.example.com`],
  ['x.port.example.com:8443', 'x.port.example.com:8443'],
])('%s is one of its hosts, and told as that', async (host, told) => {
  expect((await get(host))?.status).toBe(200);
  const { headers } = gate.upstream.last();
  expect([headers.host, headers['x-forwarded-host']]).toEqual([told, told]);
});

/** None of them is one label before the name. */
const OTHERS = [
  ...['evil.com', 'dash.example.com', '.dash.example.com', 'a.b.dash.example.com', 'x.dash.example.com.evil.com'],
  ...['x.dash.example.com.', 'x.dash.example.com..', 'x..dash.example.com', 'xdash.example.com', 'x.dash.example.co'],
  ...['x.dash.example.com:80', 'x.dash.example.com:8443', 'x.dash.example.com:', 'x.port.example.com', '*', '*.com'],
  ...['x.port.example.com:443', 'x.port.example.com:08443', '*.dash.example.com', '-x.dash.example.com', '[::1]'],
  ...['x-.dash.example.com', '_x.dash.example.com', 'x_y.dash.example.com', 'x@y.dash.example.com', ''],
  ...['x/y.dash.example.com', 'x%2e.dash.example.com', 'x\\.dash.example.com', 'x .dash.example.com'],
  ...['evil.com, x.dash.example.com', 'evil.com#x.dash.example.com', 'evil.com?.dash.example.com'],
  ...[`${'a'.repeat(64)}.dash.example.com`, `${'a'.repeat(300)}.dash.example.com`, 'é.dash.example.com'],
  ...['x.dash.example.com\u0000', 'x\t.dash.example.com', 'named.dash.example.com', '127.0.0.1', 'localhost'],
];

it.each(OTHERS)('%j is none of its hosts: nothing goes upstream, and no page of ours is there', async (host) => {
  for (const path of ['/x', OWN.login, '/']) {
    const answer = await get(host, path);
    const isOwnHost = host === 'named.dash.example.com' && path !== '/x';
    if (!isOwnHost) expect([path, answer?.status ?? 400]).toEqual([path, answer?.status === 404 ? 404 : 400]);
  }
  expect(gate.upstream.seen).toEqual([]);
});

it.each(OTHERS)('a front that asks about %j is refused', async (host) => {
  if (/[^\x20-\x7e]/.test(host)) return;
  for (const app of ['tenants', 'ported']) {
    const headers = { 'X-Forwarded-Host': host, Authorization: basicOf('mica') };
    expect((await gate.verify('/x', { app, headers })).status).toBe(403);
  }
});

it.each(OTHERS.filter((host) => /^[\x21-\x7e]+$/.test(host)))('nobody is led from the sign-in to %j', async (host) => {
  const cookie = await gate.signIn('mica');
  for (const wanted of [`http://${host}/x`, `https://${host}/x`, `//${host}/x`]) {
    const query = new URLSearchParams({ return_to: wanted });
    const answer = await gate.ask(`${OWN.handoff}?${query}`, {
      headers: { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Cookie: cookie },
    });
    const place = answer.headers.get('location');
    // A browser reads some of them as another host, which then is one of ours.
    const read = URL.canParse(wanted) ? new URL(wanted).host : '';
    const isOurs =
      wanted.startsWith('http:') && /^(?:named|x)\.dash\.example\.com$|^x\.port\.example\.com:8443$/.test(read);
    if (!isOurs) expect([wanted, answer.status, place]).toEqual([wanted, 403, null]);
  }
});

it.each([
  ['b.pages.example.com', 403],
  ['B.pages.example.com', 403],
  ['b.pages.example.com:80', 403],
  ['a.pages.example.com.', 403],
  ['evil.example', 403],
  ['', 403],
  ['A.pages.example.com', 101],
])('a page of Bokeh’s that says it was loaded at %j opens no socket at another host: %i at a', async (host, status) => {
  const at = 'a.pages.example.com';
  expect((await get(at, '/app'))?.status).toBe(200);
  const told = gate.upstream.last().headers;
  const names = ['x-forwarded-host', 'x-forwarded-proto', 'x-dashgate-user', 'x-dashgate-name', 'x-dashgate-email'];
  const said = Object.fromEntries([...names, 'x-dashgate-resources'].map((name) => [name, told[name]]));
  for (const name of ['host', 'Host']) {
    const token = forgeToken({ headers: { ...said, [name]: host }, cookies: {} });
    const lines = [
      ...[`GET /app/ws HTTP/1.1`, `Host: ${at}`, `Origin: http://${at}`, `Authorization: ${basicOf('mica')}`],
      ...['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'],
      ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', `Sec-WebSocket-Protocol: bokeh, ${token}`, '', ''],
    ];
    expect((await rawTo(gate, lines.join('\r\n')))?.status).toBe(status);
  }
});
