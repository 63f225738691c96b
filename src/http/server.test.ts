import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { raw } from '../../test/support/raw.ts';
import { listenOn } from './listen.ts';
import { createListener, type Listener } from './server.ts';

async function start(request: RequestListener): Promise<{ listener: Listener; port: number }> {
  const listener = createListener({ request });
  const at = await listenOn(listener.server, { kind: 'tcp', host: '127.0.0.1', port: 0 }, 'x');
  onTestFinished(() => listener.drain(0));
  return { listener, port: at.kind === 'tcp' ? at.port : 0 };
}
const ended = async (socket: Socket): Promise<string> => {
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(socket, 'close');
  return text;
};

describe('draining', () => {
  it('lets a request under way end, takes no other, and does not wait for its kept connection', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const { listener, port } = await start(async (_request, response) => {
      begun.resolve();
      await go.promise;
      response.end('whole');
    });
    const idle = connect(port, '127.0.0.1');
    const busy = connect(port, '127.0.0.1');
    const [idleEnd, busyEnd] = [ended(idle), ended(busy)];
    await once(idle, 'connect');
    busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await begun.promise;
    const drained = listener.drain(5000);
    await expect(raw(port, 'GET / HTTP/1.1\r\n\r\n')).rejects.toThrow('ECONNREFUSED');
    const began = performance.now();
    go.resolve();
    expect(await busyEnd).toContain('whole');
    await drained;
    expect(performance.now() - began).toBeLessThan(2000);
    expect(await idleEnd).toBe('');
  });

  it('cuts what does not end in time', async () => {
    const begun = Promise.withResolvers<void>();
    const { listener, port } = await start(() => begun.resolve());
    const busy = connect(port, '127.0.0.1');
    const busyEnd = ended(busy);
    busy.on('error', () => {});
    busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await begun.promise;
    await listener.drain(50);
    expect(await busyEnd).toBe('');
  });
});

describe('what is no request', () => {
  it.each([
    ['nonsense', 'NONSENSE\r\n\r\n', 400],
    ['a header without a colon', 'GET / HTTP/1.1\r\nHost x\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 400],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n', 400],
    ['a head of 100 kB', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
  ])('%s', async (_what, text, status) => {
    const { port } = await start((_request, response) => void response.end('through'));
    const answer = await raw(port, text);
    expect([answer?.status, answer?.body]).toEqual([status, '']);
  });

  it('more headers than a request has are refused, not passed over', async () => {
    const { port } = await start((request, response) => void response.end(`seen ${request.headers.last ?? 'not'}`));
    const many = Array.from({ length: 300 }, (_, index) => `h${index}: x\r\n`).join('');
    const answer = await raw(port, `GET / HTTP/1.1\r\nHost: x\r\n${many}Last: here\r\nConnection: close\r\n\r\n`);
    expect(answer?.status).toBe(431);
  });
});
