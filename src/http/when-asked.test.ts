import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { whenAsked } from './when-asked.ts';

async function serve(listener: RequestListener): Promise<() => Promise<[number, string]>> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' });
    return [answer.status, await answer.text()];
  };
}

it('loads once for all that come at first, and no body is lost meanwhile', async () => {
  let loads = 0;
  const ask = await serve(
    whenAsked(
      async () => {
        loads++;
        await new Promise((resolve) => setImmediate(resolve));
        return (request, response) => void request.pipe(response);
      },
      () => expect.unreachable(),
    ),
  );
  expect(loads).toBe(0);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(Array(3).fill([200, 'x']));
  expect([await ask(), loads]).toEqual([[200, 'x'], 1]);
});

it('a part that cannot be read is told of with each request, until it can', async () => {
  let isThere = false;
  const ask = await serve(
    whenAsked(
      async () => {
        if (!isThere) throw new Error('gone');
        return (_request, response) => void response.end('here');
      },
      (error, _request, response) => void response.writeHead(500).end(String(error)),
    ),
  );
  expect(await ask()).toEqual([500, 'Error: gone']);
  isThere = true;
  expect(await ask()).toEqual([200, 'here']);
});
