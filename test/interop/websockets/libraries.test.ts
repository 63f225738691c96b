import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { basicOf, type Gate, startGate } from '../../support/gate.ts';

// The library that most of Node’s websockets are made by, at both ends, with the whole product between.

let gate: Gate;
let server: Server;
let sockets: WebSocketServer;
let refuse: string | null = null;
const MOST = 32 * 2 ** 20;

beforeAll(async () => {
  server = createServer();
  sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST,
    perMessageDeflate: { threshold: 0 },
    handleProtocols: (offered) => [...offered].at(-1) ?? false,
  });
  sockets.on('headers', (headers) => headers.push('X-Of-The-App: yes', 'Set-Cookie: seen=1; Path=/'));
  server.on('upgrade', (request, socket, head) => {
    if (refuse !== null) socket.end(refuse);
    else sockets.handleUpgrade(request, socket, head, (each) => sockets.emit('connection', each, request));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  gate = await startGate({ apps: [{ name: 'ws', at: '/', upstream: `http://127.0.0.1:${port}` }] });
});
afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

interface Pair extends AsyncDisposable {
  readonly client: WebSocket;
  readonly app: WebSocket;
  readonly answer: IncomingMessage;
  readonly asked: IncomingMessage;
}

async function pair(protocols: string[] = [], options: { perMessageDeflate?: boolean } = {}): Promise<Pair> {
  const joined = once(sockets, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const client = new WebSocket(`ws://127.0.0.1:${gate.port}/ws`, protocols, {
    headers: { Host: gate.host, Authorization: basicOf('nora') },
    maxPayload: MOST,
    perMessageDeflate: false,
    ...options,
  });
  const upgraded = once(client, 'upgrade') as Promise<[IncomingMessage]>;
  await once(client, 'open');
  const [[app, asked], [answer]] = await Promise.all([joined, upgraded]);
  for (const end of [client, app]) end.on('error', () => {});
  return {
    ...{ client, app, answer, asked },
    async [Symbol.asyncDispose]() {
      for (const end of [client, app]) end.terminate();
    },
  };
}

const DIRECTIONS = [
  ['client', 'app'],
  ['app', 'client'],
] as const;

describe.each(DIRECTIONS)('from %s to %s', (from, to) => {
  it('pings are answered by the other end, payload and all, and pongs that nobody asked for come too', async () => {
    await using ends = await pair();
    for (const payload of ['', 'x', 'p'.repeat(125)]) {
      const [ping, pong] = [once(ends[to], 'ping'), once(ends[from], 'pong')];
      ends[from].ping(payload);
      expect([String((await ping)[0]), String((await pong)[0])]).toEqual([payload, payload]);
    }
    const pong = once(ends[to], 'pong');
    ends[from].pong('unasked');
    expect(String((await pong)[0])).toBe('unasked');
  });

  it.each<[number | undefined, string, number]>([
    [undefined, '', 1005],
    [1000, '', 1000],
    [1000, 'done', 1000],
    [1001, 'going away', 1001],
    [1008, 'policy', 1008],
    [1011, 'höhere Gewalt ✓', 1011],
    [3000, 'registered', 3000],
    [4000, '', 4000],
    [4999, 'r'.repeat(123), 4999],
  ])('the closing code %s with the reason %j arrives as it is', async (code, reason, heard) => {
    await using ends = await pair();
    const [there, here] = [once(ends[to], 'close'), once(ends[from], 'close')];
    if (code === undefined) ends[from].close();
    else ends[from].close(code, reason);
    const [gotCode, gotReason] = await there;
    expect([gotCode, String(gotReason)]).toEqual([heard, reason]);
    expect((await here)[0]).toBe(heard);
  });

  it('an end without a word is one at the other side too', async () => {
    await using ends = await pair();
    const closed = once(ends[to], 'close');
    ends[from].terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it('a message in a thousand fragments, pings between them, is one message', async () => {
    await using ends = await pair();
    const message = once(ends[to], 'message');
    const pings: string[] = [];
    ends[to].on('ping', (payload) => void pings.push(String(payload)));
    for (let part = 0; part < 1000; part++) {
      ends[from].send(`${part},`, { fin: part === 999, compress: false });
      if (part % 100 === 50) ends[from].ping(`${part}`);
    }
    const [all, isBinary] = await message;
    expect([String(all), isBinary]).toEqual([Array.from({ length: 1000 }, (_, part) => `${part},`).join(''), false]);
    expect(pings).toHaveLength(10);
  });

  it('text whose letters are cut between frames stays whole', async () => {
    await using ends = await pair();
    const text = 'naïve 漢字 🧭 ß'.repeat(500);
    const bytes = Buffer.from(text);
    const message = once(ends[to], 'message');
    for (let at = 0; at < bytes.length; at += 7)
      ends[from].send(bytes.subarray(at, at + 7), { binary: false, fin: at + 7 >= bytes.length });
    expect(String((await message)[0])).toBe(text);
  });

  it('16 MB in one frame arrive', async () => {
    await using ends = await pair();
    const large = Buffer.alloc(16 * 2 ** 20, 'large and ');
    const message = once(ends[to], 'message');
    ends[from].send(large);
    expect(large.equals((await message)[0])).toBe(true);
  });

  it('ten thousand small messages come in their order', async () => {
    await using ends = await pair();
    const got: number[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    ends[to].on('message', (message) => {
      got.push(Number(String(message)));
      if (got.length === 10_000) resolve();
    });
    for (let each = 0; each < 10_000; each++) ends[from].send(`${each}`);
    await all;
    expect(got).toEqual(Array.from({ length: 10_000 }, (_, each) => each));
  });

  it('compression is agreed on by both ends, and what is compressed arrives', async () => {
    await using ends = await pair([], { perMessageDeflate: true });
    expect(ends.answer.headers['sec-websocket-extensions']).toMatch(/^permessage-deflate/);
    expect([ends.client.extensions, ends.app.extensions]).toEqual(['permessage-deflate', 'permessage-deflate']);
    for (const text of ['a'.repeat(2_000_000), '', 'b', 'a'.repeat(500)]) {
      const message = once(ends[to], 'message');
      ends[from].send(text);
      expect(String((await message)[0])).toBe(text);
    }
  });

  it('who does not read makes the other stop, and little is held between them', async () => {
    await using ends = await pair();
    // Both ends are in this process too: what is left in `bufferedAmount` is what dashgate has not taken.
    ends[to].pause();
    const part = Buffer.alloc(2 ** 20, 1);
    for (let sent = 0; sent < 96; sent++) ends[from].send(part);
    let before = -1;
    // Until nothing moves any more.
    await expect
      .poll(
        () => {
          const now = ends[from].bufferedAmount;
          const isStill = now === before;
          before = now;
          return isStill;
        },
        { interval: 200, timeout: 15_000 },
      )
      .toBe(true);
    // 96 MB less what the kernel’s buffers of four sockets take.
    expect(ends[from].bufferedAmount).toBeGreaterThan(64 * 2 ** 20);
    let got = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    ends[to].on('message', () => {
      if (++got === 96) resolve();
    });
    ends[to].resume();
    await all;
  });
});

it('the app chooses the protocol, and adds headers to its 101', async () => {
  await using ends = await pair(['v1.chat', 'v2.chat']);
  expect(ends.asked.headers['sec-websocket-protocol']).toBe('v1.chat,v2.chat');
  expect(ends.client.protocol).toBe('v2.chat');
  expect(ends.answer.headers['x-of-the-app']).toBe('yes');
  expect(ends.answer.headers['set-cookie']).toContain('seen=1; Path=/');
});

it.each([
  ['with a length', 'HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\n{"no": 1}'],
  [
    'in chunks',
    'HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"no": 1}\r\n0\r\n\r\n',
  ],
  ['until its end', 'HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\n\r\n{"no": 1}'],
])('a refusal of the app %s arrives with its status, headers and body', async (_how, answer) => {
  refuse = answer;
  try {
    const client = new WebSocket(`ws://127.0.0.1:${gate.port}/ws`, {
      headers: { Host: gate.host, Authorization: basicOf('nora') },
    });
    client.on('error', () => {});
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
    let body = '';
    for await (const chunk of response) body += chunk;
    expect([response.statusCode, response.statusMessage, response.headers['retry-after'], body]).toEqual([
      ...[429, 'Slow Down', '7', '{"no": 1}'],
    ]);
  } finally {
    refuse = null;
  }
});
