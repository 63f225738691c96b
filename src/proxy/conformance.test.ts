import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { anUpstream, at, listening, stage } from '../../test/support/proxy-stage.ts';

interface Got {
  status: number | undefined;
  message: string | undefined;
  headers: string[];
  body: string;
  isWhole: boolean;
}

const OF_THE_HOP = /^(?:connection|keep-alive|transfer-encoding|trailer|date)$/i;

/** An answer as Node's own client reads it, less what is for one hop. */
async function ask(port: number, method = 'GET', path = '/'): Promise<Got | 'no answer'> {
  const request = httpRequest({ host: '127.0.0.1', port, method, path, agent: false, maxHeaderSize: 128 * 1024 }).end();
  const answered = once(request, 'response').catch(() => null);
  const found = (await answered) as [IncomingMessage] | null;
  request.on('error', () => {});
  if (!found) return 'no answer';
  const [answer] = found;
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  await once(answer, 'close').catch(() => {});
  const headers: string[] = [];
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    const [name = '', value = ''] = answer.rawHeaders.slice(i, i + 2);
    if (!OF_THE_HOP.test(name)) headers.push(`${name}: ${value}`);
  }
  return {
    ...{ status: answer.statusCode, message: answer.statusMessage, headers },
    ...{ body: Buffer.concat(chunks).toString('latin1'), isWhole: answer.complete },
  };
}

type Write = (socket: Socket) => Promise<void> | void;

/** An upstream that answers each request with bytes. */
async function saying(write: Write): Promise<number> {
  const server = createServer((socket) => {
    let asked = '';
    socket.on('error', () => {});
    socket.on('data', async (chunk) => {
      asked += chunk.toString('latin1');
      while (asked.includes('\r\n\r\n')) {
        asked = asked.slice(asked.indexOf('\r\n\r\n') + 4);
        await write(socket);
      }
    });
  });
  return listening(server);
}

const lines = (...all: string[]): string => all.join('\r\n');
const whole =
  (bytes: string | Buffer): Write =>
  (socket) =>
    void socket.write(bytes as string, 'latin1');
const andEnd =
  (bytes: string): Write =>
  (socket) =>
    void socket.end(bytes, 'latin1');
/** So that each byte comes by itself. */
const byByte =
  (bytes: string): Write =>
  async (socket) => {
    socket.setNoDelay(true);
    for (const byte of bytes) {
      await new Promise<void>((resolve) => socket.write(byte, 'latin1', () => resolve()));
      await turn();
    }
  };

const ok = lines('HTTP/1.1 200 OK', 'X-First: a', 'Content-Length: 5', 'X-LAST: b', '', 'hello');
const chunked = lines(
  ...['HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Trailer: X-Sum', 'X-After: y', ''],
  ...['5;ext=1', 'hello', '1', '!', '0', 'X-Sum: 1', '', ''],
);
const packed = gzipSync('x'.repeat(5000));
const big = 'b'.repeat(3_000_000);

describe('an answer comes through as Node’s own client would have it from the upstream:', () => {
  it.each<[string, Write, string?]>([
    ['with a length', whole(ok)],
    ['with a length, byte by byte', byByte(ok)],
    ['of no bytes', whole(lines('HTTP/1.1 200 OK', 'Content-Length: 0', '', ''))],
    ['in chunks, with trailers', whole(chunked)],
    ['in chunks, byte by byte', byByte(chunked)],
    ['until the connection ends', andEnd(lines('HTTP/1.1 200 OK', 'X-First: a', '', 'hello'))],
    ['of HTTP/1.0', andEnd(lines('HTTP/1.0 200 OK', 'Content-Type: text/x', '', 'hello'))],
    ['of HTTP/1.0 with a length', andEnd(lines('HTTP/1.0 200 OK', 'Content-Length: 5', '', 'hello'))],
    ['that closes after it', andEnd(lines('HTTP/1.1 200 OK', 'Connection: close', 'Content-Length: 5', '', 'hello'))],
    ['that closes at once without saying so', andEnd(ok)],
    ['204', whole(lines('HTTP/1.1 204 No Content', 'X-First: a', '', ''))],
    ['304 with the length of what is not sent', whole(lines('HTTP/1.1 304 Not Modified', 'ETag: "1"', '', ''))],
    ['to HEAD', whole(lines('HTTP/1.1 200 OK', 'Content-Length: 500', '', '')), 'HEAD'],
    ['to HEAD, of chunks', whole(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '')), 'HEAD'],
    ['to OPTIONS', whole(lines('HTTP/1.1 200 OK', 'Allow: GET', 'Content-Length: 0', '', '')), 'OPTIONS'],
    [
      'with headers that repeat, of odd spellings, empty, and of any byte',
      whole(
        lines(
          ...['HTTP/1.1 200 OK', 'x-ODD_name: 1', 'X-odd_Name: 2', 'Set-Cookie: a=1', 'set-cookie: b=2', 'X-Empty:'],
          ...['X-Latin: \xe4\xf6', 'Vary: a', 'Vary: b', 'Content-Length: 2', '', 'ok'],
        ),
      ),
    ],
    ['without a reason', whole(lines('HTTP/1.1 200 ', 'Content-Length: 2', '', 'ok'))],
    ['with a reason in UTF-8', whole(lines('HTTP/1.1 404 N\xc3\xa3o', 'Content-Length: 2', '', 'ok'))],
    ['of a status that nobody knows', whole(lines('HTTP/1.1 599 Odd', 'Content-Length: 2', '', 'ok'))],
    ['after 103', whole(lines('HTTP/1.1 103 Early Hints', 'Link: </x>', '', ok))],
    ['after 103, byte by byte', byByte(lines('HTTP/1.1 103 Early Hints', 'Link: </x>', '', ok))],
    ['after 100 that nobody asked for', whole(lines('HTTP/1.1 100 Continue', '', ok))],
    ['after 100 and 102, byte by byte', byByte(lines('HTTP/1.1 100 Continue', '', 'HTTP/1.1 102 P', '', ok))],
    [
      'with a head of 50 kB',
      whole(lines('HTTP/1.1 200 OK', `X-Long: ${'x'.repeat(50_000)}`, 'Content-Length: 0', '', '')),
    ],
    [
      'packed, untouched',
      whole(
        Buffer.concat([
          Buffer.from(lines('HTTP/1.1 200 OK', 'Content-Encoding: gzip', `Content-Length: ${packed.length}`, '', '')),
          packed,
        ]),
      ),
    ],
    ['of a part', whole(lines('HTTP/1.1 206 Partial', 'Content-Range: bytes 0-1/9', 'Content-Length: 2', '', 'ab'))],
    ['of 3 MB', whole(lines('HTTP/1.1 200 OK', 'Content-Length: 3000000', '', big))],
    [
      'of 3 MB in one chunk',
      whole(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2dc6c0', big, '0', '', '')),
    ],
    ['of 3 MB until the end', andEnd(lines('HTTP/1.1 200 OK', '', big))],
    ['half of what was said', andEnd(lines('HTTP/1.1 200 OK', 'Content-Length: 10', '', 'hello'))],
    ['of half a chunk', andEnd(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', 'a', 'hello'))],
    ['without its last chunk', andEnd(lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '5', 'hello', ''))],
  ])('%s', async (_what, write, method) => {
    const upstream = await saying(write);
    const { port } = await stage(at(upstream));
    const reference = await ask(upstream, method);
    // The second time on the kept connection, where there is one.
    const first = await ask(port, method);
    const second = await ask(port, method);
    expect(reference).not.toBe('no answer');
    expect([first, second]).toEqual([reference, reference]);
  });

  it.each([
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le'],
    ['nothing', ''],
    ['a head that is too large', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
    ['a reply to nobody’s upgrade', 'HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['only what comes before an answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('%s is a 502', async (_what, bytes) => {
    const { port, errors } = await stage(at(await saying(andEnd(bytes))));
    expect(await ask(port)).toMatchObject({ status: 502 });
    expect(errors.map(({ code }) => code)).toEqual(['ERR_UPSTREAM_UNREACHABLE']);
  });

  it('and what an upstream says beyond it is nobody’s answer', async () => {
    const extra = lines('HTTP/1.1 200 OK', 'X-Of: somebody else', 'Content-Length: 4', '', 'evil');
    const { port } = await stage(at(await saying(whole(ok + extra))));
    for (let i = 0; i < 5; i++) expect(await ask(port)).toMatchObject({ body: 'hello' });
  });
});

describe('a request comes through as Node’s own client would have sent it:', () => {
  it.each<[string, string, Record<string, string>, string[]]>([
    ['GET', 'GET', {}, []],
    ['GET with a body', 'GET', { 'Content-Length': '4' }, ['body']],
    ['HEAD', 'HEAD', {}, []],
    ['OPTIONS', 'OPTIONS', {}, []],
    ['DELETE', 'DELETE', {}, []],
    ['DELETE in chunks', 'DELETE', { 'Transfer-Encoding': 'chunked' }, ['bo', 'dy']],
    ['POST', 'POST', { 'Content-Length': '4', 'Content-Type': 'text/x' }, ['bo', 'dy']],
    ['POST of nothing', 'POST', { 'Content-Length': '0' }, []],
    ['POST in chunks', 'POST', { 'Transfer-Encoding': 'chunked' }, ['bo', 'dy']],
    ['PUT in no chunks', 'PUT', { 'Transfer-Encoding': 'chunked' }, []],
    ['PATCH of 1 MB', 'PATCH', { 'Content-Length': '1000000' }, ['x'.repeat(400_000), 'y'.repeat(600_000)]],
    ['PROPFIND', 'PROPFIND', { Depth: '1', 'Content-Length': '4' }, ['body']],
    ['what waits for 100', 'PUT', { Expect: '100-continue', 'Content-Length': '4' }, ['body']],
    ['a method that nobody knows', 'REPORT', {}, []],
  ])('%s', async (_what, method, headers, parts) => {
    const upstream = await anUpstream(async (request, response) => {
      const { 'content-length': length, 'transfer-encoding': coding, ...others } = request.headers;
      const body = await text(request);
      const { 'content-type': type, depth } = others;
      const framed = length !== undefined || coding !== undefined;
      response.end(
        method === 'HEAD'
          ? ''
          : JSON.stringify([request.method, request.url, body, framed && body !== '', type, depth]),
      );
    });
    const { port } = await stage(at(upstream.port));
    const send = async (to: number): Promise<unknown> => {
      const request = httpRequest({ host: '127.0.0.1', port: to, method, path: '/a?b', headers, agent: false });
      const answered = once(request, 'response') as Promise<[IncomingMessage]>;
      for (const part of parts) {
        request.write(part);
        await turn();
      }
      request.end();
      const [answer] = await answered;
      return [answer.statusCode, String(await buffer(answer))];
    };
    const reference = await send(upstream.port);
    expect([await send(port), await send(port)]).toEqual([reference, reference]);
  });
});
