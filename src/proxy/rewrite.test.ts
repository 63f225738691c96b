import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { anUpstream, at, stage } from '../../test/support/proxy-stage.ts';
import { raw } from '../../test/support/raw.ts';
import { rewriteOk } from './rewrite.ts';

const rewriteFor = () =>
  rewriteOk((body) => {
    if (body.includes('bad')) throw new TypeError('not understood');
    return body.toUpperCase();
  });

async function through(answer: (response: ServerResponse) => void, request: readonly string[] = [], timeoutMs = 5000) {
  const seen: string[][] = [];
  const upstream = await anUpstream((incoming, response) => {
    seen.push(incoming.rawHeaders);
    answer(response);
  });
  const setCookies = ['dashgate=t'];
  const { port, errors } = await stage(at(upstream.port), { rewriteFor, setCookies, timeoutMs });
  const head = ['GET /info HTTP/1.1', 'Host: dash.example.com', 'Connection: close', ...request, '', ''];
  const response = await raw(port, head.join('\r\n'));
  return { response, error: errors[0], seen: seen[0]?.join('\n').toLowerCase() ?? '' };
}

it('a body is changed, its length with it, and nothing is left that was true of the old one', async () => {
  const { response } = await through((answer) => {
    answer.writeHead(200, ['Content-Type', 'text/x', 'ETag', '"1"', 'Last-Modified', 'x', 'X-Two', 'a', 'X-Two', 'b']);
    answer.write('strass');
    answer.end('e ä');
  });
  expect(response).toMatchObject({ status: 200, body: Buffer.from('STRASSE Ä').toString('latin1') });
  expect(Object.fromEntries(response?.headers ?? [])).toMatchObject({
    'content-length': '10',
    'content-type': 'text/x',
    'x-two': 'a, b',
    'set-cookie': 'dashgate=t',
  });
  expect(response?.headers.get('etag')).toBeNull();
  expect(response?.headers.get('last-modified')).toBeNull();
});

it('asks for all of it, plain', async () => {
  const asked = ['Accept-Encoding: gzip', 'If-None-Match: "1"', 'Range: bytes=0-1', 'If-Modified-Since: x'];
  const { seen } = await through((answer) => answer.end('x'), asked);
  expect(seen).toContain('accept-encoding\nidentity');
  expect(seen).not.toMatch(/gzip|if-none-match|range|if-modified/);
});

it('what is no 200 passes as it is', async () => {
  const { response } = await through((answer) => answer.writeHead(401, { 'X-A': 'b' }).end('bad'));
  expect(response).toMatchObject({ status: 401, body: expect.stringContaining('bad') });
});

it.each<[string, (response: ServerResponse) => void]>([
  ['is not understood', (answer) => answer.end('bad')],
  ['is no UTF-8', (answer) => answer.end(Buffer.from([0xff, 0xfe]))],
  ['is compressed all the same', (answer) => answer.setHeader('Content-Encoding', 'gzip').end(gzipSync('x'))],
  ['is far too large', (answer) => answer.end('x'.repeat(300_000))],
  ['breaks off', (answer) => void answer.write('x', () => answer.destroy())],
])('502 where the body %s, and none of it', async (_what, answer) => {
  const { response, error } = await through(answer);
  expect(response?.status).toBe(502);
  expect(response?.body).toContain('ERR_UPSTREAM_UNUSABLE request-1');
  expect(error?.message).toMatch(/^\/info /);
});

it('504 where the body does not come to its end', async () => {
  const { response } = await through((answer) => void answer.write('x'), [], 150);
  expect(response?.status).toBe(504);
});
