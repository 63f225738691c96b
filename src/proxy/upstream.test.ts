import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { at, certificates, listening, stage } from '../../test/support/proxy-stage.ts';

async function ask(port: number): Promise<[status: number | undefined, body: string]> {
  const [response] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [IncomingMessage];
  return [response.statusCode, await text(response)];
}

describe('an https upstream', () => {
  async function secure(names: string) {
    const files = certificates(names);
    const server = createTlsServer(
      { cert: readFileSync(files.cert), key: readFileSync(files.key) },
      (request, response) => response.end(`secure ${request.headers.host}`),
    );
    const asked: unknown[] = [];
    server.on('secureConnection', (socket) => asked.push(socket.servername));
    return { ...files, server, asked, port: await listening(server) };
  }
  const failed = [502, 'ERR_UPSTREAM_UNREACHABLE request-1'];

  it('is known by its authority and its own address, not by the public host', async () => {
    const upstream = await secure('IP:127.0.0.1');
    const { port } = await stage(at(upstream.port, null, 'https:'), {
      upstreamTls: { caFile: upstream.ca, serverName: null },
    });
    expect(await ask(port)).toEqual([200, 'secure dash.example.com']);
  });

  it('is known by the name that is configured, and told it', async () => {
    const upstream = await secure('DNS:dash.internal');
    const upstreamTls = { caFile: upstream.ca, serverName: 'dash.internal' };
    const { port } = await stage(at(upstream.port, null, 'https:'), { upstreamTls });
    expect(await ask(port)).toEqual([200, 'secure dash.example.com']);
    expect(upstream.asked).toEqual(['dash.internal']);
  });

  it('is refused under another name, the public one too', async () => {
    const upstream = await secure('DNS:dash.example.com');
    const { port } = await stage(at(upstream.port, null, 'https:'), {
      upstreamTls: { caFile: upstream.ca, serverName: null },
    });
    expect(await ask(port)).toEqual(failed);
  });

  it('is refused when the system’s authorities do not know it', async () => {
    const upstream = await secure('IP:127.0.0.1');
    const { port } = await stage(at(upstream.port, null, 'https:'));
    expect(await ask(port)).toEqual(failed);
  });

  it('carries websockets', async () => {
    const upstream = await secure('IP:127.0.0.1');
    new WebSocketServer({ server: upstream.server }).on('connection', (socket) => socket.send('hello'));
    const { port } = await stage(at(upstream.port, null, 'https:'), {
      upstreamTls: { caFile: upstream.ca, serverName: null },
    });
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    expect(String((await once(client, 'message'))[0])).toBe('hello');
    client.terminate();
  });

  it.each([
    ['is not there', null, /ca\.pem: cannot be read/],
    ['holds something else', 'nothing', /ca\.pem: holds no certificate/],
  ])('is not opened when the file of authorities %s', async (_what, content, message) => {
    const file = join(certificates('IP:127.0.0.1').folder, content === null ? 'no-ca.pem' : 'empty-ca.pem');
    if (content !== null) writeFileSync(file, content);
    const opened = stage(at(1, null, 'https:'), { upstreamTls: { caFile: file, serverName: null } });
    await expect(opened).rejects.toThrow(message);
  });
});

describe('an upstream on a unix socket', () => {
  const socketPath = (): string =>
    join(tmpdir(), `dashgate-${process.pid}-${Math.random().toString(36).slice(2)}.sock`);

  it('answers requests and websockets', async () => {
    const path = socketPath();
    const server = createServer((request, response) => response.end(`${request.url} ${request.headers.host}`));
    new WebSocketServer({ server }).on('connection', (socket) => socket.send('hello'));
    await listening(server, path);
    const { port } = await stage({ kind: 'unix', socketPath: path, path: '/base/' });
    expect(await ask(port)).toEqual([200, '/base/ dash.example.com']);
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    expect(String((await once(client, 'message'))[0])).toBe('hello');
    client.terminate();
  });

  it('that is not there is a 502', async () => {
    const { port } = await stage({ kind: 'unix', socketPath: socketPath(), path: null });
    expect((await ask(port))[0]).toBe(502);
  });
});
