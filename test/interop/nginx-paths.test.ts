import { afterAll, beforeAll, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Chain, MICA, MIKE, request, startChain } from './nginx-chain.ts';

/** Ways to spell `/hr` below a prefix, or to get from an open path to it. `P` is the prefix without its last slash. */
const SPELLINGS = [
  ...[
    'P/hr',
    'P/hr/',
    'P/hr/x',
    'P/HR',
    'P/Hr/X',
    'P/hr?x=1',
    'P/hr?',
    'P/hr#x',
    'P/hr%23x',
    'P/hr%3Fx',
    'P/hr%3fopen',
  ],
  ...[
    'P/h%72',
    'P/%68%72',
    'P/%48r',
    'P/hr%2F',
    'P/hr%2fx',
    'P%2Fhr',
    'P%2fhr',
    'P/hr%00',
    'P/hr%00.css',
    'P/hr%0a',
    'P/hr%0d%0a',
  ],
  ...[
    'P//hr',
    'P///hr',
    '//P/hr',
    '/.P/hr',
    'P/./hr',
    'P/%2e/hr',
    'P/.%2fhr',
    'P/hr/.',
    'P/hr/..',
    'P/hr/../hr',
    'P/hr/%2e%2e/hr',
  ],
  ...[
    'P/open/../hr',
    'P/open/%2e%2e/hr',
    'P/open/%2E%2E/hr',
    'P/open/.%2e/hr',
    'P/open/..%2fhr',
    'P/open/..%5chr',
    'P/open/..\\hr',
  ],
  ...[
    'P/open/..;/hr',
    'P/open;/../hr',
    'P/open/..;x=1/hr',
    'P/hr;x',
    'P/hr;',
    'P;/hr',
    'P/;/hr',
    'P/hr%3B',
    'P/hr%3bx=1',
  ],
  ...[
    'P/open/%252e%252e/hr',
    'P/%2568r',
    'P/h%2572',
    'P/open%2f..%2fhr',
    'P/open/%c0%ae%c0%ae/hr',
    'P/%c1%a8r',
    'P/%e0%81%a8r',
  ],
  ...[
    'P\\hr',
    'P/\\hr',
    'P/%5chr',
    'P/hr\\',
    'P/hr%5c',
    'P/hr.',
    'P/hr%2e',
    'P/hr%20',
    'P/hr%09',
    'P/ hr',
    'P/hr\t',
    'P/%u0068r',
  ],
  ...['P/%', 'P/%h', 'P/%zz/hr', 'P/hr%', 'P/\x80hr', 'P/\xffhr', 'P/h\x01r', 'P/hr\x7f', 'P/%EF%BD%88%EF%BD%92'],
  ...[
    'http://HOST/P/hr',
    'http://HOSTP/hr',
    'http://evil.exampleP/hr',
    'https://HOSTP/hr',
    'ftp://HOSTP/hr',
    '//evil.exampleP/hr',
  ],
  ...[
    'P/x/../../other/hr',
    '/other/../P/hr',
    '/open/../P/hr',
    '/_dashgate/..P/hr',
    '/_dashgate/../P/hr',
    '/_dashgate/%2e%2eP/hr',
  ],
  ...[
    '/_dashgate/auth/../..P/hr',
    'P/../_dashgate/auth/nginx',
    'P/..%2f_dashgate/auth/nginx',
    '*',
    'P',
    '',
    'hr',
    '?P/hr',
    '#P/hr',
  ],
];

/** Ways into what is open to nobody at all. */
const CHECK = [
  ...[
    '/_dashgate/auth/nginx',
    '/_dashgate/auth/refuse',
    '/_dashgate/auth/forward',
    '/_dashgate/auth/envoy/x',
    '/_dashgate/auth/',
  ],
  ...[
    '/_dashgate/auth',
    '/_dashgate//auth/nginx',
    '//_dashgate/auth/nginx',
    '/_dashgate/./auth/nginx',
    '/_dashgate/x/../auth/nginx',
  ],
  ...[
    '/_dashgate/%61uth/nginx',
    '/%5fdashgate/auth/nginx',
    '/_dashgate%2fauth/nginx',
    '/_dashgate/auth%2fnginx',
    '/_DASHGATE/auth/nginx',
  ],
  ...[
    '/_dashgate/auth;/nginx',
    '/_dashgate/auth/nginx?app=kept',
    '/_dashgate/login/../auth/nginx',
    '/kept/../_dashgate/auth/nginx',
  ],
];

/** Every way in which some server could understand a path, at once: the most that it could mean. */
function readings(url: string): string[] {
  const found = new Set<string>();
  let path = url;
  for (let times = 0; times < 4; times += 1) {
    for (const text of [path, path.split('?')[0] ?? '', path.replace(/;[^/]*/g, '')]) {
      const plain = text.replaceAll('\\', '/').replaceAll('\0', '').toLowerCase();
      found.add(plain);
      found.add(withoutDots(plain));
    }
    path = path.replace(/%[0-9a-f]{2}/gi, (encoded) => String.fromCharCode(Number.parseInt(encoded.slice(1), 16)));
  }
  return [...found];
}

/** RFC 3986 §5.2.4, with empty segments left out. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

needs('nginx')('the path corpus through nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
  });
  afterAll(() => chain[Symbol.asyncDispose]());

  const send = async (target: string, headers: readonly string[]) => {
    chain.dashboard.forget();
    return raw(chain.port, request(chain, target, headers));
  };

  for (const prefix of ['/kept', '/cut']) {
    const targets = SPELLINGS.map((spelling) => spelling.replace('P', prefix));

    it(`${prefix}: who lacks the resource gets no spelling of a guarded path past the check`, async () => {
      for (const written of targets) {
        const target = written.replace('HOST', chain.host);
        const answer = await send(target, [MIKE]);
        const where = JSON.stringify(target);
        expect(answer?.status ?? 400, where).not.toBe(500);
        for (const { url } of chain.dashboard.seen) {
          for (const reading of readings(url)) expect(reading, where).not.toMatch(/\/hr(?:\/|$)/);
          expect(prefix === '/kept' ? url : `/cut${url}`, where).toBe(target);
        }
        if (answer && answer.status < 300) expect(chain.dashboard.seen, where).toHaveLength(1);
      }
    });

    it(`${prefix}: nobody gets anywhere without signing in, but to what is public`, async () => {
      for (const written of targets) {
        const target = written.replace('HOST', chain.host);
        const answer = await send(target, []);
        expect(chain.dashboard.seen, JSON.stringify(target)).toEqual([]);
        expect(answer?.status ?? 400, JSON.stringify(target)).toBeGreaterThanOrEqual(300);
      }
    });

    it(`${prefix}: who may everything sees the path that was judged, byte for byte, or none`, async () => {
      for (const written of targets) {
        const target = written.replace('HOST', chain.host);
        await send(target, [MICA]);
        for (const { url } of chain.dashboard.seen) {
          const path = target.replace(/^[a-z]+:\/\/[^/]*/, '');
          expect(prefix === '/kept' ? url : `/cut${url}`).toBe(path);
        }
      }
    });
  }

  it('forwards sub-delimiters of a prefix in either spelling that RFC 3986 gives them', async () => {
    await using odd = await startChain({ apps: '\n  - { name: odd, at: "/a+b.(c)/", upstream: "$DASHBOARD/base/" }' });
    for (const prefix of ['/a+b.(c)', '/a%2Bb.%28c%29', '/a%2bb.(c%29']) {
      odd.dashboard.forget();
      const answer = await raw(odd.port, request(odd, `${prefix}/x`, [MICA]));
      expect(answer?.status, prefix).toBe(200);
      expect(odd.dashboard.seen.map(({ url }) => url)).toEqual(['/base/x']);
    }
    expect((await raw(odd.port, request(odd, '/a+bx(c)/x', [MICA])))?.status).toBe(404);
  });

  it('lets nobody ask the check, signed in or not', async () => {
    for (const target of CHECK) {
      for (const headers of [[MICA], [MIKE], ['X-Original-URI: /kept/', 'X-Dashgate-App: kept', MICA], []]) {
        const answer = await send(target, headers);
        expect(answer?.status, target).toBeGreaterThanOrEqual(400);
        expect([...(answer?.headers.keys() ?? [])].filter((name) => /^x-dashgate-(user|upstream)/.test(name))).toEqual(
          [],
        );
        expect(chain.dashboard.seen, target).toEqual([]);
      }
    }
  });

  it('takes the app from the address alone, in HTTP/1.0 and without a Host too', async () => {
    const lines = ['GET /kept/ HTTP/1.0\r\n', `${MICA}\r\n\r\n`];
    expect((await raw(chain.port, lines.join('')))?.status).toBe(421);
    const forged = await send('/kept/hr', [
      MIKE,
      'X-Dashgate-App: cut',
      'X-Original-URI: /kept/open',
      'X-Forwarded-Host: x',
    ]);
    expect(forged?.status).toBe(403);
  });
});
