import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anApp, anUpstream, at, stage } from '../../test/support/proxy-stage.ts';

const ask = (port: number, options: RequestOptions = {}): ClientRequest =>
  httpRequest({ host: '127.0.0.1', port, agent: false, ...options });

async function get(port: number, options: RequestOptions = {}, body = ''): Promise<IncomingMessage & { body: string }> {
  const request = ask(port, options).end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  // Whoever has answered may stop reading.
  request.on('error', () => {});
  return Object.assign(response, { body: await text(response) });
}

/** Sends bytes as they are, with `Connection: close` among them, and reads until the end. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  return text(socket);
}

const seen = (request: IncomingMessage) => ({ method: request.method, url: request.url, raw: request.rawHeaders });

describe('what an upstream gets', () => {
  it('is path and query as they came, and the public host', async () => {
    const upstream = await anUpstream((request, response) => response.end(JSON.stringify(seen(request))));
    const { port } = await stage(at(upstream.port));
    const { url, raw: headers } = JSON.parse((await get(port, { path: '/a%20b/%C3%A4?q=%2e%2e//&r' })).body);
    expect(url).toBe('/a%20b/%C3%A4?q=%2e%2e//&r');
    expect(headers.join('\n')).toMatch(/host\ndash\.example\.com\n/i);
  });

  it.each([
    ['/sales/', null, '/sales/x?y', '/sales/x?y', ''],
    ['/sales/', '/', '/sales/x/?y', '/x/?y', '/sales'],
    ['/sales/', '/', '/sales', '/', '/sales'],
    ['/sales/', '/dash/app/', '/sales/', '/dash/app/', '/sales'],
    ['/sales/', '/dash/app/', '/sales?a=/sales/', '/dash/app?a=/sales/', '/sales'],
    ['/', '/dash/', '/x', '/dash/x', ''],
    ['/$ales/', '/', '/%24ales/x', '/x', '/$ales'],
  ])('an app at %s with upstream path %s: %s is asked for as %s', async (prefix, path, asked, url, stripped) => {
    const upstream = await anUpstream((request, response) =>
      response.end(JSON.stringify([request.url, request.headers])),
    );
    const { port } = await stage(at(upstream.port, path), { app: anApp({ prefix }) });
    const [got, headers] = JSON.parse((await get(port, { path: asked })).body);
    expect(got).toBe(url);
    expect(headers['x-forwarded-prefix'] ?? '').toBe(stripped);
  });

  it('has nothing reserved of the client, in any spelling, and everything of ours', async () => {
    const upstream = await anUpstream((request, response) => response.end(JSON.stringify(seen(request))));
    const { port } = await stage(at(upstream.port));
    const answer = await raw(
      port,
      [
        'GET / HTTP/1.1',
        'Host: evil.example',
        'X-Dashgate-User: FORGED',
        'x_dashgate_user: FORGED',
        'X-DASHGATE_Groups: FORGED',
        'X-Forwarded-For: FORGED',
        'X_Forwarded_For: FORGED',
        'X-Forwarded_Host: FORGED',
        'Forwarded: for=FORGED',
        'X-Real-IP: FORGED',
        'X-Original-URI: FORGED',
        'X_Rewrite_URL: FORGED',
        'Remote-User: FORGED',
        'REMOTE_USER: FORGED',
        'X-Webauth-User: FORGED',
        'Shiny_Server_Credentials: FORGED',
        'TabPy-User: FORGED',
        'Proxy: FORGED',
        'Proxy-Authorization: FORGED',
        'X-Request-Id: FORGED',
        'X-Hop: FORGED',
        'Connection: close, X-Hop, X-Dashgate-User, X-Forwarded-For, Host, Cookie-Not',
        'Authorization: Basic Rk9SR0VE',
        'Cookie: a=1; dashgate=FORGED; b="2"; dashgate.0=FORGED',
        'X-Keep: kept',
        '',
        '',
      ].join('\r\n'),
    );
    expect(answer).not.toMatch(/FORGED|RK9SR0VE|evil\.example/i);
    const { raw: headers } = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
    const got = Object.fromEntries(
      Array.from({ length: headers.length / 2 }, (_, i) => headers.slice(2 * i, 2 * i + 2)),
    );
    expect(got).toEqual({
      host: 'dash.example.com',
      cookie: 'a=1; b="2"',
      'x-keep': 'kept',
      'x-dashgate-user': 'mica',
      'x-dashgate-name': 'Mica%20%C3%96z',
      'x-dashgate-email': 'mica@example.com',
      'x-dashgate-groups': 'finance,a%2Cb',
      'x-dashgate-resources': '_all_',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-host': 'dash.example.com',
      'x-forwarded-proto': 'http',
      'x-request-id': 'request-1',
      connection: 'keep-alive',
    });
  });

  it('is no identity where the app is to be told none, and an Authorization that is not ours to check', async () => {
    const upstream = await anUpstream((request, response) => response.end(JSON.stringify(request.headers)));
    const { port } = await stage(at(upstream.port), { app: anApp({ tellsIdentity: false, credentials: ['cookie'] }) });
    const headers = { 'X-Dashgate-User': 'root', Authorization: 'Basic bWljYTox' };
    const got = JSON.parse((await get(port, { headers })).body);
    expect(got.authorization).toBe('Basic bWljYTox');
    expect(Object.keys(got).filter((name) => name.startsWith('x-dashgate'))).toEqual([]);
  });

  it.each(['Bearer abc', 'token abc', 'Negotiate x'])(
    'is %j untouched where Basic is what we check',
    async (authorization) => {
      const upstream = await anUpstream((request, response) => response.end(request.headers.authorization));
      const { port } = await stage(at(upstream.port));
      expect((await get(port, { headers: { Authorization: authorization } })).body).toBe(authorization);
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'GET', 'OPTIONS'])('is the body of a %s and nothing behind it', async (method) => {
    const requests: string[] = [];
    const upstream = await anUpstream(async (request, response) => {
      requests.push(`${request.method} ${request.url} ${await text(request)}`);
      response.end('done');
    });
    const { port } = await stage(at(upstream.port));
    const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
    const chunked = await get(port, { method, path: '/', headers: { 'Transfer-Encoding': 'chunked' } }, smuggled);
    const counted = { 'Content-Length': smuggled.length, Connection: 'content-length' };
    const sized = await get(port, { method, path: '/', headers: counted }, smuggled);
    expect([chunked.body, sized.body]).toEqual(['done', 'done']);
    expect(requests).toEqual([`${method} / ${smuggled}`, `${method} / ${smuggled}`]);
  });

  it('is nothing of a body in a coding that it would misread', async () => {
    const upstream = await anUpstream((_request, response) => response.end('reached'));
    const { port, errors } = await stage(at(upstream.port));
    const answer = await raw(
      port,
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(errors[0]?.code).toBe('ERR_BAD_HEADERS');
  });
});

describe('what a client gets', () => {
  it('is status, reason, repeated headers and body as the upstream wrote them, less what ends at this hop', async () => {
    const upstream = await anUpstream((_request, response) => {
      response.writeHead(418, 'Odd', [
        ...['X-Two', '1', 'X-Two', '2', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'WWW-Authenticate', 'Digest'],
        ...['Connection', 'X-Hop', 'X-Hop', 'x', 'X-Dashgate-User', 'x', 'Content-Length', '3'],
      ]);
      response.end('tea');
    });
    const { port } = await stage(at(upstream.port), { setCookies: ['dashgate=new; Path=/'] });
    const answer = await get(port);
    expect([answer.statusCode, answer.statusMessage, answer.body]).toEqual([418, 'Odd', 'tea']);
    expect(answer.headers).toMatchObject({ 'x-two': '1, 2', 'set-cookie': ['a=1', 'b=2', 'dashgate=new; Path=/'] });
    expect(Object.keys(answer.headers).filter((name) => /^x-(?:hop|dashgate)/.test(name))).toEqual([]);
  });

  it.each(['dashgate=evil; Path=/', ' dashgate = evil', '=dashgate=evil', 'dashgate.0=evil', 'dashgate'])(
    'is no session of the upstream’s making: %s',
    async (cookie) => {
      const upstream = await anUpstream((_request, response) =>
        response.setHeader('Set-Cookie', ['a=1', cookie]).end(),
      );
      const { port, logged } = await stage(at(upstream.port));
      expect((await get(port)).headers['set-cookie']).toEqual(['a=1']);
      expect(logged.join()).toContain('cookie of dashgate');
    },
  );

  it('is an error page, a redirect, a 204, a 304 or the head alone, untouched', async () => {
    const upstream = await anUpstream((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { Location: 'http://elsewhere.example/', ETag: '"x"', 'X-Status': String(status) });
      response.end(status === 204 || status === 304 ? '' : 'body');
    });
    const { port } = await stage(at(upstream.port));
    for (const status of [204, 302, 304, 404, 500, 502, 503]) {
      const answer = await get(port, { path: `/${status}` });
      expect([answer.statusCode, answer.headers.location, answer.headers.etag]).toEqual([
        status,
        'http://elsewhere.example/',
        '"x"',
      ]);
      expect(answer.body).toBe(status === 204 || status === 304 ? '' : 'body');
    }
    const head = await get(port, { path: '/200', method: 'HEAD' });
    expect([head.statusCode, head.body]).toEqual([200, '']);
  });

  it('is each event of a stream at once, and its head before the first', async () => {
    const { promise: go, resolve: send } = Promise.withResolvers<void>();
    const upstream = await anUpstream(async (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      await go;
      response.write('data: one\n\n');
    });
    // Longer silent than its patience with an answer that has not begun.
    const { port } = await stage(at(upstream.port), { timeoutMs: 100 });
    const request = ask(port).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await new Promise((resolve) => setTimeout(resolve, 300));
    send();
    const [event] = await once(response, 'data');
    expect(String(event)).toBe('data: one\n\n');
    request.destroy();
  });

  it('is whole where either side sends trailers', async () => {
    const upstream = await anUpstream(async (request, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.addTrailers({ 'X-Sum': '1' });
      response.end(`${await text(request)} ${request.headers.te} ${request.headers.trailer}`);
    });
    const { port } = await stage(at(upstream.port));
    const request = ask(port, { method: 'POST', headers: { Trailer: 'X-Dashgate-User', TE: 'trailers' } });
    request.write('body');
    request.addTrailers({ 'X-Dashgate-User': 'root' });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    request.end();
    const [response] = await answered;
    expect([await text(response), response.headers.trailer]).toEqual(['body undefined undefined', undefined]);
  });

  it('is read as slowly as the client reads, and its going ends the upstream’s work', async () => {
    const { promise: ended, resolve } = Promise.withResolvers<number>();
    const upstream = await anUpstream((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      let written = 0;
      const more = (): void => {
        do written += chunk.length;
        while (response.write(chunk));
      };
      response.on('drain', more).on('close', () => resolve(written));
      more();
    });
    const { port } = await stage(at(upstream.port));
    const request = ask(port).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.pause();
    await new Promise((done) => setTimeout(done, 200));
    request.destroy();
    expect(await ended).toBeLessThan(64 * 1024 * 1024);
  });
});

describe('uploads', () => {
  it('of 200 MB pass through a process that stays small', async () => {
    const upstream = await anUpstream((request, response) => {
      let length = 0;
      request.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      request.on('end', () => response.end(String(length)));
    });
    const { port } = await stage(at(upstream.port));
    const chunk = Buffer.alloc(256 * 1024);
    const size = 800 * chunk.length;
    const request = ask(port, { method: 'POST', headers: { 'Content-Length': size } });
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let sent = 0; sent < size; sent += chunk.length) {
      if (!request.write(chunk)) await once(request, 'drain');
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    request.end();
    const [response] = await answered;
    expect(await text(response)).toBe(String(size));
    expect((most - before) / 2 ** 20).toBeLessThan(100);
  });

  it('wait for 100 Continue as the client asks', async () => {
    const upstream = await anUpstream(async (request, response) => response.end(await text(request)));
    const { port } = await stage(at(upstream.port));
    const request = ask(port, { method: 'PUT', headers: { Expect: '100-continue', 'Content-Length': 4 } });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('body');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('body');
  });

  it('that the upstream refuses early are answered, and the connection goes on', async () => {
    const upstream = await anUpstream((_request, response) => {
      response.writeHead(413).end('too large');
    });
    const { port } = await stage(at(upstream.port));
    const answer = await get(port, { method: 'POST' }, 'x'.repeat(4_000_000));
    expect([answer.statusCode, answer.body]).toEqual([413, 'too large']);
  });

  it('may take longer than the timeout, as long as they move', async () => {
    const upstream = await anUpstream(async (request, response) => response.end(await text(request)));
    const { port } = await stage(at(upstream.port), { timeoutMs: 150 });
    const request = ask(port, { method: 'POST' });
    for (let i = 0; i < 6; i++) {
      request.write('x');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([200, 'xxxxxx']);
  });

  it('that the client breaks off are broken off upstream', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const upstream = await anUpstream((request) => {
      request.on('data', () => arrive()).on('error', () => resolve());
    });
    const { port, errors } = await stage(at(upstream.port));
    const request = ask(port, { method: 'POST' }).on('error', () => {});
    request.write('half');
    await arrived;
    request.destroy();
    await aborted;
    expect(errors).toEqual([]);
  });
});

describe('an upstream in trouble', () => {
  const codes = (errors: { code: string }[]): string[] => errors.map(({ code }) => code);

  it('that is not there is a 502 that echoes nothing', async () => {
    const upstream = await anUpstream(() => {});
    upstream.close();
    await once(upstream, 'close');
    const { port, errors, logged } = await stage(at(upstream.port));
    const answer = await get(port, { path: '/secret?token=hidden' });
    expect([answer.statusCode, answer.body]).toEqual([502, 'ERR_UPSTREAM_UNREACHABLE request-1']);
    expect(codes(errors)).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
    expect(logged.join()).not.toMatch(/secret|hidden/);
  });

  it('that is not there while a body is coming is a 502, and the rest of the body is taken', async () => {
    const upstream = await anUpstream((request) => request.socket.destroy());
    const { port } = await stage(at(upstream.port));
    const answer = await get(port, { method: 'POST' }, 'x'.repeat(4_000_000));
    expect(answer.statusCode).toBe(502);
  });

  it('that stays silent is a 504, and is told to stop', async () => {
    const { promise: stopped, resolve } = Promise.withResolvers<void>();
    const upstream = await anUpstream((request) => void request.socket.once('close', () => resolve()));
    const { port, errors } = await stage(at(upstream.port), { timeoutMs: 100 });
    const answer = await get(port);
    await stopped;
    expect([answer.statusCode, ...codes(errors)]).toEqual([504, 'ERR_UPSTREAM_TIMEOUT']);
  });

  it.each([
    ['of a known length', { 'Content-Length': '100' }],
    ['in chunks', {}],
  ])('that breaks off an answer %s breaks the client’s connection', async (_how, headers) => {
    const upstream = await anUpstream((request, response) => {
      response.writeHead(200, headers);
      response.write('half', () => request.socket.destroy());
    });
    const { port, broken, errors } = await stage(at(upstream.port));
    await expect(get(port)).rejects.toThrow('aborted');
    expect(broken).toEqual(['sales']);
    expect(errors).toEqual([]);
  });

  it.each([
    ['no HTTP at all', 'nonsense\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      'a switch of protocols that nobody asked for',
      'HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: odd\r\n\r\nabc',
    ],
  ])('that says %s is a 502', async (_what, bytes) => {
    const upstream = await anUpstream((request) => void request.socket.end(bytes));
    const { port, errors } = await stage(at(upstream.port));
    expect((await get(port)).statusCode).toBe(502);
    expect(codes(errors)).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
  });

  it('that has closed a kept connection is asked once more for what may be asked twice, and not for a POST', async () => {
    let answered = 0;
    const upstream = await anUpstream((request, response) => {
      answered++;
      // The second request on a connection meets its end.
      if (request.socket.bytesWritten > 0) request.socket.destroy();
      else response.end('fresh');
    });
    const { port, errors } = await stage(at(upstream.port));
    expect((await get(port)).body).toBe('fresh');
    expect((await get(port)).body).toBe('fresh');
    expect(answered).toBe(3);
    expect((await get(port, { method: 'POST' }, 'x')).statusCode).toBe(502);
    expect(codes(errors)).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
  });

  it('is asked over one kept connection', async () => {
    const ports = new Set<number | undefined>();
    const upstream = await anUpstream((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('x');
    });
    const { port } = await stage(at(upstream.port));
    for (let i = 0; i < 5; i++) await get(port);
    expect(ports.size).toBe(1);
  });
});

it('lets requests under way end before it closes', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<() => void>();
  const upstream = await anUpstream((_request, response) => arrive(() => response.end('done')));
  const { port, proxy } = await stage(at(upstream.port));
  const answer = get(port);
  const finish = await arrived;
  const closed = proxy.retire(10_000);
  finish();
  await closed;
  expect((await answer).body).toBe('done');
});

it('survives clients that leave at any moment', async () => {
  const upstream = await anUpstream((_request, response) => response.end('x'.repeat(1_000_000)));
  const { port } = await stage(at(upstream.port));
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  onTestFinished(() => void process.off('uncaughtException', note).off('unhandledRejection', note));
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const request = ask(port, { method: index % 2 ? 'POST' : 'GET' }).on('error', () => {});
      request.on('response', (response) => response.on('error', () => {}).resume());
      request.end('y'.repeat(100_000));
      await new Promise((resolve) => setTimeout(resolve, index));
      request.destroy();
    }),
  );
  expect((await get(port)).body).toHaveLength(1_000_000);
  expect(unhandled).toEqual([]);
});
