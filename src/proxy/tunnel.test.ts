import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { at, listening, stage } from '../../test/support/proxy-stage.ts';
import { LINGER_MS } from './tunnel.ts';

const MB = 2 ** 20;
const OVER = [4401, 'session ended'];

function endAll(ends: ReadonlySet<(why: 'over') => void>): void {
  for (const end of ends) end('over');
}

/** A websocket server behind the proxy, and a client of it. */
async function joined(options: ConstructorParameters<typeof WebSocketServer>[0] = {}) {
  const server = createServer();
  const upstreams = new WebSocketServer({ server, ...options });
  const front = await stage(at(await listening(server)));
  const connected = once(upstreams, 'connection') as Promise<[WebSocket]>;
  const client = new WebSocket(`ws://127.0.0.1:${front.port}/ws`);
  onTestFinished(() => client.terminate());
  await once(client, 'open');
  const closed = new Promise<unknown[]>((resolve) =>
    client.once('close', (code, reason) => resolve([code, String(reason)])),
  );
  client.on('error', () => {});
  const [upstream] = await connected;
  const gone = once(
    upstream.on('error', () => {}),
    'close',
  );
  return { ...front, client, upstream, closed, gone, end: () => endAll(front.ends) };
}

/** The same with a server and a client that speak bytes, past the handshake. */
async function raw() {
  const { promise, resolve } = Promise.withResolvers<Duplex>();
  const server = createServer();
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    resolve(socket);
  });
  const front = await stage(at(await listening(server)));
  const client = connect(front.port, '127.0.0.1');
  onTestFinished(() => void client.destroy());
  client.on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const upstream = await promise;
  let got = Buffer.alloc(0);
  const { promise: isOpen, resolve: onOpen } = Promise.withResolvers<void>();
  client.on('data', (chunk: Buffer) => {
    got = Buffer.concat([got, chunk]);
    if (got.includes('\r\n\r\n')) onOpen();
  });
  await isOpen;
  const payload = () => got.subarray(got.indexOf('\r\n\r\n') + 4);
  const has = async (bytes: number): Promise<void> => {
    while (payload().length < bytes) await once(client, 'data');
  };
  return { ...front, client, upstream, payload, has, end: () => endAll(front.ends) };
}

describe('a websocket that is ended', () => {
  it('is closed with a code and a reason, and the upstream’s end is gone', async () => {
    const { client, upstream, closed, gone, end } = await joined();
    upstream.send('before');
    await once(client, 'message');
    end();
    expect(await closed).toEqual(OVER);
    await gone;
  });

  it('gets nothing of the upstream’s behind that', async () => {
    const { client, upstream, closed, end } = await joined();
    const heard: string[] = [];
    client.on('message', (message) => heard.push(String(message)));
    upstream.send('before');
    await once(client, 'message');
    const sending = setInterval(() => upstream.send('behind'), 1);
    onTestFinished(() => clearInterval(sending));
    end();
    const before = heard.length;
    expect(await closed).toEqual(OVER);
    expect(heard).toHaveLength(before);
  });

  it('may be between the fragments of a message', async () => {
    const { client, upstream, closed, end } = await joined();
    upstream.send('one ', { fin: false });
    upstream.ping();
    await once(client, 'ping');
    end();
    expect(await closed).toEqual(OVER);
  });

  it('may have carried compressed messages, and large ones', async () => {
    const { client, upstream, closed, end } = await joined({ perMessageDeflate: { threshold: 0 } });
    expect(client.extensions).toContain('permessage-deflate');
    for (const message of ['x'.repeat(3 * MB), Buffer.alloc(2 * MB, 'y'), 'small']) {
      upstream.send(message);
      await once(client, 'message');
    }
    end();
    expect(await closed).toEqual(OVER);
  });

  it('has no frame put into one that is half sent: the connection just ends', async () => {
    const { client, upstream, payload, has, end } = await raw();
    upstream.write(Buffer.concat([Buffer.from([0x82, 126, 0x10, 0x00]), Buffer.alloc(100, 'z')]));
    await has(104);
    const ended = once(client, 'close');
    end();
    await ended;
    expect(payload()).toHaveLength(104);
  });

  it('has none put into a half header either', async () => {
    const { client, upstream, payload, has, end } = await raw();
    upstream.write(Buffer.from([0x81, 2, 0x61, 0x62, 0x81]));
    await has(5);
    const ended = once(client, 'close');
    end();
    await ended;
    expect(payload().toString('latin1')).toBe('\x81\x02ab\x81');
  });

  it('has none put behind the upstream’s own closing frame', async () => {
    const { client, upstream, payload, has, end } = await raw();
    upstream.write(Buffer.from([0x88, 2, 0x03, 0xe8]));
    await has(4);
    const ended = once(client, 'close');
    end();
    await ended;
    expect(payload()).toHaveLength(4);
  });

  it('keeps counting from the bytes that came with the upstream’s head', async () => {
    const server = createServer();
    server.on('upgrade', (_request, socket: Socket) => {
      const head = 'HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
      socket.on('error', () => {}).write(Buffer.concat([Buffer.from(head), Buffer.from([0x81, 5, 0x61])]));
    });
    const front = await stage(at(await listening(server)));
    const client = connect(front.port, '127.0.0.1');
    client
      .on('error', () => {})
      .write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    let got = '';
    client.setEncoding('latin1').on('data', (text: string) => {
      got += text;
    });
    while (!got.includes('\x81\x05a')) await once(client, 'data');
    const ended = once(client, 'close');
    endAll(front.ends);
    await ended;
    expect(got.endsWith('\x81\x05a')).toBe(true);
  });

  it('ends soon also where the client reads nothing', async () => {
    const { client, upstream, gone, end, ends } = await joined();
    client.pause();
    for (let sent = 0; sent < 32; sent++) upstream.send(Buffer.alloc(MB));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const beganMs = performance.now();
    end();
    await gone;
    await expect.poll(() => ends.size, { interval: 10 }).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(LINGER_MS + 400);
  });

  it('ends also before the upstream has answered at all', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<Duplex>();
    const server = createServer();
    server.on('upgrade', (_request, socket) => arrive(socket.on('error', () => {}).resume()));
    const front = await stage(at(await listening(server)));
    const client = connect(front.port, '127.0.0.1');
    client
      .on('error', () => {})
      .write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const upstream = await arrived;
    const ends = [once(client.resume(), 'close'), once(upstream, 'end')];
    endAll(front.ends);
    await Promise.all(ends);
    expect(front.errors).toEqual([]);
    expect(front.logged.join()).not.toContain('broke off');
  });

  it('is forgotten when it is closed otherwise', async () => {
    const { client, ends, closed } = await joined();
    expect(ends.size).toBe(1);
    client.close(1000);
    await closed;
    await expect.poll(() => ends.size, { interval: 5 }).toBe(0);
  });
});
