import type { RequestListener, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callback, slot } from '../support/dash-sections/send.ts';
import { type Ask, basicOf, type Gate, startGate } from '../support/gate.ts';

const SECRET = 'CANARY-hr-8d1f';
const div = (id: string, children: unknown = SECRET) => ({
  props: { id, children },
  type: 'Div',
  namespace: 'dash_html_components',
});
const DEPENDENCIES = [
  { output: 'out.children', inputs: [{ id: 'in', property: 'value' }], state: [] },
  { output: 'hr-out.children', inputs: [{ id: 'in', property: 'value' }], state: [] },
];
const send = (response: ServerResponse, body: string | Buffer, headers = {}, status = 200): void =>
  void response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
const deep = (depth: number): string => `${'{"props":{"children":'.repeat(depth)}"${SECRET}"${'}}'.repeat(depth)}`;
const layout = JSON.stringify(div('hr-x'));

/** What an app answers for a layout that cannot be passed on, whatever it is. */
const LIES: Record<string, RequestListener> = {
  'no JSON': (_request, response) => send(response, `${layout}}`),
  nothing: (_request, response) => send(response, ''),
  NaN: (_request, response) => send(response, layout.replace(`"${SECRET}"`, `[NaN,"${SECRET}"]`)),
  'UTF-16': (_request, response) => send(response, Buffer.from(layout, 'utf16le')),
  'bytes that are no UTF-8': (_request, response) =>
    send(response, Buffer.concat([Buffer.from(layout), Buffer.from([0xff])])),
  gzip: (_request, response) => send(response, gzipSync(layout), { 'Content-Encoding': 'gzip' }),
  'gzip that is not said to be': (_request, response) => send(response, gzipSync(layout)),
  'a thousand components in each other': (_request, response) => send(response, deep(1000)),
  'a hundred thousand in each other': (_request, response) => send(response, deep(100_000)),
  'a part': (_request, response) => send(response, layout, { 'Content-Range': 'bytes 0-10/200' }, 206),
  'a traceback': (_request, response) => send(response, `<pre>${SECRET}</pre>`, { 'Content-Type': 'text/html' }, 500),
  'a refusal that says too much': (_request, response) => send(response, SECRET, { 'X-Why': SECRET }, 404),
  'a redirect with a body': (_request, response) => send(response, SECRET, { Location: '/' }, 302),
  'more than is said': (_request, response) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${layout}`);
  },
  'half of it': (_request, response) => {
    response.writeHead(200, { 'Content-Length': String(layout.length + 100) });
    response.write(layout, () => response.destroy());
  },
  'too much': (_request, response) => send(response, JSON.stringify(div('x', [SECRET, 'x'.repeat(3 * 1024 * 1024)]))),
  '201': (_request, response) => send(response, layout, {}, 201),
};

const LYING_PAGES: Record<string, string> = {
  'a configuration in other quotes': `<script id='_dash-config' type="application/json">{"validation_layout":"${SECRET}"}</script>`,
  'a configuration that is no JSON': `<script id="_dash-config" type="application/json">{"validation_layout":"${SECRET}"</script>`,
  'a second configuration': `<script id="_dash-config" type="application/json">{}</script><script type="application/json" id="_dash-config">{"validation_layout":"${SECRET}"}</script>`,
  'a layout elsewhere': `<script>var x = {"validation_layout": "${SECRET}"}</script>`,
};

let gate: Gate;
let lie: RequestListener | null = null;
beforeAll(async () => {
  const apps = [
    { name: 'sales', at: '/', kind: 'dash', upstream: '$UPSTREAM', sections: { most_megabytes: 2 }, timeout: '2s' },
    { name: 'nowhere', at: '/nowhere/', kind: 'dash', upstream: 'http://127.0.0.1:1', sections: true },
  ];
  gate = await startGate({
    apps,
    answer(request, response) {
      if (lie) return lie(request, response);
      if (request.url === '/_dash-dependencies') return send(response, JSON.stringify(DEPENDENCIES));
      let length = 0;
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      request.on('end', () =>
        send(response, JSON.stringify({ multi: true, response: { out: { children: `got ${length}` } } })),
      );
    },
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
const as = (sent: Ask, user: 'mike' | 'mica' = 'mike'): Ask => ({
  ...sent,
  // A client whose connection ended with the last answer would meet that end.
  headers: { Connection: 'close', ...sent.headers, Authorization: basicOf(user) },
});
const ask = (path: string) => gate.ask(path, as({}));
const call = (body: string, headers = {}) =>
  gate.ask(
    '/_dash-update-component',
    as({ method: 'POST', body, headers: { 'Content-Type': 'application/json', ...headers } }),
  );
const honest = callback('out.children', [slot('in', 'value', 'x')]);

it.each(Object.entries(LIES))('a layout of %s reaches nobody', async (_name, answer) => {
  lie = answer;
  const got = await ask('/_dash-layout');
  lie = null;
  expect(got.body + JSON.stringify([...got.headers])).not.toContain(SECRET);
  expect(got.status === 302 || got.status >= 400).toBe(true);
});

it.each(Object.entries(LYING_PAGES))('a page with %s reaches nobody', async (_name, html) => {
  lie = (_request, response) => send(response, `<html>${html}</html>`, { 'Content-Type': 'text/html' });
  const got = await ask('/');
  lie = null;
  expect([got.status, got.body.includes(SECRET)]).toEqual([502, false]);
});

it.each([
  ['text/plain', 'text/html'],
  ['text/html', 'text/plain'],
])('a page of two types, %s and %s, is HTML', async (...types) => {
  lie = (_request, response) =>
    void response
      .writeHead(
        200,
        types.flatMap((type) => ['Content-Type', type]),
      )
      .end(`<html>${Object.values(LYING_PAGES)[0] ?? ''}</html>`);
  const got = await ask('/');
  lie = null;
  expect([got.status, got.body.includes(SECRET)]).toEqual([502, false]);
});

it.each([
  ['no list', '{}'],
  ['a list of something', '[1]'],
  ['an output without a property', '[{"output":"..x..","inputs":[],"state":[]}]'],
  ['no JSON', '<html>'],
])('dependencies that are %s let no callback through', async (_name, text) => {
  const base = `/at-${text.length}/`;
  lie = (_request, response) => send(response, text);
  const got = await gate.ask(
    `${base}_dash-update-component`,
    as({ method: 'POST', body: JSON.stringify(honest), headers: { 'Content-Type': 'application/json' } }),
  );
  lie = null;
  expect(got.status).toBe(502);
});

it('an app that is not there is 502, one that is silent 504', async () => {
  expect((await ask('/nowhere/_dash-layout')).status).toBe(502);
  expect(
    (
      await gate.ask(
        '/nowhere/_dash-update-component',
        as({ method: 'POST', body: JSON.stringify(honest), headers: { 'Content-Type': 'application/json' } }),
      )
    ).status,
  ).toBe(502);
  lie = () => {};
  const silent = await ask('/_dash-layout');
  lie = null;
  expect(silent.status).toBe(504);
});

it('an honest callback is let through; its body is written anew', async () => {
  const got = await call(` ${JSON.stringify(honest, null, 4)}\n`);
  expect(JSON.parse(got.body)).toEqual({
    multi: true,
    response: { out: { children: `got ${JSON.stringify(honest).length}` } },
  });
});

it.each([
  ['of 3 MB, said before', 413, () => call(JSON.stringify({ ...honest, x: 'x'.repeat(3 * 1024 * 1024) }))],
  [
    'of 3 MB, in chunks',
    413,
    () => call(JSON.stringify({ ...honest, x: 'x'.repeat(3 * 1024 * 1024) }), { 'Transfer-Encoding': 'chunked' }),
  ],
  ['that nests 1000 deep', 400, () => call(`{"output":${'['.repeat(1000)}${']'.repeat(1000)}}`)],
  ['that nests a million deep', 400, () => call('['.repeat(1_000_000))],
  ['with 20000 keys', 400, () => call(`{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`)],
  ['that is compressed', 415, () => call(JSON.stringify(honest), { 'Content-Encoding': 'gzip' })],
  ['with an unknown callback', 403, () => call(JSON.stringify({ ...honest, output: 'nothing.children' }))],
] as const)('a body %s is answered %i', async (_name, status, run) => {
  const got = await run();
  expect([got.status, got.body.includes(SECRET)]).toEqual([status, false]);
});

it('a body of 100 MB is refused from its head, and the memory does not grow by it', async () => {
  const before = process.memoryUsage().rss;
  const got = await new Promise<string>((resolve, reject) => {
    const socket = connect(gate.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\r\n\r\n')) {
        socket.destroy();
        resolve(text);
      }
    });
    socket.on('error', reject);
    socket.write(
      `POST /_dash-update-component HTTP/1.1\r\nHost: ${gate.host}\r\nAuthorization: ${basicOf('mike')}\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n{"output":"`,
    );
  });
  expect(got).toMatch(/^HTTP\/1\.1 413 /);
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
});

it('bodies that are sent slowly and never end hold no more than is set aside; others are told to come again', async () => {
  const sockets = Array.from({ length: 6 }, () => {
    const socket = connect(gate.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST /_dash-update-component HTTP/1.1\r\nHost: ${gate.host}\r\nAuthorization: ${basicOf('mike')}\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{"output":"${'x'.repeat(1_990_000)}`,
    );
    return socket;
  });
  const statuses: string[] = [];
  for (const socket of sockets)
    socket.setEncoding('latin1').on('data', (text: string) => statuses.push(text.slice(9, 12)));
  await expect.poll(() => statuses.length, { timeout: 5000 }).toBeGreaterThanOrEqual(2);
  expect(new Set(statuses)).toEqual(new Set(['503']));
  for (const socket of sockets) socket.destroy();
  await expect.poll(async () => (await call(JSON.stringify(honest))).status, { timeout: 5000 }).toBe(200);
});

it.each(['/_dash-layout', '/_dash-dependencies', '/'])(
  'HEAD of %s tells nothing of what is taken out',
  async (path) => {
    const heads: unknown[] = [];
    for (const size of [10, 100_000]) {
      lie = (_request, response) => {
        const body = JSON.stringify(path === '/_dash-dependencies' ? DEPENDENCIES : div('hr-x', 'x'.repeat(size)));
        const headers = {
          ETag: `"${size}"`,
          'Content-Length': String(body.length),
          'Content-Digest': `sha-256=:${size}:`,
        };
        send(response, body, { ...headers, ...(path === '/' && { 'Content-Type': 'text/html' }) });
      };
      const got = await gate.ask(path, as({ method: 'HEAD' }));
      const told = [...got.headers].filter(([name]) => !/^(?:date|x-request-id|set-cookie)$/.test(name));
      heads.push([got.status, got.body, told.filter(([name]) => name !== 'connection')]);
    }
    lie = null;
    expect(heads[0]).toEqual(heads[1]);
    expect(JSON.stringify(heads)).not.toMatch(/digest|etag|100[0-9]{3}/i);
  },
);

it('an answer that never ends is given up, and what is held of it is free again', async () => {
  const drips: NodeJS.Timeout[] = [];
  let given = 0;
  lie = (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write(`{"props":{"children":"${SECRET}${'x'.repeat(1_900_000)}`);
    drips.push(setInterval(() => response.write('x'), 50));
    response.on('close', () => void given++);
  };
  const statuses = await Promise.all(Array.from({ length: 6 }, async () => (await ask('/_dash-layout')).status));
  lie = null;
  await expect.poll(() => given, { timeout: 5000 }).toBe(6);
  for (const drip of drips) clearInterval(drip);
  // Four of them fill what is set aside; whoever comes meanwhile is told to come again.
  expect(statuses.filter((status) => status === 504).length).toBeGreaterThan(0);
  expect(statuses.every((status) => status === 504 || status === 503)).toBe(true);
  expect((await call(JSON.stringify(honest))).status).toBe(200);
});

it('an answer of 100 MB is given up at the first byte that is too much', async () => {
  const before = process.memoryUsage().rss;
  let written = 0;
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  lie = (_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const more = (): void => {
      while (written < 100 && !response.destroyed) {
        written++;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    response.on('close', resolve);
    response.writeHead(200, { 'Content-Type': 'application/json' });
    more();
  };
  expect((await ask('/_dash-layout')).status).toBe(502);
  lie = null;
  await closed;
  expect(written).toBeLessThan(50);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

it('whoever holds everything is passed through unread: lies and all', async () => {
  lie = (_request, response) => send(response, 'no JSON at all');
  const got = await gate.ask('/_dash-layout', as({}, 'mica'));
  lie = null;
  expect(got.body).toBe('no JSON at all');
});
