import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { curl } from '../support/curl.ts';
import { byPage, frameCookie, framedBy, HOST_PAGE, IN_FRAME, LOADS_FRAME } from '../support/embedding.ts';
import { needs } from '../support/needs.ts';
import { selfSigned } from '../support/self-signed.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { type Chain, startChain } from './nginx-chain.ts';

needs(
  'nginx',
  'curl',
  'openssl',
)('a frame of another page behind nginx', () => {
  let dir: TempDir;
  let chain: Chain;
  beforeAll(async () => {
    dir = await tempDir();
    chain = await startChain({
      cert: selfSigned(dir, 'front', 'localhost'),
      publicUrl: 'https://localhost:$PORT',
      apps: '\n  - { name: sales, at: /, upstream: "$DASHBOARD" }',
      more: `connected_apps: ${JSON.stringify([connectedApp({ domains: [HOST_PAGE] })])}`,
    });
  });
  afterAll(async () => {
    await chain[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  const origin = (): string => `https://localhost:${chain.port}`;
  const ask = (path: string, headers: Record<string, string>, ...args: string[]) => {
    const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    return curl('-k', ...given, ...args, origin() + path);
  };
  const signIn = async (token = mint()) =>
    frameCookie(await ask('/_dashgate/embed', byPage(HOST_PAGE), '-d', JSON.stringify({ token, target: '/' })));

  it('is signed in, and framed by these pages alone', async () => {
    const Cookie = await signIn();
    expect(Cookie).not.toBe('');
    const page = await ask('/', { ...LOADS_FRAME, Cookie });
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain(`frame-ancestors 'self' ${HOST_PAGE}`);
    expect((await ask('/', { ...IN_FRAME })).status).toBe(401);
  });

  it('stands with its token in no log of nginx', async () => {
    const tokens = [mint(), mint({ claims: { aud: 'x' } })];
    const load = (token = '') => ask(`/_dashgate/embed?token=${token}&target=/`, framedBy(HOST_PAGE));
    expect((await load(tokens[0])).status).toBe(303);
    expect((await load(tokens[1])).status).toBe(401);
    const logs = async () => (await chain.accessLog()) + (await readFile(chain.nginx.dir.file('error.log'), 'utf8'));
    expect(await logs()).toMatch(/"GET \/_dashgate\/embed HTTP/);
    for (const token of tokens) expect(await logs()).not.toContain(token.split('.')[1]);
  });

  it('hears of the end of its session', async () => {
    const Cookie = await signIn();
    const heads = [
      'GET /_dashgate/embed/watch HTTP/1.1',
      ...[`Host: localhost:${chain.port}`, `Origin: ${origin()}`, `Cookie: ${Cookie}`],
      ...[
        'Upgrade: websocket',
        'Connection: Upgrade',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      ],
    ];
    const socket = connect({ host: '127.0.0.1', port: chain.port, servername: 'localhost', rejectUnauthorized: false });
    const said: Buffer[] = [];
    const over = new Promise<void>((resolve) => void socket.on('close', resolve));
    socket.on('data', (chunk: Buffer) => void said.push(chunk)).on('error', () => {});
    socket.write(`${heads.join('\r\n')}\r\n\r\n`);
    await expect.poll(() => String(Buffer.concat(said))).toContain('101 Switching Protocols');
    const other = JSON.stringify({ token: mint({ claims: { sub: 'bob' } }), target: '/' });
    await ask('/_dashgate/embed', { ...byPage(HOST_PAGE), Cookie }, '-d', other);
    // RFC 6455 §5.5.1: a closing frame begins with its code.
    await expect.poll(() => Buffer.concat(said).includes(Buffer.from([0x11, 0x31]))).toBe(true);
    socket.destroy();
    await over;
  });

  it('has its token in no log where dashgate does not answer', async () => {
    const token = mint();
    await chain.gate[Symbol.asyncDispose]();
    expect((await ask(`/_dashgate/embed?token=${token}`, framedBy(HOST_PAGE))).status).toBe(503);
    const logs = (await chain.accessLog()) + (await readFile(chain.nginx.dir.file('error.log'), 'utf8'));
    expect(logs).not.toContain(token.split('.')[1]);
  });
});
