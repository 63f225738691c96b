import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Chain, MICA, request, startChain } from './nginx-chain.ts';

/** Collects what comes by a connection, and waits for a part of it. */
function listen(socket: Socket): { has(pattern: RegExp): Promise<string> } {
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  return {
    async has(pattern) {
      while (!pattern.test(text)) await once(socket, 'data');
      return text;
    },
  };
}

needs('nginx', 'curl')('streams and connections through nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain({
      apps: `
  - { name: kept, at: /kept/, upstream: "$DASHBOARD" }
  - { name: cut, at: /cut/, upstream: "$DASHBOARD/" }
  - { name: slow, at: /slow/, upstream: "$DASHBOARD", timeout: 300ms }
  - { name: gone, at: /gone/, upstream: "http://127.0.0.1:9" }
  - { name: socket, at: /socket/, upstream: "unix:$DIR/app.sock:/" }`,
    });
  });
  beforeEach(() => chain.dashboard.forget());
  afterAll(() => chain[Symbol.asyncDispose]());

  const open = (text: string): Socket => {
    const socket = connect(chain.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text, 'latin1');
    return socket;
  };

  it.each(['/kept/', '/cut/'])(
    '%sevents: an event arrives when it is sent, not when there are more',
    async (prefix) => {
      const socket = open(request(chain, `${prefix}events`, [MICA]));
      expect(await listen(socket).has(/data: first/)).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    },
  );

  it('an upload reaches the dashboard while it is still being sent', async () => {
    const socket = open(request(chain, '/kept/count', [MICA, 'Content-Length: 100000'], 'POST'));
    const answer = listen(socket);
    socket.write('x'.repeat(50_000));
    await answer.has(/began/);
    socket.write('x'.repeat(50_000));
    await answer.has(/100000/);
    socket.destroy();
  });

  it.each(['/kept/', '/cut/'])('%sws: a websocket opens, carries both ways, and tells who it is', async (prefix) => {
    const headers = { Authorization: MICA.slice('Authorization: '.length), Origin: `http://${chain.host}` };
    const socket = new WebSocket(`ws://${chain.host}${prefix}ws`, { headers });
    await once(socket, 'open');
    socket.send('hello');
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('echo hello');
    expect(chain.dashboard.seen[0]?.headers.get('x-dashgate-user')).toBe('mica');
    expect(chain.dashboard.seen[0]?.headers.get('authorization')).toBeUndefined();
    socket.terminate();
  });

  it('a websocket without credentials is refused with 401 before anything reaches the dashboard', async () => {
    const socket = new WebSocket(`ws://${chain.host}/kept/ws`);
    const [error] = await once(socket, 'error');
    expect(String(error)).toContain('401');
    expect(chain.dashboard.seen).toEqual([]);
  });

  it('a dashboard that is gone is 502, one that is silent 504, and neither is a call to sign in', async () => {
    for (const [path, status] of [
      ['/gone/', 502],
      ['/slow/silent', 504],
    ] as const) {
      const answer = await raw(chain.port, request(chain, path, [MICA]));
      expect({ path, status: answer?.status }).toEqual({ path, status });
      expect(answer?.headers.get('location')).toBeNull();
    }
    expect((await raw(chain.port, request(chain, '/gone/')))?.status).toBe(401);
  });

  it('a dashboard on a unix socket', async () => {
    const server = createServer((incoming, response) => void response.end(incoming.url));
    server.listen(join(chain.dir.path, 'app.sock'));
    await once(server, 'listening');
    const answer = await curl('-H', MICA, `http://${chain.host}/socket/a%20b?c`);
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: '/a%20b?c' });
    server.closeAllConnections();
    server.close();
  });

  it('keeps its connections to the check: many requests, allowed or refused, need few', async () => {
    const sockets = new Set<Socket>();
    await using counted = await startChain({
      check: (incoming, response) => {
        sockets.add(incoming.socket);
        response.writeHead(incoming.headers.authorization ? 200 : 401, { 'Content-Length': '0' }).end();
      },
    });
    for (let i = 0; i < 30; i += 1) await raw(counted.port, request(counted, '/kept/', i % 2 === 0 ? [MICA] : []));
    expect(sockets.size).toBeLessThanOrEqual(4);
  });

  it('login page, login, dashboard and logout, all through nginx', async () => {
    const jar = chain.dir.file('jar');
    const browser = [
      '-b',
      jar,
      '-c',
      jar,
      '-H',
      'Sec-Fetch-Mode: navigate',
      '-H',
      'Sec-Fetch-Dest: document',
      '-H',
      'Accept: text/html',
    ];
    const own = ['-H', `Origin: http://${chain.host}`, '-H', 'Sec-Fetch-Site: same-origin'];
    const page = await curl(...browser, '-L', `http://${chain.host}/kept/x?y=1`);
    expect(page.status).toBe(200);
    expect(page.body).toContain('password');
    const form = ['--data-urlencode', 'user=mica', '--data-urlencode', 'password=correct horse'];
    const back = `http://${chain.host}/kept/x?y=1`;
    const login = await curl(
      ...browser,
      ...own,
      ...form,
      '--data-urlencode',
      `return_to=${back}`,
      `http://${chain.host}/_dashgate/login`,
    );
    expect({ status: login.status, to: login.headers.get('location') }).toEqual({ status: 303, to: back });
    expect((await curl(...browser, back)).body).toBe('{"url":"/kept/x?y=1"}');
    await curl(
      ...browser,
      ...own,
      '-X',
      'POST',
      '-H',
      'Content-Type: application/json',
      '-d',
      '{}',
      `http://${chain.host}/_dashgate/logout`,
    );
    expect((await curl(...browser, back)).status).toBe(302);
  });

  it('shows a person who types the bare host name the way', async () => {
    const answer = await raw(chain.port, request(chain, '/', ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']));
    expect(answer?.headers.get('location')).toBe(`http://${chain.host}/_dashgate/login`);
  });
});
