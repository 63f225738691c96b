import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';
import type { Seen } from '../support/upstream.ts';

// Traefik CVE-2024-45410 and its family, undici's upgrade and CR/LF fixes of 2026, ws CVE-2024-37890: what the one who
// judges takes for a body, the one who serves takes for a request.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const NORA = `Authorization: ${basicOf('nora')}`;
const SMUGGLED = 'GET /hr/secret HTTP/1.1\r\nHost: $HOST\r\n\r\n';
const junk = (count: number): string[] => Array.from({ length: count }, (_, index) => `X-Junk-${index}: ${index}`);

/** Sends bytes, takes the first answer, and then what the dashboard had got until another request came to it. */
async function exchange(bytes: string): Promise<{ status: number; seen: readonly Seen[] }> {
  const answer = await rawTo(gate, bytes);
  await gate.ask('/after', { headers: { Authorization: basicOf('nora') } });
  return { status: answer?.status ?? 400, seen: gate.upstream.seen.filter(({ url }) => url !== '/after') };
}

describe('a message with two lengths is refused', () => {
  it.each([
    ['Content-Length beside Transfer-Encoding', ['Content-Length: 4', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['Transfer-Encoding beside Content-Length', ['Transfer-Encoding: chunked', 'Content-Length: 4'], '0\r\n\r\n'],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${SMUGGLED.length}`], ''],
    ['two equal lengths', ['Content-Length: 0', 'Content-Length: 0'], ''],
    ['a list of lengths', ['Content-Length: 0, 5'], ''],
    ['a signed length', ['Content-Length: +0'], ''],
    ['a hexadecimal length', ['Content-Length: 0x0'], ''],
    ['a length with blanks in it', ['Content-Length: 0 5'], ''],
    ['a coding that nobody knows', ['Transfer-Encoding: chunky'], '0\r\n\r\n'],
    ['a coding behind chunked', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a compressed body', ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
    ['a blank before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
    ['a vertical tab', ['Transfer-Encoding: \x0bchunked'], '0\r\n\r\n'],
    ['a folded line', ['Transfer-Encoding:', ' chunked'], '0\r\n\r\n'],
    ['a folded value', ['X-A: b', '\tTransfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a bare line feed', ['X-A: b\nTransfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a bare carriage return', ['X-A: b\rTransfer-Encoding: chunked'], '0\r\n\r\n'],
    ['a NUL', ['X-A: \0b'], ''],
    ['a NUL in a name', ['X-\0A: b'], ''],
    ['a broken chunk size', ['Transfer-Encoding: chunked'], '0x0\r\n\r\n'],
  ])('%s', async (_what, lines, body) => {
    const { status, seen } = await exchange(
      ['POST /x HTTP/1.1', 'Host: $HOST', NORA, ...lines, '', body + SMUGGLED].join('\r\n'),
    );
    expect(status).toBe(400);
    expect(seen).toEqual([]);
  });

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST'])('%s with a body stays one request', async (method) => {
    const bytes = SMUGGLED.replaceAll('$HOST', gate.host);
    const { seen } = await exchange(
      [
        `${method} /x HTTP/1.1`,
        'Host: $HOST',
        NORA,
        'Connection: close',
        `Content-Length: ${bytes.length}`,
        '',
        bytes,
      ].join('\r\n'),
    );
    expect(seen.map(({ url, body }) => [url, body])).toEqual([['/x', bytes]]);
  });

  it.each(['Content-Length', 'Transfer-Encoding'])('%s cannot be named away by Connection', async (name) => {
    const body = name === 'Content-Length' ? 'hello' : '5\r\nhello\r\n0\r\n\r\n';
    const value = name === 'Content-Length' ? '5' : 'chunked';
    const { seen } = await exchange(
      ['GET /x HTTP/1.1', 'Host: $HOST', NORA, `Connection: close, ${name}`, `${name}: ${value}`, '', body].join(
        '\r\n',
      ),
    );
    expect(seen.map(({ url, body }) => [url, body])).toEqual([['/x', 'hello']]);
  });
});

describe('many headers', () => {
  it.each([150, 199, 205, 225, 240, 500, 1500, 3000])(
    'a length behind %i others still counts, or all is refused',
    async (count) => {
      const bytes = SMUGGLED.replaceAll('$HOST', gate.host);
      const { seen } = await exchange(
        ['GET /x HTTP/1.1', 'Host: $HOST', NORA, ...junk(count), `Content-Length: ${bytes.length}`, '', bytes].join(
          '\r\n',
        ),
      );
      expect(seen.map(({ url }) => url).filter((url) => url !== '/x')).toEqual([]);
      for (const { body } of seen) expect(body).toBe(bytes);
    },
  );

  it.each([199, 205, 225, 240, 500])('what is judged is what is forwarded, behind %i others', async (count) => {
    const answer = await rawTo(
      gate,
      [
        'POST /x HTTP/1.1',
        'Host: $HOST',
        NORA,
        'Content-Length: 0',
        ...junk(count),
        'Origin: https://evil.example',
        '',
        '',
      ].join('\r\n'),
    );
    expect([400, 403, 431]).toContain(answer?.status);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('as many as a browser could send are no trouble', async () => {
    const answer = await rawTo(gate, ['GET /x HTTP/1.1', 'Host: $HOST', NORA, ...junk(100), '', ''].join('\r\n'));
    expect(answer?.status).toBe(200);
  });
});
