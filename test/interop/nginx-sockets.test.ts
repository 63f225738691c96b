import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { IDENTITY_HEADERS, UNTRUSTED } from '../../src/lib/untrusted-headers.ts';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Chain, MICA, MIKE, request, startChain } from './nginx-chain.ts';

const EVENTS = 'Accept: text/event-stream';
const JSON_BODY = ['-H', 'Content-Type: application/json', '-d'];

/** @returns the Cookie header of a new session */
async function signIn(chain: Chain): Promise<string> {
  const body = JSON.stringify({ user: 'mica', password: 'correct horse' });
  const { headers } = await curl(...JSON_BODY, body, `http://${chain.host}/_dashgate/login`);
  return headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
}

const signOut = (chain: Chain, cookie: string) =>
  curl('-H', `Cookie: ${cookie}`, ...JSON_BODY, '{}', `http://${chain.host}/_dashgate/logout`);

async function openSocket(chain: Chain, cookie: string, path: string) {
  const socket = new WebSocket(`ws://${chain.host}${path}`, { headers: { cookie, Origin: `http://${chain.host}` } });
  await once(socket, 'open');
  return { socket, closed: once(socket, 'close').then(([code, reason]) => `${code} ${reason}`) };
}

async function openEvents(chain: Chain, cookie: string, path: string, accept = 'text/event-stream') {
  const asking = get(`http://${chain.host}${path}`, { headers: { cookie, accept }, agent: false });
  asking.on('error', () => {});
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  await once(response, 'data');
  response.resume();
  return { response, ended: once(response, 'end') };
}

needs('nginx', 'curl')('websockets and event streams behind nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
  });
  beforeEach(() => chain.dashboard.forget());
  afterAll(() => chain[Symbol.asyncDispose]());

  it.each(['/kept/', '/cut/'])('%s: both end within a second of the logout', async (prefix) => {
    const cookie = await signIn(chain);
    const stay = await openSocket(chain, await signIn(chain), `${prefix}ws`);
    const { socket, closed } = await openSocket(chain, cookie, `${prefix}ws`);
    const { response, ended } = await openEvents(chain, cookie, `${prefix}events`);
    expect(response.headers['content-type']).toBe('text/event-stream');
    expect(chain.dashboard.seen.map(({ headers }) => headers.get('x-dashgate-user'))).toEqual(['mica', 'mica', 'mica']);
    socket.send('hello');
    await once(socket, 'message');
    await signOut(chain, cookie);
    const beganMs = performance.now();
    expect(await closed).toBe('4401 session ended');
    await ended;
    expect(performance.now() - beganMs).toBeLessThan(1000);
    stay.socket.send('hello');
    expect(String((await once(stay.socket, 'message'))[0])).toBe('echo hello');
    stay.socket.terminate();
  });

  it('these go round the check, and are judged all the same', async () => {
    const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    for (const lines of [[EVENTS], [...upgrade, 'Connection: Upgrade'], [...upgrade, EVENTS]]) {
      for (const [path, who, status] of [
        ['/kept/x', [], 401],
        ['/cut/hr/x', [MIKE], 403],
        ['/kept/hr', [MIKE, 'Cookie: dashgate=x'], 403],
        ['/kept/x', ['Cookie: dashgate=x'], 401],
        ['/kept/%2e/x', [MICA], 400],
        ['/kept//hr/x', [MICA], 400],
        ['/nowhere/x', [MICA], 404],
      ] as const) {
        // A `Connection: close` of the helper's own would be a second one.
        const text = request(chain, path, [...lines, ...who]).replace('Connection: close\r\n', '');
        const answer = await raw(
          chain.port,
          text.replace(
            '\r\n\r\n',
            lines.includes('Connection: Upgrade') ? '\r\n\r\n' : '\r\nConnection: close\r\n\r\n',
          ),
        );
        expect({ path, lines, status: answer?.status }).toEqual({ path, lines, status });
      }
    }
    expect(chain.dashboard.seen).toEqual([]);
  });

  it('get the path and query that were judged, as the client wrote them', async () => {
    for (const prefix of ['/kept', '/cut']) {
      await raw(chain.port, request(chain, `${prefix}/a%20b/%C3%A9?q=%2e%2E&r=/../x//y`, [MICA, EVENTS]));
    }
    expect(chain.dashboard.seen.map(({ url }) => url)).toEqual([
      '/kept/a%20b/%C3%A9?q=%2e%2E&r=/../x//y',
      '/a%20b/%C3%A9?q=%2e%2E&r=/../x//y',
    ]);
  });

  it('bring no forged header, and tell who it is and where from', async () => {
    for (const name of [...IDENTITY_HEADERS, ...UNTRUSTED, 'X_Dashgate_User']) {
      await raw(chain.port, request(chain, '/kept/x', [MICA, EVENTS, `${name}: forged-by-the-client`]));
    }
    expect(chain.dashboard.seen.length).toBeGreaterThan(50);
    for (const { rawHeaders, headers } of chain.dashboard.seen) {
      expect(rawHeaders.join('\n')).not.toContain('forged-by-the-client');
      expect(headers.get('x-dashgate-user')).toBe('mica');
      expect(headers.get('x-forwarded-for')).toBe('127.0.0.1');
      expect(headers.get('x-forwarded-proto')).toBe('http');
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
      expect(headers.get('authorization')).toBeUndefined();
    }
  });

  it('what has a body goes the other way, whatever it accepts, and is judged there', async () => {
    const body = 'x'.repeat(3_000_000);
    const file = await chain.dir.write('body', body);
    const post = ['-H', EVENTS, '-H', `Origin: http://${chain.host}`, '--data-binary', `@${file}`, '--max-time', '10'];
    const { body: counted } = await curl('-H', MICA, ...post, `http://${chain.host}/kept/count`);
    expect(counted).toBe(`began ${body.length}`);
    expect((await curl(...post, `http://${chain.host}/kept/count`)).status).toBe(401);
    expect(chain.dashboard.seen).toHaveLength(1);
  });

  it('the dashboard’s own 418 is its own', async () => {
    for (const headers of [[MICA], [MICA, EVENTS]]) {
      const answer = await raw(chain.port, request(chain, '/kept/status-418', headers));
      expect({ status: answer?.status, body: answer?.body }).toEqual({ status: 418, body: "the dashboard's own 418" });
    }
  });

  it('are refused with 503 while dashgate is down, and reach nothing', async () => {
    await using down = await startChain({ check: null });
    for (const lines of [[EVENTS], ['Upgrade: websocket']]) {
      const answer = await raw(down.port, request(down, '/kept/x', [MICA, ...lines]));
      expect(answer?.status).toBe(503);
    }
    expect(down.dashboard.seen).toEqual([]);
  });
});

needs('nginx', 'curl')('with --sockets verify', () => {
  describe('what is open', () => {
    it('stays open after the logout: nginx asks once', async () => {
      await using chain = await startChain({ options: { sockets: 'verify' } });
      const cookie = await signIn(chain);
      const { socket } = await openSocket(chain, cookie, '/kept/ws');
      await signOut(chain, cookie);
      await new Promise((resolve) => setTimeout(resolve, 1200));
      socket.send('hello');
      expect(String((await once(socket, 'message'))[0])).toBe('echo hello');
      socket.terminate();
    });
  });
});
