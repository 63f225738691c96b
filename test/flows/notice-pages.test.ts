import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNoticeScript, noticeTag } from '../../src/notice/script.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { OWN } from '../support/own-paths.ts';

const PAGE = '<!doctype html>\n<html lang="en"><head><title>x</title></head><body>ü</body></html>';
const SCRIPT = createNoticeScript(OWN);
const SCRIPT_PATH = OWN.asset(SCRIPT.name);
const WOVEN = PAGE.replace('<head>', `<head>${noticeTag(OWN)}`);
const OPENED = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', Accept: 'text/html' };
const FETCHED = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: 'text/html' };

const html = (response: ServerResponse): ServerResponse =>
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
let release = (): void => {};
/** What the dashboard answers, by path. */
const ANSWERS: Record<string, (response: ServerResponse) => void> = {
  '/page': (response) => {
    const length = Buffer.byteLength(PAGE);
    const asked = ['accept-encoding', 'if-none-match', 'if-modified-since', 'range', 'if-range'];
    response.setHeader('X-Asked', asked.map((name) => response.req.headers[name] ?? '-').join());
    html(response)
      .setHeader('ETag', '"a"')
      .setHeader('Last-Modified', 'x')
      .setHeader('Content-Length', length)
      .end(PAGE);
  },
  '/by-bytes': (response) => {
    const bytes = [...Buffer.from(PAGE)];
    const next = (): void => {
      const byte = bytes.shift();
      if (byte === undefined) response.end();
      else response.write(Buffer.of(byte), () => setImmediate(next));
    };
    html(response);
    next();
  },
  '/slow': (response) => {
    html(response).write('<html><head><title>first');
    release = () => response.end('</title>');
  },
  '/long': (response) => void html(response).end(`<!--${'x'.repeat(64 * 1024)}--><html><head>`),
  '/gzip': (response) => void html(response).setHeader('Content-Encoding', 'gzip').end(gzipSync(PAGE)),
  '/utf16': (response) =>
    void response.setHeader('Content-Type', 'text/html; charset=UTF-16LE').end(Buffer.from(PAGE, 'utf16le')),
  '/json': (response) => void response.setHeader('Content-Type', 'application/json').end('"<head>"'),
  '/missing': (response) => void html(response).writeHead(404).end(PAGE),
  '/breaks': (response) => {
    html(response).setHeader('Content-Length', 1000).write('<html>');
    setImmediate(() => response.destroy());
  },
  '/policy': (response) => {
    response.setHeader('Content-Security-Policy', ["script-src 'nonce-x'", "default-src 'none'; img-src *"]);
    html(response).setHeader('Content-Security-Policy-Report-Only', "script-src 'nonce-x' 'strict-dynamic'").end(PAGE);
  },
  '/guarded': (response) => {
    const config = JSON.stringify({ url_base_pathname: '/', validation_layout: 'CANARY' });
    const page = PAGE.replace('</body>', `<script id="_dash-config" type="application/json">${config}</script></body>`);
    html(response).setHeader('Content-Security-Policy', "script-src 'nonce-x'").end(page);
  },
  '/sandbox': (response) => void html(response).setHeader('Content-Security-Policy', 'sandbox allow-scripts').end(PAGE),
};

const missing = (response: ServerResponse): void => void response.writeHead(404).end();

describe('the script of the session notice', () => {
  let gate: Gate;
  let Cookie = '';
  beforeAll(async () => {
    gate = await startGate({
      answer: (request, response) => (ANSWERS[request.url ?? ''] ?? missing)(response),
      apps: [
        { name: 'noticed', at: '/', upstream: '$UPSTREAM/', session_notice: 'on' },
        { name: 'plain', at: '/plain/', upstream: '$UPSTREAM/' },
        { name: 'guarded', at: '/dash/', upstream: '$UPSTREAM/', kind: 'dash', sections: true, session_notice: 'on' },
      ],
    });
    Cookie = await gate.signIn('mica');
  });
  afterAll(() => gate[Symbol.asyncDispose]());
  const open = (path: string, headers = {}, method = 'GET') =>
    gate.ask(path, { method, headers: { Cookie, ...OPENED, ...headers } });

  it('is in a page that somebody opens, of which nothing is said any more that is no longer true', async () => {
    const asked = {
      Range: 'bytes=0-3',
      'If-Range': 'x',
      'If-None-Match': '"a"',
      'If-Modified-Since': 'x',
      'Accept-Encoding': 'br',
    };
    const { body, headers } = await open('/page', asked);
    expect(body).toBe(WOVEN);
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(WOVEN));
    expect([headers.get('etag'), headers.get('last-modified'), headers.get('x-asked')]).toEqual([
      null,
      null,
      'identity,-,-,-,-',
    ]);
  });

  it('leaves no other length to HEAD than to GET', async () => {
    const { status, body, headers } = await open('/page', {}, 'HEAD');
    expect([status, body, headers.get('content-length'), headers.get('etag')]).toEqual([200, '', null, null]);
  });

  it('finds its place in a page that comes byte by byte', async () => {
    expect((await open('/by-bytes')).body).toBe(WOVEN);
  });

  it('does not hold up a page that is slow', async () => {
    const answer = await fetchBegun(gate, Cookie);
    expect(answer.first).toBe(`<html><head>${noticeTag(OWN)}<title>first`);
    release();
    expect(await answer.rest()).toBe('</title>');
  });

  it.each([
    ['a page that a script fetches', '/page', FETCHED],
    ['a frame', '/page', { 'Sec-Fetch-Dest': 'iframe' }],
    ['a form that was sent', '/page', {}, 'POST'],
    ['the page of an app without it', '/plain/page', {}],
    ['what is no HTML', '/json', {}],
    ['a page of an error', '/missing', {}],
    ['a page whose head does not begin within 16 kB', '/long', {}],
    ['a page in UTF-16', '/utf16', {}],
    ['a sandboxed page', '/sandbox', {}],
  ])('is not in %s', async (_what, path, headers, method = 'GET') => {
    const { status, body, headers: heads } = await open(path, { Origin: gate.origin, ...headers }, method);
    expect([status < 500, body.length > 0, body.includes('_dashgate/assets')]).toEqual([true, true, false]);
    if (path === '/page') expect([body, heads.get('etag')]).toEqual([PAGE, '"a"']);
  });

  it('leaves a page as it came that is compressed all the same, and says so once', async () => {
    for (let time = 0; time < 2; time++) expect((await open('/gzip')).headers.get('content-encoding')).toBe('gzip');
    await gate.logged(/left without the session notice: it comes compressed/);
    expect(gate.logText().match(/it comes compressed/g)).toHaveLength(1);
  });

  it('breaks off where the page does, without looking whole', async () => {
    await expect(open('/breaks')).rejects.toThrow();
  });

  it('is let in by the policies of a page, each by the least that it takes', async () => {
    const { body, headers } = await open('/policy');
    const script = gate.origin + SCRIPT_PATH;
    const session = `${gate.origin}/_dashgate/session`;
    const hash = createHash('sha256').update(SCRIPT.body).digest('base64');
    expect(body).toBe(WOVEN);
    expect(headers.get('content-security-policy')).toBe(
      `script-src 'nonce-x'; script-src-elem 'nonce-x' ${script}, default-src 'none'; img-src *; script-src-elem ${script}; connect-src ${session}`,
    );
    expect(headers.get('content-security-policy-report-only')).toBe(
      `script-src 'nonce-x' 'strict-dynamic'; script-src-elem 'nonce-x' 'strict-dynamic' 'sha256-${hash}'`,
    );
  });

  it('is in a page too that the guard of sections has written anew', async () => {
    const { body, headers } = await open('/dash/guarded', { Cookie: await gate.signIn('mike') });
    expect(body).toContain(`<head>${noticeTag(OWN)}<title>`);
    expect(body).not.toContain('CANARY');
    expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(body));
    expect(headers.get('content-security-policy')).toContain(SCRIPT_PATH);
  });

  it('is given to anybody, and kept by browsers', async () => {
    const { status, body, headers } = await gate.ask(SCRIPT_PATH);
    expect([status, body, headers.get('cache-control')]).toEqual([
      200,
      SCRIPT.body,
      'public, max-age=31536000, immutable',
    ]);
    expect(headers.get('content-type')).toMatch(/^text\/javascript/);
  });
});

/** The first of a page as soon as it has come. */
async function fetchBegun(gate: Gate, cookie: string): Promise<{ first: string; rest(): Promise<string> }> {
  const headers = { Host: gate.host, Cookie: cookie, ...OPENED };
  const { request } = await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  request({ host: '127.0.0.1', port: gate.port, path: '/slow', headers }, resolve).once('error', reject).end();
  const chunks = (await promise).setEncoding('utf8')[Symbol.asyncIterator]();
  const first = String((await chunks.next()).value);
  return {
    first,
    async rest() {
      let text = '';
      for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) text += chunk;
      return text;
    },
  };
}
