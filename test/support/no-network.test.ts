import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { refusedConnections } from './no-network.ts';

it('refuses a connection that would leave this machine', async () => {
  expect(() => connect(443, 'dash.example.com')).toThrow('dash.example.com:443');
  expect(() => connect({ port: 80, host: '192.0.2.1' })).toThrow('192.0.2.1:80');
  await expect(fetch('http://dash.example.com/')).rejects.toThrow();
  await expect(lookup('dash.example.com')).rejects.toThrow('this machine only');
  expect(refusedConnections()).toHaveLength(4);
});

it('refuses a name that resolves to an address elsewhere', async () => {
  const socket = connect({
    port: 9,
    host: 'rebound.example.com',
    lookup: (_host, _options, back) => back(null, [{ address: '192.0.2.1', family: 4 }]),
  });
  const [error] = await once(socket, 'error');
  expect(String(error)).toContain('192.0.2.1');
  expect(refusedConnections()).toHaveLength(1);
});

it('lets a test talk to this machine, by address, by name, and by a name of its own', async () => {
  const server = createServer((socket) => socket.end('hello'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  for (const host of ['127.0.0.1', 'localhost']) await once(connect(port, host).resume(), 'connect');
  const socket = connect({
    port,
    host: 'dash.example.com',
    lookup: (_host, _options, back) => back(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  await once(socket.resume(), 'connect');
  await new Promise((resolve) => server.close(resolve));
});
