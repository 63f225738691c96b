import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { IDENTITY_HEADERS, UNTRUSTED } from '../../src/lib/untrusted-headers.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { APPS, type Chain, MICA, MIKE, request, startChain } from './nginx-chain.ts';

const FORGED = 'forged-by-the-client';

/** One name as a client may spell it in the hope that some server takes it for the same. */
const spellings = (name: string): string[] => [
  ...[name, name.toLowerCase(), name.toUpperCase(), name.replaceAll('-', '_'), name.toLowerCase().replaceAll('-', '_')],
  ...[name.replace('-', '_'), name.replaceAll('-', '.'), name.replaceAll('-', ' '), `${name} `, ` ${name}`],
];

needs('nginx')('headers through nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain({
      apps: `${APPS}\n  - { name: untold, at: /untold/, upstream: "$DASHBOARD", identity: [] }\n  - { name: own, at: /own/, upstream: "$DASHBOARD", credentials: [cookie] }`,
    });
  });
  beforeEach(() => chain.dashboard.forget());
  afterAll(() => chain[Symbol.asyncDispose]());
  const ask = async (target: string, headers: readonly string[] = []) => {
    const answer = await raw(chain.port, request(chain, target, headers));
    if (!answer) throw new Error('nginx closed without an answer');
    return answer;
  };
  const last = () => {
    const seen = chain.dashboard.seen.at(-1);
    if (!seen) throw new Error('nothing reached the dashboard');
    return seen;
  };

  it('tells the dashboard who it is, and how the request came', async () => {
    await ask('/kept/x', [MICA]);
    const { headers } = last();
    expect(headers.get('x-dashgate-user')).toBe('mica');
    expect(headers.get('x-dashgate-name')).toBe('Mica');
    expect(headers.get('x-dashgate-email')).toBe('mica@example.com');
    expect(headers.get('host')).toBe(chain.host);
    expect(headers.get('x-forwarded-host')).toBe(chain.host);
    expect(headers.get('x-forwarded-proto')).toBe('http');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(headers.get('authorization')).toBeUndefined();
    expect(headers.get('x-forwarded-prefix')).toBeUndefined();
    await ask('/cut/x', [MICA]);
    expect(last().headers.get('x-forwarded-prefix')).toBe('/cut');
  });

  it.each(['/kept/', '/cut/', '/untold/', '/kept/open'])(
    '%s: no forged header arrives, in any spelling',
    async (path) => {
      for (const name of [...IDENTITY_HEADERS, ...UNTRUSTED]) {
        for (const spelling of spellings(name)) {
          chain.dashboard.forget();
          await raw(chain.port, request(chain, path, [MICA, `${spelling}: ${FORGED}`]));
          for (const { rawHeaders } of chain.dashboard.seen)
            expect(rawHeaders.join('\n'), spelling).not.toContain(FORGED);
        }
      }
    },
  );

  it('keeps its own headers when the client names them in Connection, or sends them twice', async () => {
    const names = [...IDENTITY_HEADERS, 'X-Forwarded-For'].join(', ');
    await ask('/kept/', [
      MICA,
      `Connection: close, ${names}`,
      `X-Dashgate-User: ${FORGED}`,
      `X-Dashgate-User: ${FORGED}`,
    ]);
    expect(last().headers.get('x-dashgate-user')).toBe('mica');
    expect(last().headers.get('x-forwarded-for')).toBe('127.0.0.1');
    expect(last().rawHeaders.join('\n')).not.toContain(FORGED);
  });

  it('leaves nothing of the client’s where there is nobody to tell of, or nobody is to be told', async () => {
    for (const path of ['/kept/open', '/untold/']) {
      await ask(path, [MICA, ...IDENTITY_HEADERS.map((name) => `${name}: ${FORGED}`)]);
      const told = [...last().headers].filter(([name]) => name.startsWith('x-dashgate-'));
      expect(
        told.filter(([, value]) => value !== ''),
        path,
      ).toEqual([]);
    }
  });

  it('takes its session cookie out, chunks too, and leaves the others as they are', async () => {
    const cookie = (await ask('/kept/', [MICA])).headers.getSetCookie()[0]?.split(';')[0];
    await ask('/kept/', [`Cookie: _xsrf=a|b; ${cookie}; session="q"`]);
    expect(last().headers.get('cookie')).toBe('_xsrf=a|b; session="q"');
    expect(last().headers.get('x-dashgate-user')).toBe('mica');
    await ask('/kept/', [`Cookie: ${cookie}`]);
    expect(last().headers.get('cookie')).toBeUndefined();
  });

  it('passes an Authorization that is not ours, and consumes one that is', async () => {
    const cookie = (await ask('/kept/', [MICA])).headers.getSetCookie()[0]?.split(';')[0];
    await ask('/kept/', [`Cookie: ${cookie}`, 'Authorization: token abc']);
    expect(last().headers.get('authorization')).toBe('token abc');
    await ask('/own/', [`Cookie: ${cookie}`, MIKE]);
    expect(last().headers.get('authorization')).toBe(MIKE.slice('Authorization: '.length));
    expect(last().headers.get('x-dashgate-user')).toBe('mica');
  });

  it('refuses a garbled session cookie with 401, and never fails over one', async () => {
    const cookie = (await ask('/kept/', [MICA])).headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const changed = cookie.replace(/.$/, (letter) => (letter === 'A' ? 'Q' : 'A'));
    const garbage = [
      '',
      '=',
      'x',
      '.....',
      'a.b.c.d.e',
      '%00',
      '"',
      `${'A'.repeat(9000)}`,
      '../..',
      '{"sub":"mica"}',
      '\x80\xff',
    ];
    for (const value of [
      changed,
      ...garbage.map((text) => `dashgate=${text}`),
      `${cookie}; ${cookie}`,
      'dashgate.99999999=x',
    ]) {
      const answer = await ask('/kept/', ['Sec-Fetch-Mode: cors', `Cookie: ${value}`]);
      expect(answer.status, value.slice(0, 60)).toBe(401);
    }
  });

  it('lets a dashboard say none of our words', async () => {
    expect((await ask('/kept/words', [MICA])).headers.get('x-dashgate-user')).toBeNull();
  });

  it('refuses a write and a websocket from another site', async () => {
    const post = request(chain, '/kept/', [MICA, 'Origin: https://evil.example', 'Content-Length: 0'], 'POST');
    expect((await raw(chain.port, post))?.status).toBe(403);
    const upgrade = [
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    expect((await ask('/kept/ws', [MICA, ...upgrade, 'Origin: https://evil.example'])).status).toBe(403);
    expect((await ask('/kept/ws', [MICA, ...upgrade, 'Origin: null'])).status).toBe(403);
    expect(chain.dashboard.seen).toEqual([]);
  });

  it('passes no switch of protocol but to a websocket', async () => {
    for (const protocol of ['h2c', 'HTTP/2.0', 'TLS/1.0', 'websocket, h2c', 'h2c, websocket', 'foo']) {
      chain.dashboard.forget();
      const answer = await ask('/kept/', [
        MICA,
        `Upgrade: ${protocol}`,
        'Connection: Upgrade, HTTP2-Settings',
        'HTTP2-Settings: AAMAAABk',
      ]);
      expect(answer.status, protocol).not.toBe(101);
      for (const { headers } of chain.dashboard.seen) {
        expect(headers.get('upgrade'), protocol).toBeUndefined();
        expect(headers.get('http2-settings'), protocol).toBeUndefined();
      }
    }
  });

  it('writes no query, cookie or password into its access log', async () => {
    for (const path of [
      '/_dashgate/handoff?token=planted',
      '/_dashgate/login?return_to=planted',
      '/kept/?token=planted',
    ]) {
      await ask(path, [MICA, 'Cookie: a=planted', 'Referer: http://x/?planted']);
    }
    const log = await chain.accessLog();
    expect(log).toContain('"GET /_dashgate/handoff HTTP/1.1"');
    expect(log).not.toMatch(/planted|bWlj/);
  });
});
