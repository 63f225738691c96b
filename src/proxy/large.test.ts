import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { anUpstream, at, stage } from '../../test/support/proxy-stage.ts';

const MB = 1_000_000;

/** Reads an answer, with a rest after each part. */
async function readSlowly(port: number, path: string, restMs: number): Promise<Buffer> {
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false }).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) {
    chunks.push(chunk);
    if (restMs > 0) await wait(restMs);
  }
  return Buffer.concat(chunks);
}

it('many large answers at once, to quick and slow readers by turns, are each the answer to its own request', async () => {
  const upstream = await anUpstream((request, response) => {
    const [, byte = '0', bytes = '0'] = request.url?.split('/') ?? [];
    response.writeHead(200, { 'Content-Length': bytes }).end(Buffer.alloc(Number(bytes), Number(byte)));
  });
  const { port } = await stage(at(upstream.port));
  const visitor = async (byte: number): Promise<void> => {
    for (const bytes of [3 * MB, 10, 300_000, MB, 70_000, 8192, 8193]) {
      const got = await readSlowly(port, `/${byte}/${bytes}`, byte % 3 === 0 ? 1 : 0);
      expect(got.length).toBe(bytes);
      expect(got.every((each) => each === byte)).toBe(true);
    }
  };
  await Promise.all(Array.from({ length: 12 }, (_, index) => visitor(index + 1)));
});

/** Each stretch of it is like no other. */
const patterned = (bytes: number, seed: number): Buffer => {
  const found = Buffer.alloc(bytes);
  for (let index = 0; index + 4 <= bytes; index += 4) found.writeUInt32LE(index * 2 + seed, index);
  return found;
};

it('what a slow reader has not taken is not written over, neither by more of it nor by the next answer', async () => {
  let written = 0;
  const upstream = await anUpstream((request, response) => {
    const [, seed = '0', bytes = '0'] = request.url?.split('/') ?? [];
    const body = patterned(Number(bytes), Number(seed));
    response.writeHead(200, { 'Content-Length': bytes }).on('error', () => {});
    let sent = 0;
    const more = (): void => {
      for (let goesOn = true; goesOn && sent < body.length; sent += 65_536)
        goesOn = response.write(body.subarray(sent, sent + 65_536));
      if (sent >= body.length) response.end();
      written = sent;
    };
    response.on('drain', more);
    more();
  });
  const { port } = await stage(at(upstream.port));
  const stalled = async (bytes: number) => {
    const request = httpRequest({ host: '127.0.0.1', port, path: `/0/${bytes}`, agent: false }).end();
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    answer.pause();
    for (let last = -1; last !== written; await wait(20)) last = written;
    return { request, answer, taken: written };
  };
  // So much goes into the buffers on the way while nobody reads.
  const { request, taken } = await stalled(64 * MB);
  request.destroy();
  for (let bytes = taken - MB; bytes > MB; bytes -= MB) {
    const { answer } = await stalled(bytes);
    // Where all has come in, its connection is free for another.
    expect((await readSlowly(port, `/1/${MB}`, 0)).equals(patterned(MB, 1))).toBe(true);
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(patterned(bytes, 0))).toBe(true);
  }
}, 30_000);

it('an answer whose reader stops is not fetched ahead: what is under way stays small', async () => {
  const CLIENTS = 8;
  let written = 0;
  const upstream = await anUpstream((_request, response) => {
    response.writeHead(200, { 'Content-Length': 1000 * MB });
    const part = Buffer.alloc(64 * 1024);
    const more = (): void => {
      do written += part.length;
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', more).on('error', () => {});
    more();
  });
  const { port } = await stage(at(upstream.port));
  const before = process.memoryUsage().arrayBuffers;
  const sockets = Array.from({ length: CLIENTS }, () => {
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    return socket;
  });
  // Until nothing moves any more.
  for (let last = -1; last !== written || written === 0; await wait(150)) last = written;
  // The kernel holds a few MB for each pair of sockets; here it is a few parts each.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(CLIENTS * MB);
  expect(written).toBeLessThan(CLIENTS * 100 * MB);
  for (const socket of sockets) socket.destroy();
});

it('a client that has left when the answer comes ends no more than its own request', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<() => void>();
  const upstream = await anUpstream((request, response) => {
    if (request.url !== '/late') response.end('there');
    else arrive(() => response.writeHead(200, { 'Content-Length': MB }).end(Buffer.alloc(MB)));
  });
  const { port, errors, broken } = await stage(at(upstream.port));
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /late HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = await arrived;
  socket.destroy();
  await once(socket, 'close');
  answer();
  expect(String(await readSlowly(port, '/', 0))).toBe('there');
  expect([errors, broken]).toEqual([[], []]);
});

it('a body that is given up in its middle, by either side, is nobody’s unhandled error', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  try {
    const upstream = await anUpstream((request, response) => {
      if (request.url === '/') response.end('there');
      // Reads a little of the body, and goes.
      else request.once('data', () => request.socket.destroy());
    });
    const { port } = await stage(at(upstream.port));
    const half = async (path: string, leaves: boolean): Promise<number | string> => {
      const headers = { 'Content-Length': 10 * MB };
      const request = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false });
      const answered = once(request, 'response').then(
        ([answer]: IncomingMessage[]) => answer?.resume().statusCode ?? 0,
        () => 'gone',
      );
      request.on('error', () => {});
      request.write(Buffer.alloc(MB));
      if (leaves) await wait(5);
      if (leaves) request.destroy();
      else request.end(Buffer.alloc(9 * MB));
      return answered;
    };
    const [left, broken] = [await half('/x', true), await half('/x', false)];
    expect([['gone', 502].includes(left), broken]).toEqual([true, 502]);
    expect(String(await readSlowly(port, '/', 0))).toBe('there');
    expect(unhandled).toEqual([]);
  } finally {
    process.off('uncaughtException', note).off('unhandledRejection', note);
  }
});
