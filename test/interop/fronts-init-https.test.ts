import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { FrontName } from '../../src/fronts/options.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf, cookieOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { selfSigned } from '../support/self-signed.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import type { Front } from './fronts/envoy.ts';
import { startPrinted } from './fronts/init.ts';

const HOST = 'dash.example.com';
const APPS = [
  { name: 'plain', at: '/', upstream: '$UPSTREAM', public: ['/open'] },
  {
    ...{ name: 'told', at: '/told/', upstream: '$UPSTREAM', login_path: '/enter' },
    identity_headers: ['forwarded', { user: 'X-My-User' }],
  },
  { name: 'cut', at: '/cut/', upstream: '$UPSTREAM/inner/' },
];

/** A dashboard that says our words, and begins an event stream where it is asked for one. */
const answer: RequestListener = ({ headers }, response) => {
  response.setHeader('X-Dashgate-User', 'root');
  if (headers.accept === 'text/event-stream') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: begun\n\n');
  } else response.end('{}');
};

const promises = (name: FrontName) => {
  let dir: TempDir;
  let gate: Gate;
  let front: Front;
  let plainPort: number;
  let ca: Buffer;
  beforeAll(async () => {
    dir = await tempDir();
    const { cert, key } = selfSigned(dir, 'front', HOST);
    ca = readFileSync(cert);
    const port = await freePort();
    plainPort = await freePort();
    gate = await startGate({
      publicUrl: `https://${HOST}:${port}`,
      // Traefik reaches no sockets.
      server: {
        ...(name === 'traefik' && { check_listen: '127.0.0.1:0' }),
        trusted_proxies: ['127.0.0.1', 'unix'],
      },
      apps: APPS,
      answer,
    });
    front = await startPrinted(name, {
      ...{ config: gate.dir.file('dashgate.yaml'), port, redirectPort: plainPort },
      args: [
        ...['--cert', cert, '--key', key, '--server.listen', `127.0.0.1:${gate.port}`],
        ...(typeof gate.check === 'number' ? ['--server.check_listen', `127.0.0.1:${gate.check}`] : []),
      ],
    });
  }, 60_000);
  afterAll(async () => {
    await front?.[Symbol.asyncDispose]();
    await gate?.[Symbol.asyncDispose]();
    await dir?.[Symbol.asyncDispose]();
  });
  beforeEach(() => gate.upstream.clear());

  const begin = async (
    path: string,
    headers: Record<string, string>,
    method = 'GET',
    body = '',
  ): Promise<IncomingMessage> => {
    const asking = request({
      ...{ host: '127.0.0.1', port: front.port, servername: HOST, ca, agent: false, path, method },
      headers: { Host: gate.host, ...headers },
    });
    const answered = once(asking, 'response');
    asking.end(body);
    const [answer] = await answered;
    return answer;
  };
  const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET', body = '') => {
    const answer = await begin(path, headers, method, body);
    const heads = new Headers();
    for (let i = 0; i < answer.rawHeaders.length; i += 2)
      heads.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '');
    return { status: Number(answer.statusCode), headers: heads, body: await text(answer) };
  };
  const signIn = async (): Promise<string> => {
    const body = JSON.stringify({ user: 'mike', password: PASSWORDS.mike });
    const answer = await ask('/_dashgate/login', { 'Content-Type': 'application/json' }, 'POST', body);
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().join()).toMatch(/^__Host-dashgate=.*Secure/);
    return cookieOf(answer);
  };

  it('signs in by https, and the browser is told to stay with it, once', async () => {
    const answer = await ask('/a', { Cookie: await signIn() });
    expect([answer.status, answer.headers.get('strict-transport-security')]).toEqual([200, 'max-age=31536000']);
    expect((await ask('/_dashgate/login')).headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(gate.upstream.last().headers['x-forwarded-proto']).toBe('https');
    expect((await ask('/a')).status).toBe(401);
  });

  it('plain http is sent on to https, target and all', async () => {
    const answer = await raw(
      plainPort,
      `GET /told/x?y=%20z HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
      15_000,
    );
    expect([answer?.status, answer?.headers.get('location')]).toEqual([
      name === 'traefik' ? 302 : 307,
      `${gate.origin}/told/x?y=%20z`,
    ]);
  });

  it('a host that no app has is nobody’s, by https and by plain http', async () => {
    for (const host of ['elsewhere.example.com', `elsewhere.example.com:${front.port}`, '127.0.0.1'])
      expect([host, (await ask('/open', { Host: host })).status]).toEqual([host, 404]);
    const plain = await raw(
      plainPort,
      'GET /open HTTP/1.1\r\nHost: elsewhere.example.com\r\nConnection: close\r\n\r\n',
    );
    expect(plain?.status).toBe(404);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('an app is told by its own names, which no client can say to any app', async () => {
    const forged = { 'X-Forwarded-User': 'mica', 'X-My-User': 'mica', 'X-Forwarded-Groups': 'mica' };
    expect((await ask('/told/', { Cookie: await signIn(), ...forged })).status).toBe(200);
    expect(gate.upstream.last().headers).toMatchObject({ 'x-forwarded-user': 'mike', 'x-my-user': 'mike' });
    expect((await ask('/open', forged)).status).toBe(200);
    expect((await ask('/a', { Authorization: basicOf('mike'), ...forged })).status).toBe(200);
    expect(JSON.stringify(gate.upstream.seen)).not.toContain('mica');
  });

  it('what is changed on its way goes through dashgate, and so does an app’s own link to a login', async () => {
    expect((await ask('/cut/x', { Cookie: await signIn() })).status).toBe(200);
    expect(gate.upstream.last().url).toBe('/inner/x');
    const enter = await ask('/told/enter', { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate' });
    expect(enter.status).toBeGreaterThanOrEqual(300);
    expect(enter.headers.get('location')).toContain('/_dashgate/login');
    expect((await ask('/told')).headers.get('location')).toContain('/told/');
  });

  it('by HTTP/2 too, whose clients cut the Cookie header into pieces', async () => {
    const session = connect(`https://${HOST}:${front.port}`, {
      ...{ ca, servername: HOST },
      lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    try {
      const stream = session.request({
        ':path': '/a',
        ':authority': gate.host,
        cookie: ['theme=dark', await signIn()],
      });
      const [head] = await once(stream, 'response');
      expect(head[':status']).toBe(200);
      await text(stream);
      expect(gate.upstream.last().headers).toMatchObject({ cookie: 'theme=dark', 'x-dashgate-user': 'mike' });
    } finally {
      session.destroy();
    }
  });

  it('no dashboard says our words to a browser', async () => {
    const answer = await ask('/open');
    expect([answer.status, answer.body, answer.headers.get('x-dashgate-user')]).toEqual([200, '{}', null]);
  });

  it('an event stream arrives as it comes, and ends with its session', async () => {
    const cookie = await signIn();
    const stream = await begin('/told/events', { Cookie: cookie, Accept: 'text/event-stream' });
    const [first] = await once(stream, 'data');
    expect(String(first)).toBe('data: begun\n\n');
    const over = once(
      stream.on('error', () => {}),
      'close',
    );
    const logout = { 'Content-Type': 'application/json', Origin: gate.origin, Cookie: cookie };
    expect((await ask('/_dashgate/logout', logout, 'POST', '{}')).status).toBeLessThan(400);
    await over;
  });

  it('a websocket passes', async () => {
    const headers = { Host: gate.host, Cookie: await signIn() };
    const options = { headers, origin: gate.origin, ca, servername: HOST };
    const socket = new WebSocket(`wss://127.0.0.1:${front.port}/told/live`, options);
    await once(socket, 'open');
    socket.send('hello');
    const [said] = await once(socket, 'message');
    expect(String(said)).toBe('hello');
    socket.terminate();
  });
};

needs('caddy', 'openssl')('Caddy by https, as init caddy prints it', () => promises('caddy'));
needs('fronts', 'openssl')('Envoy by https, as init envoy prints it', () => promises('envoy'));
needs('fronts', 'openssl')('Traefik by https, as init traefik prints it', () => promises('traefik'));
