import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';

// A dashboard that does not keep to HTTP, or would be somebody else: each is contained, said in the log by the app's name, and
// counted.

type Play = (socket: Socket) => void;

let gate: Gate;
let upstream: Server;
let play: Play;
const sockets = new Set<Socket>();

beforeAll(async () => {
  upstream = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    socket.once('data', () => play(socket));
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const address = upstream.address();
  const port = typeof address === 'object' ? address?.port : 0;
  gate = await startGate({
    apps: [{ name: 'odd', at: '/', upstream: `http://127.0.0.1:${port}`, timeout: '1s' }],
  });
});
afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  for (const socket of sockets) socket.destroy();
  upstream.close();
});
beforeEach(() => {
  for (const socket of sockets) socket.destroy();
});

const OK = 'HTTP/1.1 200 OK\r\n';
const KEY = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const HANDSHAKE = ['Upgrade: websocket', 'Connection: Upgrade', ...KEY];
const head = (more: readonly string[], method = 'GET'): string =>
  [`${method} /x HTTP/1.1`, 'Host: $HOST', `Authorization: ${basicOf('mica')}`, ...more, '', ''].join('\r\n');

/** How often something of the app has been counted. */
async function counted(code: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${gate.admin}/metrics`)).text();
  const [, value = '0'] =
    new RegExp(`^dashgate_upstream_errors_total\\{app="odd",code="${code}"\\} (\\d+)$`, 'm').exec(text) ?? [];
  return Number(value);
}

const lines = (pattern: RegExp): string[] =>
  gate
    .logText()
    .split('\n')
    .filter((line) => pattern.test(line));

const say =
  (text: string): Play =>
  (socket) =>
    void socket.write(text, 'latin1');
const sayAndEnd =
  (text: string): Play =>
  (socket) =>
    void socket.end(text, 'latin1');
/** Again and again, for as long as it is heard. */
const repeat =
  (first: string, text: string): Play =>
  (socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write(text), 20);
    socket.once('close', () => clearInterval(timer));
  };

const BROKEN = 'ERR_UPSTREAM_UNREACHABLE';
const LATE = 'ERR_UPSTREAM_TIMEOUT';

describe.each<[string, Play, number, string]>([
  ['says nothing, and hangs up', sayAndEnd(''), 502, BROKEN],
  ['says nothing', () => {}, 504, LATE],
  ['speaks no HTTP', say('220 smtp.example.com ESMTP\r\n'), 502, BROKEN],
  ['ends in the middle of its head', sayAndEnd(`${OK}Content-Le`), 502, BROKEN],
  ['never ends its head', repeat(OK, 'X-Slow: a\r\n'), 504, LATE],
  ['says “soon” for ever', repeat('', 'HTTP/1.1 102 Processing\r\n\r\n'), 504, LATE],
  ['says “go on” for ever', repeat('', 'HTTP/1.1 100 Continue\r\n\r\n'), 504, LATE],
  ['says only “soon”, and hangs up', sayAndEnd('HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'), 502, BROKEN],
  ['has two lengths', say(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`), 502, BROKEN],
  ['has a length twice over', say(`${OK}Content-Length: 1, 2\r\n\r\nab`), 502, BROKEN],
  ['has a length that is none', say(`${OK}Content-Length: -1\r\n\r\nab`), 502, BROKEN],
  [
    'has a length and chunks',
    say(`${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    502,
    BROKEN,
  ],
  ['has a head of a megabyte', say(`${OK}X-Bomb: ${'x'.repeat(1_000_000)}\r\n\r\n`), 502, BROKEN],
  ['has a hundred thousand headers', say(`${OK}${'X-Bomb: x\r\n'.repeat(100_000)}\r\n`), 502, BROKEN],
  ['has a line break in a header', say(`${OK}X-A: a\rSet-Cookie: dashgate=x\r\n\r\n`), 502, BROKEN],
  ['switches protocols', say('HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'), 502, BROKEN],
])('a dashboard that %s', (_what, plays, status, code) => {
  it(`is a ${status}, logged and counted`, async () => {
    play = plays;
    const before = await counted(code);
    const answer = await rawTo(gate, head(['Connection: close']), 15_000);
    expect(answer?.status).toBe(status);
    expect(answer?.headers.get('set-cookie') ?? '').not.toContain('dashgate=x');
    expect(await counted(code)).toBe(before + 1);
    const line = JSON.parse(lines(/could not be forwarded/).at(-1) ?? '{}');
    expect(line).toMatchObject({ level: 'warn', app: 'odd', code });
  });
});

describe.each<[string, string]>([
  ['has a longer length', `${OK}Content-Length: 100\r\n\r\nhalf`],
  ['breaks off between chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`],
  ['breaks off in a chunk', `${OK}Transfer-Encoding: chunked\r\n\r\nff\r\nhalf`],
  ['has a chunk that is none', `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n`],
])('half an answer that %s', (_what, text) => {
  it.each([
    ['a request', []],
    ['a websocket', HANDSHAKE],
  ] as const)('to %s ends the connection of who asked, and is logged and counted', async (_for, more) => {
    play = sayAndEnd(more.length > 0 ? text.replace('200 OK', '403 Forbidden') : text);
    const [before, logged] = [await counted('broken-answer'), lines(/upstream broke off/).length];
    const socket = connect(gate.port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.write(head(more.length > 0 ? more : ['Connection: keep-alive']).replaceAll('$HOST', gate.host));
    await closed;
    expect(heard).toMatch(/^HTTP\/1\.1 (?:200|403) /);
    expect(heard).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(await counted('broken-answer')).toBe(before + 1);
    expect(lines(/upstream broke off/)).toHaveLength(logged + 1);
    expect(lines(/upstream broke off/).at(-1)).toContain('"app":"odd"');
  });
});

describe.each<[string, string]>([
  ['switches to another protocol', 'HTTP/1.1 101 Go\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'],
  ['names no protocol', 'HTTP/1.1 101 Go\r\nConnection: Upgrade\r\n\r\n'],
  ['names it and switches nothing', 'HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n\x81\x01a'],
  ['speaks no HTTP', 'nonsense\r\n\r\n'],
  ['hangs up', ''],
])('a dashboard that is asked for a websocket and %s', (_what, text) => {
  it('is a 502, logged and counted', async () => {
    play = sayAndEnd(text);
    const before = await counted(BROKEN);
    expect((await rawTo(gate, head(HANDSHAKE)))?.status).toBe(502);
    expect(await counted(BROKEN)).toBe(before + 1);
    expect(lines(/could not be forwarded/).at(-1)).toContain('"app":"odd"');
  });
});

it('a dashboard that is asked for a websocket and says nothing is a 504 after its time', async () => {
  play = () => {};
  const before = await counted(LATE);
  expect((await rawTo(gate, head(HANDSHAKE), 15_000))?.status).toBe(504);
  expect(await counted(LATE)).toBe(before + 1);
});

const OURS = [
  ...[
    'dashgate=evil; Path=/',
    'dashgate.0=evil',
    'dashgate.7=evil; Domain=example.com',
    ' dashgate =evil',
    '=dashgate=evil',
  ],
  ...[
    'dashgate',
    'dashgate; HttpOnly',
    'dashgate-handoff.abc=evil',
    '__Host-dashgate-handoff.abc=evil; Secure; Path=/',
  ],
  ...[
    'dashgate-pending-abc=evil',
    '__Host-dashgate-pending-abc=evil; Secure; Path=/',
    'dashgate-device=evil',
    'dashgate-user=evil',
  ],
  ...['dashgate-storage=evil', '\tdashgate-user\t=evil; Max-Age=9'],
];
describe.each(OURS)('a dashboard that sets %j', (cookie) => {
  it.each([
    ['in an answer', [], OK],
    ['as it refuses a websocket', HANDSHAKE, 'HTTP/1.1 403 Forbidden\r\n'],
  ] as const)('%s does so in vain, and it is logged and counted once', async (_where, more, status) => {
    play = sayAndEnd(
      `${status}Set-Cookie: a=1\r\nSet-Cookie: ${cookie}\r\nSet-Cookie: ${cookie}\r\nContent-Length: 0\r\n\r\n`,
    );
    const [before, logged] = [await counted('foreign-cookie'), lines(/cookie of dashgate/).length];
    const answer = await rawTo(gate, head(more));
    expect(answer?.headers.getSetCookie().filter((line) => !line.startsWith('dashgate=ey'))).toEqual(['a=1']);
    expect(await counted('foreign-cookie')).toBe(before + 1);
    expect(lines(/cookie of dashgate/)).toHaveLength(logged + 1);
    expect(lines(/cookie of dashgate/).at(-1)).toMatch(/"app":"odd"/);
    expect(lines(/cookie of dashgate/).at(-1)).not.toContain('evil');
  });
});

it('of an upload that nobody takes little is held, and it is a 504 after the time', async () => {
  play = (socket) => void socket.pause();
  const socket = connect(gate.port, '127.0.0.1');
  socket.on('error', () => {});
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  const MOST = 64 * 1024 * 1024;
  socket.write(head([`Content-Length: ${MOST}`], 'POST').replaceAll('$HOST', gate.host));
  const part = Buffer.alloc(1024 * 1024);
  let taken = 0;
  while (taken < MOST && heard === '' && !socket.destroyed) {
    if (socket.write(part)) taken += part.length;
    else {
      const drained = await Promise.race([once(socket, 'drain'), once(socket, 'close'), wait(3000)]);
      if (drained) taken += part.length;
      else break;
    }
  }
  await expect.poll(() => heard, { timeout: 15_000 }).toMatch(/^HTTP\/1\.1 504 /);
  // What the kernel's buffers and dashgate's own have room for; this process holds what was not taken.
  expect(taken).toBeLessThan(MOST / 2);
  socket.destroy();
});

it('an upload that is answered before its end goes no further than it has to, and the connection stays in step', async () => {
  play = say('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig');
  const body = 'x'.repeat(2_000_000);
  const both = `${head([`Content-Length: ${body.length}`], 'POST')}${body}`;
  expect(await rawTo(gate, both, 15_000)).toMatchObject({ status: 413, body: 'big' });
});
