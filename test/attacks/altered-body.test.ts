import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { basicOf, startGate } from '../support/gate.ts';

// http-proxy-middleware CVE-2024-21536, CVE-2025-32996, -32997*, CVE-2026-55603: bodies parsed and written anew, twice, or
// with line ends that begin a part.

it.each([
  ['a form', 'application/x-www-form-urlencoded', 'a=1&a=2&b[c]=%0d%0a&=&&%zz'],
  [
    'a multipart form',
    'multipart/form-data; boundary="x\\"y"',
    '--x"y\r\nContent-Disposition: form-data; name="a\r\n--x"\r\n\r\nb\r\n--x"y--\r\n',
  ],
  ['JSON', 'application/json', '{"a":1,"a":2,"__proto__":{"x":1}, "n": 1e999 }'],
  ['broken JSON', 'application/json', '{"a":'],
  ['something that says it is compressed', 'application/json', '\x1f\x8b not really'],
  ['something like a request', 'text/plain', 'GET /hr HTTP/1.1\r\nHost: dash.example.com\r\n\r\n'],
])('%s goes through as it came, once', async (_what, type, body) => {
  await using gate = await startGate();
  for (const headers of [{ 'Content-Encoding': 'gzip' }, {}]) {
    const answer = await gate.ask('/x', {
      method: 'POST',
      headers: { Authorization: basicOf('nora'), 'Content-Type': type, ...headers },
      body,
    });
    expect(answer.status).toBe(200);
    expect(gate.upstream.last().body).toBe(body);
    expect(gate.upstream.last().headers['content-type']).toBe(type);
  }
  expect(gate.upstream.seen).toHaveLength(2);
});

it('megabytes go through without being held, and whoever may not send them sends none', async () => {
  const hashes: string[] = [];
  await using gate = await startGate({
    answer: (incoming, response) => {
      const hash = createHash('sha256');
      incoming.on('data', (chunk) => hash.update(chunk));
      incoming.on('end', () => {
        hashes.push(hash.digest('hex'));
        response.end('ok');
      });
    },
  });
  const chunk = randomBytes(64 * 1024);
  const send = (authorization: string): Promise<number> => {
    const outgoing = request({
      host: '127.0.0.1',
      port: gate.port,
      method: 'POST',
      path: '/x',
      headers: { Host: gate.host, Authorization: authorization },
    });
    outgoing.on('error', () => {});
    const answered = new Promise<number>((resolve) => {
      outgoing.once('response', (response) => {
        void text(response).catch(() => '');
        resolve(response.statusCode ?? 0);
      });
      outgoing.once('close', () => resolve(0));
    });
    Readable.from(Array.from({ length: 300 }, () => chunk)).pipe(outgoing);
    return answered;
  };
  expect(await send(basicOf('nora'))).toBe(200);
  const whole = createHash('sha256');
  for (let index = 0; index < 300; index++) whole.update(chunk);
  expect(hashes).toEqual([whole.digest('hex')]);
  expect(await send('Basic eDp5')).toBe(401);
  expect(gate.upstream.seen).toHaveLength(1);
});

it('an answer that cannot be passed on is a 502 that says nothing of it, and the next one is whole', async () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 20\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok',
    'garbage from the dashboard\r\n\r\n',
    '',
    'HTTP/1.1 200 OK\r\nSet-Cookie: a=\x01b\r\nContent-Length: 2\r\n\r\nok',
  ];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.end(answers.shift() ?? 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole', 'latin1'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await using gate = await startGate({
    apps: [{ name: 'sales', at: '/', upstream: `http://127.0.0.1:${port}`, public: ['/**'] }],
  });
  while (answers.length > 0) {
    const left = answers.length;
    const answer = await gate.ask('/x');
    expect(answer.status, `${left}`).toBe(502);
    expect(answer.body).not.toMatch(/garbage|127\.0\.0\.1|HPE_/);
  }
  expect((await gate.ask('/x')).body).toBe('whole');
  server.close();
});
