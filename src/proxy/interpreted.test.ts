import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { at, listening, stage } from '../../test/support/proxy-stage.ts';
import { BadBody, UpstreamUnusable } from '../errors.ts';
import { createByteBudget } from '../lib/byte-budget.ts';
import type { Interpreter } from './interpreted.ts';

/** Takes `secret` out of what the upstream says, and answers `hello` itself. */
const anInterpreter = (changes: Partial<Interpreter> = {}) => {
  const unusable: unknown[] = [];
  const interpreter: Interpreter = {
    mostBytes: 1000,
    budget: createByteBudget(4000),
    wholeMs: 60_000,
    async fromClient(text) {
      const said = String(text);
      if (said === 'bad') throw new BadBody('it is bad');
      return said === 'hello' ? { toClient: ['hello yourself'], toUpstream: [] } : { toClient: [], toUpstream: [said] };
    },
    async fromUpstream(text) {
      const said = String(text);
      if (said === 'lie') throw new UpstreamUnusable('it lies');
      return { toClient: said.includes('secret') ? [] : [said], toUpstream: said === 'ask' ? ['told'] : [] };
    },
    onUnusable: (error) => void unusable.push(error),
    ...changes,
  };
  return { interpreter, unusable };
};

async function open(changes: Partial<Interpreter> = {}, options: { perMessageDeflate?: boolean } = {}) {
  const server = createServer((_request, response) => response.end('secret'));
  const sockets = new WebSocketServer({ server, ...options });
  const heard: string[] = [];
  sockets.on('connection', (other) =>
    other.on('message', (said) => void heard.push(String(said))).on('error', () => {}),
  );
  const { interpreter, unusable } = anInterpreter(changes);
  const staged = await stage(at(await listening(server)), { interpreter });
  const socket = new WebSocket(`ws://127.0.0.1:${staged.port}/ws`, { perMessageDeflate: true });
  onTestFinished(() => socket.terminate());
  const said: string[] = [];
  socket.on('message', (text) => void said.push(String(text))).on('error', () => {});
  await once(socket, 'open');
  const [upstream] = [...sockets.clients];
  if (!upstream) throw new Error('nobody has come');
  return { ...staged, socket, upstream, heard, said, unusable };
}

it('passes on what it is told to, each way, and answers by itself', async () => {
  const { socket, upstream, heard, said } = await open();
  socket.send('one');
  await once(upstream, 'message');
  upstream.send('secret');
  upstream.send('ask');
  await once(upstream, 'message');
  socket.send('hello');
  await once(socket, 'message');
  await expect.poll(() => said).toEqual(['ask', 'hello yourself']);
  expect(heard).toEqual(['one', 'told']);
});

it('keeps the order, however long it thinks', async () => {
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const { socket, upstream, heard } = await open({
    async fromClient(text) {
      if (String(text) === '1') await first;
      return { toClient: [], toUpstream: [String(text)] };
    },
  });
  for (const text of ['1', '2', '3']) socket.send(text);
  upstream.ping();
  await once(upstream, 'pong', { signal: AbortSignal.timeout(200) }).catch(() => {});
  expect(heard).toEqual([]);
  resolve();
  await expect.poll(() => heard).toEqual(['1', '2', '3']);
});

it('passes on pings and the end, with its code and without its reason', async () => {
  const { socket, upstream } = await open();
  socket.ping('p');
  expect(String((await once(upstream, 'ping'))[0])).toBe('p');
  upstream.close(4003, 'secret');
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([4003, '']);
});

it.each<[string, (to: { socket: WebSocket; upstream: WebSocket }) => void, number]>([
  ['the client says what is not understood', ({ socket }) => socket.send('bad'), 1008],
  ['the client sends bytes', ({ socket }) => socket.send(Buffer.from('x'), { binary: true }), 1008],
  ['the client sends too much', ({ socket }) => socket.send('x'.repeat(1001)), 1009],
  ['the upstream says what is not understood', ({ upstream }) => upstream.send('lie'), 1011],
  ['the upstream sends too much', ({ upstream }) => upstream.send('secret'.repeat(1000)), 1009],
])('is ended where %s', async (_name, act, code) => {
  const both = await open();
  act(both);
  expect((await once(both.socket, 'close'))[0]).toBe(code);
  expect([both.said, both.unusable.length]).toEqual([[], 1]);
});

it('is ended where a message does not come whole in time', async () => {
  const { socket, unusable } = await open({ wholeMs: 50 });
  socket.send('half of', { fin: false });
  expect((await once(socket, 'close'))[0]).toBe(1008);
  expect(unusable).toHaveLength(1);
});

it('is ended where more is held than is set aside', async () => {
  const { socket } = await open({ budget: createByteBudget(100) });
  socket.send('x'.repeat(200));
  expect((await once(socket, 'close'))[0]).toBe(1013);
});

it('is ended from elsewhere, with a word', async () => {
  const { socket, ends } = await open();
  for (const end of ends) end('over');
  expect((await once(socket, 'close'))[0]).toBe(4401);
});

it('agrees on no extension', async () => {
  const { socket } = await open({}, { perMessageDeflate: true });
  expect(socket.extensions).toBe('');
});

it('a plain answer in place of the websocket is not passed on unread', async () => {
  const server = createServer((_request, response) => response.end('secret'));
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret'));
  const { interpreter } = anInterpreter();
  const { port } = await stage(at(await listening(server)), { interpreter });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  socket.on('error', () => {});
  onTestFinished(() => socket.terminate());
  const [, answer] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  expect([answer.statusCode, text.includes('secret')]).toEqual([502, false]);
});
