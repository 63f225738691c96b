import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { raw } from './raw.ts';
import { tempDir } from './temp-dir.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

/** Answers every first chunk with `answer` and keeps the connection open, or closes it at once without an answer. */
async function answering(answer: string | null, path?: string): Promise<{ port: number; received: string[] }> {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      received.push(chunk.toString('latin1'));
      if (answer === null) socket.end();
      else socket.write(answer, 'latin1');
    });
  });
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(path, resolve),
  );
  open.push(server);
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, received };
}

it('sends every byte as it stands and takes the answer apart', async () => {
  const server = await answering(
    'HTTP/1.1 403 Forbidden\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nno',
  );
  const answer = await raw(server.port, 'GET /%zz\\..\xff HTTP/1.1\r\nX: \x01\r\n\r\n');
  expect(server.received).toEqual(['GET /%zz\\..\xff HTTP/1.1\r\nX: \x01\r\n\r\n']);
  expect(answer?.status).toBe(403);
  expect(answer?.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(answer?.body).toBe('no');
});

it('knows the end of a chunked answer, of one without a body, and of an upgrade', async () => {
  for (const answer of [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n',
  ]) {
    const { port } = await answering(answer);
    expect((await raw(port, 'GET / HTTP/1.1\r\n\r\n'))?.status).toBe(Number(answer.slice(9, 12)));
  }
});

it('tells a close without an answer from an answer that never ends', async () => {
  expect(await raw((await answering(null)).port, 'x')).toBeNull();
  await expect(raw((await answering('HTTP/1.1 200 OK\r\n')).port, 'x', 100)).rejects.toThrow('no whole answer');
});

it('speaks to a unix socket', async () => {
  const dir = await tempDir();
  const path = dir.file('s');
  await answering('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', path);
  open.push(dir);
  expect((await raw(path, 'GET / HTTP/1.1\r\n\r\n'))?.status).toBe(200);
});
