import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

// Oathkeeper CVE-2026-33494; authcrunch's canonical path; tinyauth #1055; Traefik CVE-2025-66490, CVE-2026-40912,
// -48020, -65600, -67309, CVE-2023-47106; oauth2-proxy CVE-2026-41059; ingress-nginx #8644; the Fastify family
// CVE-2026-2880, -33808, -33807, -6270, -6556; Authelia CVE-2021-32637: one path is judged and another is served.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

/** Each is `/hr` or below it to some program, and to another is not. */
const CONFUSING = [
  ...['/open/../hr', '/open/%2e%2e/hr', '/open/%2E%2e/hr', '/open/.%2e/hr', '/open/..%2fhr', '/open/..%2Fhr'],
  ...['/open/..%5chr', '/open/..\\hr', '/open\\..\\hr', '/open/..;/hr', '/open/..;x=1/hr', '/open/%2e%2e%2fhr'],
  ...['/./hr', '/%2e/hr', '/hr/.', '/hr/..', '/hr/./x', '/hr/%2e', '/x/../hr', '/x/y/../../hr', '/hr/../hr'],
  ...['//hr', '///hr', '/open//../hr', '//hr/', '/hr//x', '/hr//', '//dash.example.com/hr', '/\\hr', '\\hr', '/hr\\x'],
  ...['/%68r', '/h%72', '/%68%72', '/%48R', '/h%52', '/hr%2fx', '/hr%2Fx', '/hr%5cx', '%2fhr', '/%2fhr', '/%2Fhr'],
  ...[
    '/hr;',
    '/hr;x',
    '/hr;x=1/y',
    '/;/hr',
    '/hr%3b',
    '/hr%3Bx',
    '/hr%3fx',
    '/hr%3Fx',
    '/hr%23',
    '/hr%23x',
    '/hr#',
    '/hr#x',
  ],
  ...[
    '/robots.txt#/../hr',
    '/robots.txt%23/../hr',
    '/hr%00',
    '/hr%00.txt',
    '/%00/hr',
    '/hr\0',
    '/hr%0a',
    '/hr%0d%0a',
    '/hr%09',
  ],
  ...['/hr/...', '/open/..%20/hr', '/open/%20../hr', '/open/...%20/hr', '/open/%2e%20/hr'],
  ...['/hr%20/../x', '/hr%7f', '/hr%', '/hr%2', '/hr%zz', '/hr%u0072', '/%c0%afhr', '/%c0%2e%c0%2e/hr', '/%e0%80%afhr'],
  ...[
    '/%f8%80%80%80%afhr',
    '/hr%ff',
    '/hr%c3',
    '/hr%ed%a0%80',
    '/%25hr',
    '/%2568r',
    '/%252e%252e/hr',
    '/hr%252fx',
    '/hr%252f',
  ],
  ...[
    'http://dash.example.com/hr',
    'HTTP://DASH.EXAMPLE.COM/hr',
    'http://evil.example/robots.txt',
    'https:/hr',
    'hr',
    '*',
    '',
    '?',
    '#',
  ],
  ...['/open/%2e%2e/%2e%2e/hr', '/open/x/../../hr', '/open/..%c0%afhr', '/open/..%u2215hr', '/open/%2e%2e%5chr'],
  ...[
    '/hr/%2e%2e/open',
    '/open/%c2%80hr/..',
    '/wiki/../hr',
    '/wiki/%2e%2e/hr',
    '/wiki/..;/hr',
    '/wiki//../hr',
    '/wiki%2f..%2fhr',
  ],
];

/** These have one form, and it is guarded. */
const GUARDED = [
  ...[
    '/hr',
    '/hr/',
    '/HR',
    '/Hr/',
    '/hr/x',
    '/hR/X/y',
    '/hr/x/',
    '/hr?',
    '/hr?x',
    '/hr/?/../robots.txt',
    '/hr?a=/robots.txt',
  ],
  ...[
    '/hr/%20',
    '/hr/%C3%A4',
    '/hr/%c3%a4',
    '/hr/:x',
    '/hr/@',
    '/hr/x|y',
    '/hr?%2e%2e/',
    '/hr?a//b',
    '/hr/.x',
    '/hr/x.',
  ],
];

const ask = (path: string, user?: 'mike' | 'hanna', method = 'GET') =>
  rawTo(
    gate,
    [
      `${method} ${path} HTTP/1.1`,
      ...['Host: $HOST', 'Connection: close', ...(user ? [`Authorization: ${basicOf(user)}`] : []), '', ''],
    ].join('\r\n'),
  );

const verify = (path: string, user?: 'mike' | 'hanna', app = 'sales') =>
  raw(
    gate.check as string,
    [
      'GET /_dashgate/auth/nginx HTTP/1.1',
      ...['Host: dashgate', 'Connection: close', `X-Original-URI: ${path}`, 'X-Original-Method: GET'],
      ...[`X-Forwarded-Host: ${gate.host}`, `X-Dashgate-App: ${app}`],
      ...(user ? [`Authorization: ${basicOf(user)}`] : []),
      ...['', ''],
    ].join('\r\n'),
  );

const isRefusal = (status: number | undefined): boolean => status !== undefined && status >= 400 && status < 500;

describe.each(CONFUSING)('%j', (path) => {
  it('is refused to everybody on the proxy way', async () => {
    for (const user of [undefined, 'mike', 'hanna'] as const) {
      const answer = await ask(path, user);
      expect(isRefusal(answer?.status ?? 400), `${user}: ${answer?.status}`).toBe(true);
    }
    expect(gate.upstream.seen).toEqual([]);
  });

  it('is refused to everybody on the verify way', async () => {
    for (const user of [undefined, 'mike', 'hanna'] as const) {
      for (const app of ['sales', 'wiki']) {
        const answer = await verify(path, user, app);
        // null: not even a header that node:http reads
        expect([401, 403, 400], `${user}`).toContain(answer?.status ?? 400);
      }
    }
  });
});

describe.each(GUARDED)('%j', (path) => {
  it('is for hr alone, and arrives as it was judged', async () => {
    expect((await ask(path))?.status).toBe(401);
    expect((await ask(path, 'mike'))?.status).toBe(403);
    expect((await verify(path))?.status).toBe(401);
    expect((await verify(path, 'mike'))?.status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
    expect((await verify(path, 'hanna'))?.status).toBe(200);
    expect((await ask(path, 'hanna'))?.status).toBe(200);
    const canonical = path.replace(/%[0-9a-f]{2}(?=[^?]*(?:\?|$))/gi, (encoded) => encoded.toUpperCase());
    expect(gate.upstream.seen.map(({ url }) => (url.includes('?') ? path : url))).toEqual([
      path.includes('?') ? path : canonical,
    ]);
  });
});

it('no spelling of a path that holds /hr lets mike in', async () => {
  const bit = fc.constantFrom(
    ...[
      'h',
      'r',
      'H',
      'R',
      '/',
      '.',
      '..',
      ';',
      '\\',
      '%',
      '2',
      '0',
      'e',
      'f',
      '%2e',
      '%2F',
      '%5c',
      '%68',
      '%72',
      '%00',
      '//',
    ],
    ...['hr', '/hr', 'open', '?', '#', '\xe4', '%c0%ae', '%e2%80%8b'],
  );
  const paths = fc.array(bit, { minLength: 1, maxLength: 8 }).map((bits) => `/${bits.join('')}`);
  const authorization = basicOf('mike');
  await fc.assert(
    fc.asyncProperty(paths, async (path) => {
      gate.upstream.clear();
      const answer = await ask(path, 'mike');
      if (answer?.status !== 200) return isRefusal(answer?.status ?? 400);
      const { url } = gate.upstream.last();
      const served = decodeURIComponent(new URL(url, 'http://dashboard').pathname).toLowerCase();
      const asked = await gate.verify(url, { headers: { authorization } });
      return !/^\/+hr(?:\/|$)/.test(served) && asked.status === 200;
    }),
    { numRuns: 400 },
  );
});

// http-proxy-middleware CVE-2024-21536 and its kind: a target that cannot be read ends no process.
it('after all that it still answers', async () => {
  expect((await ask('/robots.txt'))?.status).toBe(200);
});
