import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IDENTITY_HEADERS, UNTRUSTED } from '../../src/lib/untrusted-headers.ts';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';

// What arrives of a client that says, in one request after the other, everything that is reserved, in every spelling: by a plain
// request, by the handshake of a websocket, and behind a body.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      {
        ...{
          name: 'sales',
          kind: 'panel',
          at: '/',
          upstream: '$UPSTREAM',
          identity: ['headers', 'assertion', 'panel'],
        },
        ...{
          panel_cookies: { secret: 'a-secret-that-both-sides-have-8Fh2kQ' },
          guests: ['/guests/**'],
          public: ['/open/**'],
        },
      },
      // What one app is told by is reserved in all of them.
      { name: 'other', at: '/other/', upstream: '$UPSTREAM', identity_headers: ['forwarded', { user: 'X-Acme-Who' }] },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

/** docs/identity.md and the rule that stands behind it, word by word, and any name of the families that are in it. */
const NAMES = [
  ...[
    'X-Forwarded',
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-Prefix',
  ],
  ...[
    'X-Forwarded-Server',
    'X-Forwarded-Ssl',
    'X-Forwarded-Uri',
    'X-Forwarded-Method',
    'X-Forwarded-Anything',
    'Forwarded',
  ],
  ...['X-Real-IP', 'X-Original-URI', 'X-Original-URL', 'X-Original-Host', 'X-Original-Anything', 'X-Rewrite-URL'],
  ...['X-Dashgate-App', 'X-Dashgate-Login', 'X-Dashgate-Upstream-Cookie', 'X-Dashgate-Anything', 'X-Request-Id'],
  ...['Remote-User', 'Remote-Email', 'Remote-Groups', 'Remote-Name', 'X-Remote-User', 'X-Remote-Anything'],
  ...['X-Auth-Request-User', 'X-Auth-Request-Anything', 'X-WEBAUTH-USER', 'X-WEBAUTH-Anything'],
  ...['Shiny-Server-Credentials', 'RStudio-Connect-Credentials', 'TabPy-User', 'X-Streamlit-User', 'Bokeh-Session-Id'],
  ...['X-Scheme', 'X-Url-Scheme', 'X-Script-Name', 'Front-End-Https', 'Proxy', 'X-Acme-Who'],
  ...['Keep-Alive', 'Proxy-Authorization', 'Proxy-Authenticate', 'Proxy-Connection', 'TE', 'HTTP2-Settings'],
  ...[...IDENTITY_HEADERS, ...UNTRUSTED],
];

const spellings = (name: string): string[] => [
  ...new Set([
    ...[
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.toUpperCase().replaceAll('-', '_'),
    ],
    ...[name.replace('-', '_'), name.replace(/-(?=[^-]*$)/, '_'), name.replaceAll('-', '.'), name.replaceAll('-', '~')],
  ]),
];
/** For a connection only, and so by its own name only. */
const HOP = /^(?:keep-alive|te|trailer|http2-settings|proxy-.*)$/i;
const LINES = [...new Set(NAMES)]
  .flatMap((name) => (HOP.test(name) ? [name, name.toLowerCase(), name.toUpperCase()] : spellings(name)))
  .filter((name) => !/^trailer$/i.test(name))
  .map((name) => `${name}: FORGED`);
/** In requests that each have a name once: some that come twice are refused for that. */
function inRequests(lines: readonly string[]): string[][] {
  const requests: Map<string, string>[] = [];
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    const free = requests.find((each) => each.size < 60 && !each.has(name));
    if (free) free.set(name, line);
    else requests.push(new Map([[name, line]]));
  }
  return requests.map((each) => [...each.values()]);
}
const COOKIES = ['user', 'is_guest', 'id_token', 'access_token', 'refresh_token', 'oauth_expiry'].flatMap((name) =>
  [name, name.toUpperCase(), ` ${name} `, name.replace('_', '-'), name.replace('_', '%5F'), `${name}[x]`].map(
    (each) => `Cookie: a=1; ${each}=FORGED; b=2`,
  ),
);

const OFFER = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const WAYS: [string, string, readonly string[]][] = [
  ['a request of a user', 'GET /x', [`Authorization: $MICA`, 'Connection: close']],
  ['a request of a guest', 'GET /guests/x', ['Connection: close']],
  ['a request of nobody', 'GET /open/x', ['Connection: close']],
  ['a request with a body', 'POST /x', ['Authorization: $MICA', 'Connection: close', 'Content-Length: 0']],
  ['a websocket of a user', 'GET /socket', ['Authorization: $MICA', 'Connection: Upgrade', ...OFFER]],
  ['a websocket of a guest', 'GET /guests/socket', ['Connection: Upgrade', ...OFFER]],
  ['a websocket of nobody', 'GET /open/socket', ['Connection: upgrade, close', ...OFFER]],
];

describe.each(WAYS)('%s', (_what, line, headers) => {
  it('brings nothing that is reserved to the dashboard, however it is spelt', async () => {
    const mine = headers.map((each) => each.replace('$MICA', basicOf('mica')));
    const isUpgrade = mine.some((each) => each.startsWith('Upgrade'));
    const forged = isUpgrade ? LINES.filter((each) => !/^http2-settings/i.test(each)) : LINES;
    const requests = inRequests(forged);
    for (const each of requests) {
      const answer = await rawTo(gate, [`${line} HTTP/1.1`, 'Host: $HOST', ...mine, ...each, '', ''].join('\r\n'));
      expect(answer?.status).toBe(isUpgrade ? 101 : 200);
    }
    expect(gate.upstream.seen).toHaveLength(requests.length);
    for (const { rawHeaders, isUpgrade: isSocket } of gate.upstream.seen) {
      expect(rawHeaders.join('\n')).not.toContain('FORGED');
      expect(isSocket).toBe(isUpgrade);
    }
  });

  it('brings no cookie that tells of somebody, however it is spelt', async () => {
    const mine = headers.map((each) => each.replace('$MICA', basicOf('mica')));
    for (const cookie of COOKIES) {
      await rawTo(gate, [`${line} HTTP/1.1`, 'Host: $HOST', ...mine, cookie, '', ''].join('\r\n'));
      const { headers } = gate.upstream.last();
      expect(headers.cookie).not.toContain('FORGED');
      expect(headers.cookie).toContain('a=1');
    }
  });
});

describe('trailers of a body', () => {
  it.each(['POST', 'PUT', 'GET'])('of a %s bring nothing to the dashboard', async (method) => {
    const names = ['X-Dashgate-User', 'X-Forwarded-User', 'X_Acme_Who', 'Authorization', 'Cookie', 'X-Anything'];
    const request = [
      ...[`${method} /x HTTP/1.1`, 'Host: $HOST', `Authorization: ${basicOf('mica')}`, 'Connection: close'],
      ...[`Trailer: ${names.join(', ')}`, 'Transfer-Encoding: chunked', '', '4', 'body', '0'],
      ...[...names.map((name) => `${name}: FORGED`), '', ''],
    ];
    expect((await rawTo(gate, request.join('\r\n')))?.status).toBe(200);
    const { rawHeaders, body, trailers } = gate.upstream.last();
    expect(body).toBe('body');
    expect(rawHeaders.join('\n')).not.toMatch(/FORGED|trailer$/im);
    expect(trailers).toEqual([]);
  });
});

it('what is told is there beside all that', async () => {
  const lines = [
    'GET /x HTTP/1.1',
    'Host: $HOST',
    `Authorization: ${basicOf('mica')}`,
    'Connection: close, X-Dashgate-User',
  ];
  await rawTo(gate, [...lines, 'x_dashgate_user: FORGED', '', ''].join('\r\n'));
  expect(gate.upstream.last().headers).toMatchObject({
    'x-dashgate-user': 'mica',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': gate.host,
    'x-dashgate-assertion': expect.stringMatching(/^ey/),
    cookie: expect.stringMatching(/^user=2\|/),
  });
});
