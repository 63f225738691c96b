import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { anUpstream, at, listening, stage } from '../../test/support/proxy-stage.ts';

/** An upstream that sends back what it gets; `hello` is what it was asked with. */
async function anEcho(options: ConstructorParameters<typeof WebSocketServer>[0] = {}) {
  const server = createServer((_request, response) => response.end('plain'));
  const sockets = new WebSocketServer({ server, maxPayload: 8 * 2 ** 20, ...options });
  const hellos: IncomingMessage[] = [];
  sockets.on('connection', (socket, hello) => {
    hellos.push(hello);
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary })).on('error', () => {});
  });
  return { hellos, sockets, port: await listening(server) };
}

async function open(
  port: number,
  options: { path?: string; protocols?: string[]; headers?: Record<string, string> } = {},
) {
  const { path = '/ws', protocols = [], headers = {} } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
  onTestFinished(() => socket.terminate());
  const upgraded = once(socket, 'upgrade') as Promise<[IncomingMessage]>;
  await once(socket, 'open');
  return Object.assign(socket, { answer: (await upgraded)[0] });
}

/** The answer to a websocket's first request, as text, when it is not upgraded. */
async function refusal(port: number, lines: string[] = []): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const head = [
    'GET /ws HTTP/1.1',
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
  ];
  socket.write([...head, 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', ...lines, '', ''].join('\r\n'));
  return text(socket);
}

/** An upstream that answers an upgrade by hand. */
async function upgrading(answer: (socket: Duplex, request: IncomingMessage) => void): Promise<number> {
  const server = createServer();
  server.on('upgrade', (request, socket) =>
    answer(
      socket.on('error', () => {}),
      request,
    ),
  );
  return listening(server);
}

describe('a websocket', () => {
  it('carries text, binary, fragments and a megabyte both ways', async () => {
    const echo = await anEcho();
    const { port } = await stage(at(echo.port));
    const socket = await open(port);
    const received: unknown[] = [];
    const { promise: all, resolve } = Promise.withResolvers<void>();
    socket.on('message', (message: Buffer, isBinary) => {
      received.push(isBinary ? message.length : String(message));
      if (received.length === 4) resolve();
    });
    socket.send('text: ö');
    socket.send(Buffer.alloc(2 ** 20, 1));
    for (const part of ['frag', 'men']) socket.send(part, { fin: false });
    socket.send('ted', { fin: true });
    socket.send(Buffer.alloc(2 ** 22, 2));
    await all;
    expect(received).toEqual(['text: ö', 2 ** 20, 'fragmented', 2 ** 22]);
  });

  it('is asked for with our headers and none of the client’s own, and without our cookie', async () => {
    const echo = await anEcho();
    const { port } = await stage(at(echo.port, '/base/'));
    await open(port, {
      path: '/ws?session=1',
      headers: {
        'X-Dashgate-User': 'root',
        X_Forwarded_For: '1.1.1.1',
        Cookie: 'a=1; dashgate=secret',
        Origin: 'http://dash.example.com',
      },
    });
    const [hello] = echo.hellos;
    expect(hello?.url).toBe('/base/ws?session=1');
    expect(hello?.headers).toMatchObject({
      host: 'dash.example.com',
      origin: 'http://dash.example.com',
      cookie: 'a=1',
      'x-dashgate-user': 'mica',
      'x-forwarded-for': '203.0.113.9',
    });
    expect(hello?.rawHeaders.join()).not.toMatch(/root|1\.1\.1\.1|secret/);
  });

  it('keeps the subprotocol that was agreed on, gets our cookies, and none that an upstream makes of ours', async () => {
    const echo = await anEcho({ handleProtocols: (offered) => [...offered].at(-1) ?? false });
    echo.sockets.on('headers', (headers) => headers.push('Set-Cookie: a=1', 'Set-Cookie: dashgate=evil'));
    const { port } = await stage(at(echo.port), { setCookies: ['dashgate=new'] });
    const socket = await open(port, { protocols: ['streamlit', 'xsrf', 'session-id'] });
    expect(socket.protocol).toBe('session-id');
    expect(socket.answer.headers['set-cookie']).toEqual(['a=1', 'dashgate=new']);
  });

  it('carries what either side sends with its first bytes', async () => {
    const port = await upgrading((socket) => {
      socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst ');
      socket.pipe(socket);
    });
    const front = await stage(at(port));
    expect(await refusalThen(front.port, 'second')).toContain('\r\n\r\nfirst second');
  });

  async function refusalThen(port: number, more: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n${more}`);
    return text(socket);
  }

  it.each([
    ['the client', 1000, 'done'],
    ['the client', 4001, 'session over'],
    ['the upstream', 1012, 'restart'],
  ])('that %s closes with %d is closed so on the other side', async (who, code, reason) => {
    const echo = await anEcho();
    const { port } = await stage(at(echo.port));
    const connected = once(echo.sockets, 'connection') as Promise<[WebSocket]>;
    const client = await open(port);
    const [upstream] = await connected;
    const [closing, other] = who === 'the client' ? [client, upstream] : [upstream, client];
    const closed = once(other, 'close');
    closing.close(code, reason);
    const [gotCode, gotReason] = await closed;
    expect([gotCode, String(gotReason)]).toEqual([code, reason]);
  });

  it.each(['client', 'upstream'])('whose %s vanishes ends on the other side', async (who) => {
    const echo = await anEcho();
    const { port } = await stage(at(echo.port));
    const connected = once(echo.sockets, 'connection') as Promise<[WebSocket]>;
    const client = await open(port);
    const [upstream] = await connected;
    const [gone, other] = who === 'client' ? [client, upstream] : [upstream, client];
    const closed = once(other, 'close');
    gone.terminate();
    expect((await closed)[0]).toBe(1006);
  });

  it('may be silent for longer than the upstream’s timeout', async () => {
    const echo = await anEcho();
    const { port } = await stage(at(echo.port), { timeoutMs: 50 });
    const socket = await open(port);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const answered = once(socket, 'message');
    socket.send('still there');
    expect(String((await answered)[0])).toBe('still there');
  });

  it('is ended when the proxy closes', async () => {
    const echo = await anEcho();
    const { port, proxy } = await stage(at(echo.port));
    const socket = await open(port);
    const closed = once(socket, 'close');
    await proxy.close();
    await closed;
  });

  it('is slowed down to the pace of who reads it', async () => {
    const server = createServer();
    const upstreams = new WebSocketServer({ server });
    const port = await listening(server);
    const front = await stage(at(port));
    const connected = once(upstreams, 'connection') as Promise<[WebSocket]>;
    const client = await open(front.port);
    const [upstream] = await connected;
    client.pause();
    for (let sent = 0; sent < 64; sent++) upstream.send(Buffer.alloc(2 ** 20));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(upstream.bufferedAmount).toBeGreaterThan(32 * 2 ** 20);
    client.resume();
    let got = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    client.on('message', (message: Buffer) => {
      got += message.length;
      if (got === 64 * 2 ** 20) resolve();
    });
    await all;
  });
});

describe('an upgrade that comes to nothing', () => {
  it('is answered as the upstream answered it', async () => {
    const upstream = await anUpstream((_request, response) => {
      response.writeHead(403, { 'Set-Cookie': ['a=1', 'dashgate=evil'], 'X-Why': 'no' }).end('{"error":"no"}');
    });
    const { port, errors } = await stage(at(upstream.port), { setCookies: ['dashgate=new'] });
    const answer = await refusal(port);
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(answer).toMatch(/\r\nx-why: no\r\n/i);
    expect(answer).toContain('{"error":"no"}');
    expect(answer.match(/set-cookie: .*/gi)).toEqual(['set-cookie: a=1', 'set-cookie: dashgate=new']);
    expect(errors).toEqual([]);
  });

  it('is a 502 where there is no upstream', async () => {
    const upstream = await anUpstream(() => {});
    upstream.close();
    await once(upstream, 'close');
    const { port } = await stage(at(upstream.port));
    const answer = await refusal(port);
    expect(answer).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/);
    expect(answer).toMatch(/ERR_UPSTREAM_UNREACHABLE request-1$|ERR_UPSTREAM_UNREACHABLE request-1\r\n/);
  });

  it('is a 504 where the upstream stays silent', async () => {
    const port = await upgrading(() => {});
    const { port: front, errors } = await stage(at(port), { timeoutMs: 100 });
    expect(await refusal(front)).toMatch(/^HTTP\/1\.1 504 /);
    expect(errors.map(({ code }) => code)).toEqual(['ERR_UPSTREAM_TIMEOUT']);
  });

  it('is a 502 where the upstream switches to something else', async () => {
    const port = await upgrading((socket) => {
      socket.end('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nodd bytes');
    });
    const { port: front } = await stage(at(port));
    const answer = await refusal(front);
    expect(answer).toMatch(/^HTTP\/1\.1 502 /);
    expect(answer).not.toMatch(/101|odd bytes/);
  });

  it.each(['h2c', 'tls/1.0, websocket', 'websocket/13'])('is a 400 where the client asks for %s', async (protocol) => {
    const reached: string[] = [];
    const port = await upgrading((_socket, request) => void reached.push(String(request.headers.upgrade)));
    const { port: front } = await stage(at(port));
    const socket = connect(front, '127.0.0.1');
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
    expect(reached).toEqual([]);
  });

  it('takes no body along, so that frames are never read as one', async () => {
    const got = Promise.withResolvers<IncomingMessage['headers']>();
    const port = await upgrading((socket, request) => {
      got.resolve(request.headers);
      socket.end('HTTP/1.1 400 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    });
    const { port: front } = await stage(at(port));
    await refusal(front, ['Content-Length: 5', 'Connection: X-Dashgate-User, X-Forwarded-For']);
    const headers = await got.promise;
    expect(headers).toMatchObject({ connection: 'Upgrade', upgrade: 'websocket', 'x-dashgate-user': 'mica' });
    expect(headers['content-length'] ?? headers['transfer-encoding']).toBeUndefined();
  });

  it('ends the upstream’s work when the client leaves before it is answered', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<Duplex>();
    const port = await upgrading((socket) => arrive(socket.resume()));
    const { port: front, errors } = await stage(at(port));
    const client = connect(front, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const upstream = await arrived;
    const ended = once(upstream, 'end');
    client.resetAndDestroy();
    await ended;
    expect(errors).toEqual([]);
  });

  // CVE-2024-37890 (ws): more headers than a server expects.
  it('survives hundreds of headers, and line breaks end a header, never a value', async () => {
    const echo = await anEcho();
    const { port } = await stage(at(echo.port));
    const many = Array.from({ length: 900 }, (_, index) => `X-Many-${index}: ${index}`);
    expect(await refusal(port, [...many, 'Sec-WebSocket-Protocol: a\rX-Dashgate-User: root'])).toMatch(
      /^HTTP\/1\.1 400 |^$/,
    );
    const socket = await open(port, { headers: Object.fromEntries(many.map((line) => line.split(': '))) });
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });
});

it('leaves plain requests alone beside websockets', async () => {
  const echo = await anEcho();
  const { port } = await stage(at(echo.port));
  await open(port);
  const request = httpRequest({ host: '127.0.0.1', port, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(await text(response)).toBe('plain');
});
