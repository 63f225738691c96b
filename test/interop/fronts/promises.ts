import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { IDENTITY_HEADERS, UNTRUSTED } from '../../../src/lib/untrusted-headers.ts';
import { APPS, basicOf, type Gate, startGate } from '../../support/gate.ts';
import type { PlainResponse } from '../../support/parse-response.ts';
import { raw } from '../../support/raw.ts';
import type { Front } from './envoy.ts';
import { type Places, WIKI_TELLS } from './printed.ts';

/** For one connection: each front has its own way to drop these, or to refuse them. */
const HOP_BY_HOP = /^(?:proxy-|trailer|http2-settings|proxy$)/i;

/** What holds behind every front, however it was set up. */
export const promises = (start: (places: Places) => Promise<Front>, { setsCookies }: { setsCookies: boolean }) => {
  let gate: Gate;
  let front: Front;
  beforeAll(async () => {
    gate = await startGate({
      server: { check_listen: '127.0.0.1:0', trusted_proxies: ['127.0.0.1'] },
      apps: APPS.map((app) => (app.name === 'wiki' ? { ...app, identity_headers: WIKI_TELLS } : app)),
    });
    front = await start({ public: gate.port, check: Number(gate.check), dashboard: gate.upstream.port });
  }, 60_000);
  afterAll(async () => {
    await front?.[Symbol.asyncDispose]();
    await gate?.[Symbol.asyncDispose]();
  });
  beforeEach(() => gate.upstream.clear());

  const ask = async (path: string, headers: readonly string[] = [], line = `GET ${path}`, body = '') => {
    const head = [`${line} HTTP/1.1`, `Host: ${gate.host}`, 'Connection: close', ...headers, '', ''].join('\r\n');
    const answer = await raw(front.port, head + body, 15_000);
    if (!answer) throw new Error('no answer');
    return answer;
  };

  it('nobody is let in without a session: a person is led to the login page, a program told so', async () => {
    expect((await ask('/hr')).status).toBe(401);
    const person = await ask('/hr?a=1', ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document', 'Accept: text/html']);
    expect(person.status).toBe(302);
    expect(person.headers.get('location')).toBe(
      `${gate.origin}/_dashgate/login?return_to=${encodeURIComponent(`${gate.origin}/hr?a=1`)}`,
    );
    expect((await ask('/hr', [`Authorization: ${basicOf('mike')}`])).status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('who may is let in; the dashboard is told who it is, and gets neither our cookie nor the password', async () => {
    const cookie = await gate.signIn('mike');
    expect((await ask('/wiki/a?b=%20c', [`Cookie: theme=dark; ${cookie}`])).status).toBe(200);
    const byCookie = gate.upstream.last();
    expect(byCookie).toMatchObject({
      url: '/wiki/a?b=%20c',
      headers: { 'x-dashgate-user': 'mike', cookie: 'theme=dark' },
    });
    const answer = await ask('/hr', [`Authorization: ${basicOf('hanna')}`]);
    expect(answer.status).toBe(200);
    const byPassword = gate.upstream.last();
    expect(byPassword.headers['x-dashgate-user']).toBe('hanna');
    expect([byPassword.headers.authorization ?? '', byPassword.headers.cookie ?? '']).toEqual(['', '']);
    expect(answer.headers.getSetCookie().length > 0).toBe(setsCookies);
  });

  it('an app is told by names of its own too, and no other app by these', async () => {
    const cookie = await gate.signIn('mike');
    const forged = ['X-My-User: mica', 'X-My-Email: mica@example.com', 'Remote-User: mica', 'Remote-Groups: admin'];
    const tellsOf = async (path: string, headers: readonly string[]) => {
      expect((await ask(path, [...headers, ...forged])).status, path).toBe(200);
      const { headers: arrived } = gate.upstream.last();
      return ['x-my-user', 'x-my-email', 'remote-user', 'remote-groups'].map((name) => arrived[name] ?? '');
    };
    expect(await tellsOf('/wiki/', [`Cookie: ${cookie}`])).toEqual(['mike', 'mike@example.com', 'mike', '']);
    expect(await tellsOf('/robots.txt', [])).toEqual(['', '', '', '']);
  });

  // Envoy before 1.28 said its own when it asked.
  it('the client’s address is its own, and not that of the front', async () => {
    const bound = connect({ port: front.port, host: '127.0.0.1', localAddress: '127.0.0.7' });
    const head = [`Host: ${gate.host}`, `Authorization: ${basicOf('mike')}`, 'Connection: close'];
    bound.write(['GET /wiki/ HTTP/1.1', ...head, '', ''].join('\r\n'));
    expect(await text(bound)).toMatch(/^HTTP\/1\.1 200/);
    expect(gate.upstream.last().headers['x-forwarded-for']).toBe('127.0.0.7');
  });

  // Caddy CVE-2026-30851, Traefik CVE-2026-35051, CVE-2026-54764, Oathkeeper GHSA-w9mr
  it('nothing that a client says under a reserved name arrives, signed in or on a public path', async () => {
    const cookie = await gate.signIn('mike');
    const names = [...IDENTITY_HEADERS, ...UNTRUSTED, 'X-My-User', 'X-My-Email'].filter(
      (name) => !HOP_BY_HOP.test(name),
    );
    for (const [path, headers] of [
      ['/wiki/', [`Cookie: ${cookie}`]],
      ['/robots.txt', []],
    ] as const) {
      for (const hop of [[], ['Connection: close, X-Dashgate-User, X-Dashgate-Upstream-Cookie']]) {
        // As many at once as each front takes.
        for (let from = 0; from < names.length; from += 40) {
          const forged = names.slice(from, from + 40).map((name) => `${name}: forged`);
          const { status } = await ask(path, [...headers, ...hop, ...forged]);
          expect(status, path).toBe(200);
          const arrived = Object.entries(gate.upstream.last().headers).filter(([, value]) => value?.includes('forged'));
          expect(arrived, path).toEqual([]);
        }
      }
    }
  });

  // oauth2-proxy CVE-2025-64484, Traefik CVE-2026-39858
  it.each(['X_Dashgate_User', 'Remote_User', 'X_Forwarded_User', 'X_My_User'])('%s does not arrive', async (name) => {
    await ask('/robots.txt', [`${name}: mica`]);
    expect(gate.upstream.seen.filter(({ headers }) => JSON.stringify(headers).includes('mica'))).toEqual([]);
  });

  // Traefik CVE-2025-66490, ingress-nginx #8644
  it.each([
    ...[
      '/open/../hr',
      '/open/%2e%2e/hr',
      '//hr',
      '/open//../hr',
      '/hr;x',
      '/%68r',
      '/hr%00',
      '/hr%2f',
      '/HR',
      '/hr%23',
    ],
    ...['/open/..%2fhr', '/open/..%5chr', '/open/%252e%252e/hr', '/wiki/../hr', '/wiki/%2e%2e/hr', '/WIKI/../hr'],
  ])('%s leads nobody to what is guarded', async (path) => {
    const cookie = await gate.signIn('mike');
    await ask(path, [`Cookie: ${cookie}`]);
    const reached = gate.upstream.seen.map(({ url }) =>
      decodeURIComponent(new URL(url, 'http://x').pathname).toLowerCase(),
    );
    expect(reached.filter((each) => /^\/+hr/.test(each))).toEqual([]);
  });

  it.each(['X-Original-URI', 'X-Forwarded-Uri', 'X-Original-URL', 'X-Rewrite-URL'])(
    '%s of a client changes nothing about what is judged',
    async (name) => {
      expect([400, 401]).toContain((await ask('/hr', [`${name}: /robots.txt`])).status);
      expect(gate.upstream.seen).toEqual([]);
    },
  );

  it('a body arrives whole, of a post that its own page sent; that of another site is refused', async () => {
    const cookie = await gate.signIn('mike');
    const body = 'x'.repeat(200_000);
    const head = [`Cookie: ${cookie}`, `Content-Length: ${body.length}`];
    expect((await ask('', [...head, `Origin: ${gate.origin}`], 'POST /wiki/save', body)).status).toBe(200);
    expect(gate.upstream.last().body).toBe(body);
    gate.upstream.clear();
    const crossed = await ask('', [`Cookie: ${cookie}`, 'Origin: https://evil.example'], 'POST /wiki/save');
    expect(crossed.status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('a websocket goes through dashgate, and ends with its session', async () => {
    const cookie = await gate.signIn('mike');
    const options = { headers: { Host: gate.host, Cookie: cookie }, origin: gate.origin };
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/wiki/live`, options);
    await once(socket, 'open');
    socket.send('hello');
    const [said] = await once(socket, 'message');
    expect(String(said)).toBe('hello');
    const closed = once(socket, 'close');
    const logout = [
      'Content-Type: application/json',
      'Content-Length: 2',
      `Cookie: ${cookie}`,
      `Origin: ${gate.origin}`,
    ];
    expect((await ask('', logout, 'POST /_dashgate/logout', '{}')).status).toBeLessThan(400);
    expect((await closed)[0]).toBe(4401);
    expect((await ask('/wiki/', [`Cookie: ${cookie}`])).status).toBe(401);
  });

  it('a websocket without a session, or from another site, does not begin', async () => {
    const cookie = await gate.signIn('mike');
    const begin = (headers: Record<string, string>, origin: string): Promise<string> => {
      const socket = new WebSocket(`ws://127.0.0.1:${front.port}/wiki/live`, {
        headers: { Host: gate.host, ...headers },
        origin,
      });
      return once(socket, 'open').then(
        () => 'open',
        (error: Error) => error.message,
      );
    };
    expect(await begin({}, gate.origin)).toContain('401');
    expect(await begin({ Cookie: cookie }, 'https://evil.example')).toContain('403');
  });

  it('while dashgate is away nobody is let in, on public paths neither, and it looks like no call to sign in', async () => {
    const cookie = await gate.signIn('mike');
    const ended: Promise<PlainResponse>[] = [];
    await gate.dashgate.close();
    for (const path of ['/wiki/', '/robots.txt']) ended.push(ask(path, [`Cookie: ${cookie}`]));
    for (const { status } of await Promise.all(ended)) expect(status).toBeGreaterThanOrEqual(500);
    expect(gate.upstream.seen).toEqual([]);
  });
};
