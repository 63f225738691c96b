import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, startGate, usersFile } from '../support/gate.ts';
import { raw } from '../support/raw.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';

// The slow-client family, and what an end in the middle of requests leaves open.

const sockets: Socket[] = [];
const hangUp = (): void => {
  for (const socket of sockets.splice(0)) socket.destroy();
};
afterEach(hangUp);

async function dial(gate: Gate | { port: number }, bytes: string): Promise<Socket> {
  const socket = connect(gate.port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  return socket;
}

it('clients that never finish hold up nobody else', async () => {
  await using gate = await startGate();
  const head = `Host: ${gate.host}\r\n`;
  const halves = [
    ...[
      '',
      'G',
      'GET /x HTTP/1.1\r\n',
      `GET /x HTTP/1.1\r\n${head}X-A: `,
      `POST /x HTTP/1.1\r\n${head}Content-Length: 10\r\n\r\nabc`,
    ],
    ...[`POST /_dashgate/login HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`],
    ...[`POST /x HTTP/1.1\r\n${head}Authorization: ${basicOf('nora')}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab`],
    ...[`POST /x HTTP/1.1\r\n${head}Expect: 100-continue\r\nContent-Length: 10\r\n\r\n`],
  ];
  await Promise.all(Array.from({ length: 200 }, (_, index) => dial(gate, halves[index % halves.length] ?? '')));
  for (let index = 0; index < 20; index++) {
    expect((await gate.ask('/x', { headers: { Authorization: basicOf('nora') } })).status).toBe(200);
    expect((await gate.verify('/x')).status).toBe(401);
    expect((await gate.ask('/_dashgate/login')).status).toBe(200);
  }
  hangUp();
});

it('a client that leaves in the middle ends nothing but its own request', async () => {
  await using gate = await startGate();
  const head = `Host: ${gate.host}\r\nAuthorization: ${basicOf('nora')}\r\n`;
  for (const bytes of [
    `GET /x HTTP/1.1\r\n${head}\r\n`,
    `POST /x HTTP/1.1\r\n${head}Content-Length: 1000000\r\n\r\nabc`,
    `GET /ws HTTP/1.1\r\n${head}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    `POST /_dashgate/login HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"user"`,
  ]) {
    for (let index = 0; index < 10; index++) {
      const socket = await dial(gate, bytes);
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
    }
  }
  expect((await gate.ask('/x', { headers: { Authorization: basicOf('nora') } })).status).toBe(200);
});

it.each([
  ['a huge header', `X-A: ${'a'.repeat(200_000)}`],
  ['a huge cookie', `Cookie: ${'a=b; '.repeat(40_000)}`],
  ['a huge name', `${'X'.repeat(200_000)}: a`],
  ['headers without end', 'X-A: b\r\n'.repeat(30_000).trimEnd()],
])('%s is refused on every listener', async (_what, line) => {
  await using gate = await startGate();
  for (const at of [gate.port, gate.check, gate.admin]) {
    const answer = await raw(at, `GET / HTTP/1.1\r\nHost: ${gate.host}\r\n${line}\r\n\r\n`);
    expect([400, 431]).toContain(answer?.status ?? 431);
  }
  expect((await gate.ask('/robots.txt')).status).toBe(200);
});

it('a huge target is refused, and a huge form', async () => {
  await using gate = await startGate();
  for (const path of [`/${'x'.repeat(20_000)}`, `/x?${'y'.repeat(20_000)}`, `/${'x/'.repeat(30_000)}`]) {
    expect([400, 414, 431]).toContain(
      (await raw(gate.port, `GET ${path} HTTP/1.1\r\nHost: ${gate.host}\r\n\r\n`))?.status ?? 431,
    );
  }
  const login = (type: string, body: string) =>
    gate.ask('/_dashgate/login', { method: 'POST', headers: { 'Content-Type': type, Origin: gate.origin }, body });
  expect((await login('application/json', `{"user":"${'x'.repeat(100_000)}"}`)).status).toBe(413);
  expect((await login('application/x-www-form-urlencoded', `user=${'x'.repeat(100_000)}`)).status).toBe(413);
  expect([400, 413]).toContain((await login('application/x-www-form-urlencoded', 'a=b&'.repeat(3_000))).status);
  expect((await login('application/json', `${'['.repeat(8_000)}${']'.repeat(8_000)}`)).status).toBe(400);
});

it('SIGTERM in the middle of requests: those under way are finished, nothing else is taken, and it ends', async () => {
  await using dir = await tempDir();
  let answerSlow = (): void => {};
  const asked = Promise.withResolvers<void>();
  await using upstream = await startUpstream((request, response) => {
    if (request.url !== '/slow') return void response.end('quick');
    response.write('begun,');
    answerSlow = () => response.end('finished');
    asked.resolve();
  });
  const port = await freePort();
  await dir.write('users.yaml', await usersFile());
  const file = await dir.write(
    'dashgate.yaml',
    `server: { listen: "127.0.0.1:${port}", check_listen: "unix:${dir.file('check.sock')}" }
admin: { listen: "unix:${dir.file('admin.sock')}" }
directories: [{ file: users.yaml }]
apps: [{ name: sales, at: /, upstream: "${upstream.url}" }]
`,
  );
  const main = join(import.meta.dirname, '../../src/main.ts');
  await using program = await startProgram(
    process.execPath,
    [main, 'serve', '--config', file, '--log.format', 'json'],
    {
      ready: /"message":"listening"/,
    },
  );
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: ${basicOf('nora')}\r\n`;
  const slow = await dial({ port }, `GET /slow HTTP/1.1\r\n${head}\r\n`);
  const answer = text(slow);
  const idle = await dial({ port }, `GET /quick HTTP/1.1\r\n${head}\r\n`);
  await once(idle, 'data');
  await asked.promise;
  const half = await dial({ port }, 'GET /x HTTP/1.1\r\n');
  const idleEnd = once(idle, 'close');
  program.kill('SIGTERM');
  await program.printed(/"message":"ending/);
  await idleEnd;
  // A kept connection ends a moment before the listener does.
  await expect.poll(() => dial({ port }, '').then(() => 'taken', String)).toContain('ECONNREFUSED');
  answerSlow();
  expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*begun,[\s\S]*finished/);
  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect(half.destroyed || half.readableEnded || half.readable).toBe(true);
  expect(program.output()).not.toMatch(/mica-|nora-Xb9|eyJ|uncaught/i);
}, 30_000);
