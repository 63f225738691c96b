import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basicOf, type Gate, startGate, usersFile } from '../support/gate.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';
import { serve } from './command.ts';

const MB = 1024 * 1024;

/** The most memory that a process has ever had, in bytes (proc(5), VmHWM). */
async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Writes 100 MB, each one when there is room for it. */
async function pump(to: Writable | undefined, onSent: () => void): Promise<void> {
  const block = Buffer.alloc(MB, 'x');
  for (let count = 0; to && count < 100; count++) {
    if (!to.write(block)) await once(to, 'drain');
    onSent();
  }
  to?.end();
}

describe('through the whole product', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let cookie: string;
  /** Sends the next event of the stream that is open. */
  let sendEvent: (text: string) => void;

  beforeAll(async () => {
    const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
      if (incoming.url === '/events') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        sendEvent = (text) => response.write(`data: ${text}\n\n`);
        sendEvent('first');
        return;
      }
      response.end();
    };
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT', answer }));
    cookie = await gate.signIn('mica');
  });
  afterAll(() => closing.disposeAsync());

  it('server-sent events arrive one by one, each as it is sent', async () => {
    const asking = get(`${gate.origin}/events`, { headers: { cookie } });
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    response.setEncoding('utf8');
    expect(response.headers['content-type']).toBe('text/event-stream');
    expect(await once(response, 'data')).toEqual(['data: first\n\n']);
    for (const text of ['second', 'third']) {
      const next = once(response, 'data');
      sendEvent(text);
      expect(await next).toEqual([`data: ${text}\n\n`]);
    }
    asking.destroy();
  });

  it('a large upload passes without being kept: the memory of dashgate stays far below its size', async () => {
    await using dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    await using upstream = await startUpstream((incoming, response) => {
      let received = 0;
      incoming.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      incoming.on('end', () => response.end(String(received)));
    });
    const apps = `apps: [{ name: app, at: /, upstream: "${upstream.url}" }]`;
    await using program = await serve(dir, `directories: [{ file: users.yaml }]\n${apps}\n`);
    const beforeBytes = await mostMemory(program.pid);
    const headers = { authorization: basicOf('mica'), 'Content-Length': 300 * MB, Origin: program.origin };
    const upload = request(`${program.origin}/upload`, { method: 'POST', headers });
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
    const block = Buffer.alloc(MB, 'x');
    for (let sent = 0; sent < 300; sent++) if (!upload.write(block)) await once(upload, 'drain');
    upload.end();
    const [response] = await answered;
    expect([response.statusCode, String(await once(response, 'data'))]).toEqual([200, String(300 * MB)]);
    expect((await mostMemory(program.pid)) - beforeBytes).toBeLessThan(120 * MB);
  });

  it.each([
    ['an upload waits for a dashboard', 'POST'],
    ['a download waits for a client', 'GET'],
  ])('%s that is slow, and then goes on', async (_what, method) => {
    const go = Promise.withResolvers<void>();
    let written: Writable | undefined;
    let received = 0;
    let sent = 0;
    const take = async (from: Readable): Promise<void> => {
      await go.promise;
      for await (const chunk of from) received += (chunk as Buffer).length;
    };
    await using other = await startGate({
      publicUrl: 'http://127.0.0.1:$PORT',
      async answer(incoming, response) {
        if (method === 'GET') written = response;
        else await take(incoming);
        if (method === 'POST') response.end();
      },
    });
    const headers = { cookie: await other.signIn('mica'), Origin: other.origin };
    const asking = request(`${other.origin}/`, { method, headers });
    const answered = once(asking, 'response') as Promise<[IncomingMessage]>;
    if (method === 'POST') written = asking;
    else asking.end();
    await expect.poll(() => written).toBeDefined();
    const pumped = pump(written, () => sent++);
    // Nobody reads: what has left is what fits into the buffers on the way.
    let before = -1;
    const standsStill = (): boolean => {
      const same = sent === before;
      before = sent;
      return same;
    };
    await expect.poll(standsStill, { interval: 300, timeout: 10_000 }).toBe(true);
    expect(sent).toBeLessThan(60);
    go.resolve();
    const [response] = await answered;
    if (method === 'GET') await take(response);
    await pumped;
    expect(received).toBe(100 * MB);
  });
});

describe('a websocket', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  beforeAll(async () => {
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT' }));
  });
  afterAll(() => closing.disposeAsync());

  const open = async (
    path: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; socket: WebSocket }> => {
    const socket = new WebSocket(gate.origin.replace('http', 'ws') + path, { headers });
    const { promise, resolve } = Promise.withResolvers<number>();
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('open', () => resolve(101)).on('error', () => {});
    return { status: await promise, socket };
  };

  it('carries text and bytes both ways, and the dashboard is told who it is', async () => {
    const { status, socket } = await open('/live', { cookie: await gate.signIn('mike'), origin: gate.origin });
    expect(status).toBe(101);
    socket.send('good day');
    expect(String((await once(socket, 'message'))[0])).toBe('good day');
    socket.send(Buffer.alloc(MB, 7));
    expect((await once(socket, 'message'))[0]).toHaveLength(MB);
    expect(gate.upstream.last().headers).toMatchObject({ 'x-dashgate-user': 'mike' });
    expect(gate.upstream.last().headers).not.toHaveProperty('cookie');
    const closed = once(socket, 'close');
    socket.close(1000);
    await closed;
  });

  it.each([
    ['our own origin', () => gate.origin, 101],
    ['no origin, as programs', () => null, 101],
    ['another origin', () => 'http://evil.example.com', 403],
    ['an origin that begins as ours', () => `${gate.origin}.evil.example.com`, 403],
    ['our host over https', () => gate.origin.replace('http', 'https'), 403],
    ['null', () => 'null', 403],
  ])('from %s: %s', async (_what, from, wanted) => {
    const origin = from();
    const { status, socket } = await open('/live', {
      cookie: await gate.signIn('mike'),
      ...(origin === null ? {} : { origin }),
    });
    socket.terminate();
    expect(status).toBe(wanted);
  });

  it('is judged by its path like any other request', async () => {
    const { status, socket } = await open('/hr/live', { cookie: await gate.signIn('mike'), origin: gate.origin });
    socket.terminate();
    expect(status).toBe(403);
  });

  it('to a page of our own is none', async () => {
    const { status, socket } = await open('/_dashgate/session', {
      cookie: await gate.signIn('mike'),
      origin: gate.origin,
    });
    socket.terminate();
    expect(status).toBe(404);
  });
});
