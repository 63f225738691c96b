import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { anUpstream, at, stage } from '../../test/support/proxy-stage.ts';

async function ask(port: number): Promise<string> {
  const [answer] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [IncomingMessage];
  return text(answer);
}

/** An upstream that lets answers wait, and knows its connections. */
async function holding() {
  const held: ServerResponse[] = [];
  const open = new Set<Socket>();
  const upstream = await anUpstream((_request, response) => void held.push(response));
  // By itself it would keep them for longer.
  upstream.keepAliveTimeout = 60_000;
  upstream.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return { held, open, port: upstream.port };
}

it('of many connections that were in use at once few are kept, and none for long', async () => {
  const { held, open, port: upstream } = await holding();
  const { port } = await stage(at(upstream));
  const answers = Array.from({ length: 100 }, () => ask(port));
  await vi.waitFor(() => expect(held).toHaveLength(100), 20_000);
  expect(open.size).toBe(100);
  for (const response of held) response.end('there');
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['there']));
  await vi.waitFor(() => expect(open.size).toBeLessThanOrEqual(64), 10_000);
  await vi.waitFor(() => expect(open.size).toBe(0), 10_000);
});

it('a client that leaves takes its request’s connection along, and no other', async () => {
  const { held, open, port: upstream } = await holding();
  const { port } = await stage(at(upstream));
  const stays = ask(port);
  await vi.waitFor(() => expect(held).toHaveLength(1), 10_000);
  const leaves = get({ host: '127.0.0.1', port, agent: false }).on('error', () => {});
  await vi.waitFor(() => expect(held).toHaveLength(2), 10_000);
  leaves.destroy();
  await vi.waitFor(() => expect(open.size).toBe(1), 10_000);
  held[0]?.end('there');
  expect(await stays).toBe('there');
});
