import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { peek } from './peek.ts';

const MOST = 1000;
/** Longer than any test. */
const NEVER = 100_000;

/** A request that has come as far as its head, and the socket of whoever sends it. */
async function arrive(head: string, begin = ''): Promise<{ request: IncomingMessage; client: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  client.write(`POST / HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n${begin}`);
  const [request] = (await once(server, 'request')) as [IncomingMessage];
  return { request: request.on('error', () => {}), client };
}

/** Reads it as the proxy does, and as the section guard does. */
const readers: Record<string, (request: IncomingMessage) => Promise<string>> = {
  piped: (request) => text(request.pipe(new PassThrough())),
  'by its events': async (request) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(request, 'end');
    return Buffer.concat(chunks).toString();
  },
};

it.each(Object.entries(readers))('leaves the body to whoever reads next: %s, at once or later', async (_name, read) => {
  for (const later of [false, true]) {
    const { request } = await arrive('Content-Length: 11', 'hello there');
    expect(String(await peek(request, MOST, NEVER))).toBe('hello there');
    if (later) await setImmediate();
    expect(await read(request)).toBe('hello there');
  }
});

it.each(Object.entries(readers))('waits for a body that comes in pieces: %s', async (_name, read) => {
  const { request, client } = await arrive('Content-Length: 11', 'hello');
  const looked = peek(request, MOST, NEVER);
  for (const piece of [' the', 're']) {
    await setImmediate();
    client.write(piece);
  }
  expect(String(await looked)).toBe('hello there');
  expect(await read(request)).toBe('hello there');
});

it.each([
  ['has no length', 'Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n', 'hello'],
  ['is too long', `Content-Length: ${MOST + 1}`, 'x'.repeat(MOST + 1), 'x'.repeat(MOST + 1)],
  ['is empty', 'Content-Length: 0', '', ''],
])('does not look at a body that %s', async (_what, head, body, all) => {
  const { request } = await arrive(head, body);
  expect(await peek(request, MOST, NEVER)).toBeNull();
  expect(await text(request)).toBe(all);
});

it('gives up on a body that is late, and on one that breaks off', async () => {
  const { request, client } = await arrive('Content-Length: 11', 'hello');
  expect(await peek(request, MOST, 20)).toBeNull();
  client.write(' there');
  expect(await text(request)).toBe('hello there');

  const other = await arrive('Content-Length: 11', 'hello');
  const looked = peek(other.request, MOST, NEVER);
  await setImmediate();
  other.client.destroy();
  expect(await looked).toBeNull();
});
