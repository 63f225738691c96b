import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createBoundedFetch } from './bounded-fetch.ts';

async function answering(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const bounded = createBoundedFetch({ timeoutMs: 300, mostBytes: 100 });

it('gives back what came, whole', async () => {
  const url = await answering((_request, response) => response.writeHead(201, { 'X-A': 'b' }).end('x'.repeat(100)));
  const answer = await bounded(url, {});
  expect([answer.status, answer.headers.get('x-a'), (await answer.text()).length]).toEqual([201, 'b', 100]);
});

it('takes no more than that', async () => {
  const url = await answering((_request, response) => response.end('x'.repeat(101)));
  await expect(bounded(url, {})).rejects.toThrow(RangeError);
});

it('waits no longer for a head, nor for the end of a body', async () => {
  await expect(bounded(await answering(() => {}), {})).rejects.toThrow(/timeout/i);
  const dripping = await answering((_request, response) => response.writeHead(200).write('x'));
  await expect(bounded(dripping, {})).rejects.toThrow(/timeout/i);
});

it('follows nobody elsewhere', async () => {
  const url = await answering((_request, response) => response.writeHead(302, { Location: 'http://evil.test/' }).end());
  expect((await bounded(url, {})).status).toBe(302);
});
