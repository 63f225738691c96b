import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { selfSigned } from '../support/self-signed.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { APPS, type Chain, MICA, request, startChain } from './nginx-chain.ts';

needs(
  'nginx',
  'curl',
  'openssl',
)('TLS, names and redirects of nginx', () => {
  let dir: TempDir;
  let chain: Chain;
  let cert: { cert: string; key: string };
  beforeAll(async () => {
    dir = await tempDir();
    cert = selfSigned(dir, 'front', 'localhost', 'a.example.com', 'b.example.com');
    chain = await startChain({
      cert,
      publicUrl: 'https://a.example.com:$PORT',
      apps: `${APPS}\n  - { name: second, at: "https://b.example.com:$PORT/", upstream: "$DASHBOARD" }`,
    });
  });
  afterAll(async () => {
    await chain[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  const get = (host: string, path: string, ...args: string[]) =>
    curl(
      '--cacert',
      cert.cert,
      '--resolve',
      `${host}:${chain.port}:127.0.0.1`,
      ...args,
      `https://${host}:${chain.port}${path}`,
    );

  const handshake = (servername: string, version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3'): Promise<string> => {
    const options = {
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    const socket: TLSSocket = connect({ host: '127.0.0.1', port: chain.port, servername, ...options });
    return new Promise<string>((resolve) => {
      socket.on('secureConnect', () => resolve(socket.getProtocol() ?? ''));
      socket.on('error', (error) => resolve(error.message));
    }).finally(() => socket.destroy());
  };

  it('answers by HTTP/2 and HTTP/1.1, each name with its own apps', async () => {
    for (const version of ['--http2', '--http1.1']) {
      expect((await get('a.example.com', '/kept/x', version, '-H', MICA)).status).toBe(200);
      expect((await get('b.example.com', '/kept/x', version, '-H', MICA)).status).toBe(200);
    }
    expect(chain.dashboard.seen.map(({ headers }) => headers.get('host'))).toEqual([
      ...['a', 'b', 'a', 'b'].map((name) => `${name}.example.com:${chain.port}`),
    ]);
    expect(chain.dashboard.seen.every(({ headers }) => headers.get('x-forwarded-proto') === 'https')).toBe(true);
    chain.dashboard.forget();
    expect((await get('b.example.com', '/cut/x', '-H', MICA)).status).toBe(200);
    expect(chain.dashboard.seen.map(({ url }) => url)).toEqual(['/cut/x']);
  });

  it('takes no handshake for another name, nor for none, and no TLS below 1.2', async () => {
    expect(await handshake('a.example.com')).toBe('TLSv1.3');
    expect(await handshake('a.example.com', 'TLSv1.2')).toBe('TLSv1.2');
    expect(await handshake('a.example.com', 'TLSv1.1')).toMatch(/alert|version|protocol/i);
    expect(await handshake('evil.example')).toMatch(/unrecognized name|alert/i);
    expect(await handshake('')).toMatch(/unrecognized name|alert/i);
  });

  it('refuses a Host that it does not know behind a handshake that it does', async () => {
    expect((await get('a.example.com', '/kept/', '-H', 'Host: evil.example', '-H', MICA)).status).toBe(421);
    expect((await get('a.example.com', '/kept/', '-H', 'Host:', '--http1.1')).status).toBe(400);
  });

  it('sends plain http on to https, to the host and port of the configuration', async () => {
    const to = async (host: string, target: string) =>
      (await raw(chain.redirectPort, request({ ...chain, host }, target)))?.headers.get('location');
    expect(await to('a.example.com', '/kept/?a=%2F')).toBe(`https://a.example.com:${chain.port}/kept/?a=%2F`);
    expect(await to('a.example.com:1', '//evil.example/x')).toBe(`https://a.example.com:${chain.port}//evil.example/x`);
    expect(await to('b.example.com', '/')).toBe(`https://b.example.com:${chain.port}/`);
    const unknown = await raw(chain.redirectPort, request({ ...chain, host: 'evil.example' }, '/'));
    expect({ status: unknown?.status, to: unknown?.headers.get('location') }).toEqual({ status: 421, to: null });
    const absolute = await raw(chain.redirectPort, request(chain, 'http://evil.example/x'));
    expect(absolute?.headers.get('location') ?? '').not.toContain('//evil.example');
  });

  it('keeps browsers on https, by one header, on every answer; but not on this machine', async () => {
    for (const path of ['/kept/', '/_dashgate/login', '/kept/status-404', '/kept/status-500']) {
      const { headers } = await get('a.example.com', path, '-H', MICA);
      expect(headers.get('strict-transport-security'), path).toBe('max-age=31536000');
    }
    expect((await get('a.example.com', '/kept/')).headers.get('strict-transport-security')).toBe('max-age=31536000');
    await using local = await startChain({ cert, publicUrl: 'https://localhost:$PORT' });
    const answer = await curl('--cacert', cert.cert, '-H', MICA, `https://localhost:${local.port}/kept/`);
    expect({ status: answer.status, hsts: answer.headers.get('strict-transport-security') }).toEqual({
      status: 200,
      hsts: null,
    });
  });

  it('sets the session cookie with the prefix __Host-, and takes it out again', async () => {
    const [cookie = ''] = (await get('a.example.com', '/kept/', '-H', MICA)).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-dashgate=.*; Secure/);
    chain.dashboard.forget();
    const again = await get('a.example.com', '/kept/', '-H', `Cookie: a=1; ${cookie.split(';')[0]}`);
    expect(again.status).toBe(200);
    expect(chain.dashboard.seen[0]?.headers.get('cookie')).toBe('a=1');
  });

  it('tells nobody its version', async () => {
    for (const path of ['/kept/', '/nowhere'])
      expect((await get('a.example.com', path)).headers.get('server')).toBe('nginx');
  });

  it('serves a public address that is a bare IP address, whose clients name nobody in the handshake', async () => {
    await using bare = await startChain({ cert, publicUrl: 'https://127.0.0.1:$PORT' });
    expect((await curl('-k', '-H', MICA, `https://127.0.0.1:${bare.port}/kept/`)).status).toBe(200);
    expect(
      (await curl('-k', '-H', MICA, '-H', 'Host: evil.example', `https://127.0.0.1:${bare.port}/kept/`)).status,
    ).toBe(421);
  });

  it('forwards to an https dashboard that it knows by its certificate, and to no other', async () => {
    const upstream = selfSigned(dir, 'upstream', 'dash.internal');
    const server = createServer(
      { cert: readFileSync(upstream.cert), key: readFileSync(upstream.key) },
      (_, response) => {
        response.end('over TLS');
      },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const app = (name: string, tls: string): string =>
      `\n  - { name: ${name}, at: /${name}/, upstream: "https://127.0.0.1:${port}", upstream_tls: ${tls} }`;
    try {
      await using tls = await startChain({
        apps: [
          app('known', `{ ca_file: ${upstream.cert}, server_name: dash.internal }`),
          app('named', `{ ca_file: ${upstream.cert}, server_name: other.internal }`),
          app('signed', `{ ca_file: ${cert.cert}, server_name: dash.internal }`),
        ].join(''),
      });
      const status = async (path: string) => (await raw(tls.port, request(tls, path, [MICA])))?.status;
      expect(await status('/known/')).toBe(200);
      expect(await status('/named/')).toBe(502);
      expect(await status('/signed/')).toBe(502);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
