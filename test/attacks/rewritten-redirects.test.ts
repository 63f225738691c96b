import { expect, it } from 'vitest';
import type { Upstream } from '../../src/config/schema/app-address.ts';
import { createPublicAnswer } from '../../src/proxy/public-answer.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf } from '../support/gate.ts';
import { bothWays, startGateBy } from '../support/ways.ts';

// An upstream says where to go on, in whatever words a client had it say. Rewritten, they lead to a host that they lead to as they
// are, or to the app's own: to no third one.

const UPSTREAM = 'http://wiki.internal:8052';
const PUBLIC = 'https://dash.example.com';
const ALL = { location: true, cookiePath: true, cookieDomain: true };
const upstreamAt = (path: string): Upstream => ({
  ...{ kind: 'tcp', protocol: 'http:', origin: UPSTREAM, host: 'wiki.internal', port: 8052, path },
});

/** What a browser could take for the beginning of a host. */
const SLASHES = [
  '//',
  '/\\',
  '\\',
  '\\\\',
  '/\t/',
  '/\t\\',
  '/\n/',
  '/\r\\',
  '\t/',
  '/./',
  '/../',
  '/.//',
  '/;/',
  '/%2f',
];
const places = ['', '/app', '/app/', '/app/x', '/ap', UPSTREAM, `${UPSTREAM}/app`, PUBLIC, `${PUBLIC}/app`].flatMap(
  (start) => SLASHES.flatMap((slashes) => [`${start}${slashes}evil.example/x`, `${start}${slashes}@evil.example`]),
);
const OTHERS = [
  ...[
    'http:evil.example',
    'https:/evil.example',
    'http:/\\evil.example',
    'HTTPS://evil.example',
    'javascript:alert(1)',
  ],
  ...[
    `${UPSTREAM}@evil.example/`,
    `${UPSTREAM}\\@evil.example/`,
    `${UPSTREAM}.evil.example/`,
    `${PUBLIC}:x@evil.example/`,
  ],
  ...[
    'data:text/html,x',
    '//wiki.internal:8052@evil.example',
    '///evil.example',
    '/app?//evil.example',
    '#//evil.example',
  ],
];

const hostOf = (place: string, seenAt: string): string => URL.parse(place, seenAt)?.host ?? '';

it.each(['/', '/wiki/', '/app/'])('of an app at %s lead to no third host', (prefix) => {
  for (const path of ['/', '/app/', '/a/b/']) {
    const rewritten = createPublicAnswer({ origin: PUBLIC, host: 'dash.example.com', prefix }, upstreamAt(path), ALL);
    for (const place of [...places, ...OTHERS]) {
      const seenAt = `${PUBLIC}${prefix}page`;
      const known = ['dash.example.com', hostOf(place, seenAt)];
      const location = rewritten('location', place);
      expect(known, `${path}: ${place} became ${location}`).toContain(hostOf(location, seenAt));
      const refresh = rewritten('refresh', `0; url=${place}`).replace(/^0; url=/, '');
      expect(known, `${path}: ${place} became ${refresh}`).toContain(hostOf(refresh, seenAt));
    }
  }
});

bothWays('a redirect of an upstream whose path is taken away', (way) => {
  it('leads to the app’s own host, whatever stands behind that path', async () => {
    await using gate = await startGateBy(way, await freePort(), {
      apps: [{ name: 'wiki', at: '/', upstream: '$UPSTREAM/app/', rewrite: { location: true } }],
      answer(request, response) {
        const to = new URL(request.url ?? '', 'http://x').searchParams.get('to') ?? '';
        const isRefresh = request.url?.includes('refresh');
        response.writeHead(302, isRefresh ? { Refresh: `0; url=${to}` } : { Location: to }).end();
      },
    });
    for (const slashes of ['//', '/\\', '/\t/', '/\t\\', '///', '/@', '/.//', '/;//']) {
      for (const name of ['location', 'refresh']) {
        const path = `/${name}?to=${encodeURIComponent(`/app${slashes}evil.example/x`)}`;
        const { headers } = await gate.ask(path, { headers: { Authorization: basicOf('mica') } });
        const place = headers.get(name)?.replace(/^0; url=/, '') ?? 'none';
        expect([slashes, name, hostOf(place, `${gate.origin}/page`)]).toEqual([slashes, name, gate.host]);
      }
    }
  });
});
