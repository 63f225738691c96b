import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import type { PlainResponse } from '../support/parse-response.ts';
import { raw } from '../support/raw.ts';

let gate: Gate;
let cookie: string;
beforeAll(async () => {
  gate = await startGate();
  cookie = await gate.signIn('mike');
});
afterAll(() => gate[Symbol.asyncDispose]());

interface About {
  readonly path: string;
  readonly method?: string;
  /** What the address names as the app that the front is about to forward to. */
  readonly app?: string;
  readonly headers?: readonly string[];
}

/** How each front asks about a request, with the client's own headers beside its own words. */
const FRONTS: Record<string, (about: Required<About>) => [line: string, ...headers: string[]]> = {
  Traefik: ({ path, method, app }) => [
    `GET /_dashgate/auth/forward?front=traefik&app=${app}`,
    ...[
      `X-Forwarded-Uri: ${path}`,
      `X-Forwarded-Method: ${method}`,
      `X-Forwarded-Host: ${gate.host}`,
      'Host: dashgate',
    ],
  ],
  Envoy: ({ path, method, app }) => [`${method} /_dashgate/auth/envoy/${app}${path}`, `Host: ${gate.host}`],
  'ingress-nginx': ({ path, method, app }) => [
    `GET /_dashgate/auth/nginx?front=ingress-nginx&app=${app}`,
    ...[`X-Original-URL: http://${gate.host}${path}`, `X-Original-Method: ${method}`, 'Host: dashgate'],
    'X-Sent-From: nginx-ingress-controller',
  ],
};

async function ask(front: string, about: About): Promise<PlainResponse> {
  const [line, ...own] = FRONTS[front]?.({ method: 'GET', app: 'sales', headers: [], ...about }) ?? [''];
  const head = [`${line} HTTP/1.1`, ...own, ...(about.headers ?? []), 'Connection: close', '', ''].join('\r\n');
  const answer = await raw(gate.check, head);
  if (!answer) throw new Error('no answer');
  return answer;
}

describe.each(Object.keys(FRONTS))('%s', (front) => {
  const isIngress = front === 'ingress-nginx';

  it('lets a session in to what it was granted, and tells the dashboard who it is, without our cookie', async () => {
    const { status, headers } = await ask(front, {
      path: '/wiki/a?b=1',
      app: 'wiki',
      headers: [`Cookie: theme=dark; ${cookie}`],
    });
    expect(status).toBe(200);
    expect(headers.get('x-dashgate-user')).toBe('mike');
    expect(headers.get('cookie')).toBe('theme=dark');
    expect(headers.get('authorization')).toBeNull();
  });

  it('every identity header is in the answer, also where there is nothing to say', async () => {
    const { status, headers } = await ask(front, { path: '/robots.txt', headers: ['X-Dashgate-User: mica'] });
    expect(status).toBe(200);
    for (const name of ['User', 'Name', 'Email', 'Groups', 'Resources', 'Assertion'])
      expect(headers.get(`x-dashgate-${name}`), name).toBe('');
  });

  it.each([
    [401, []],
    [401, ['X-Dashgate-User: mica', 'Remote-User: mica']],
    [403, [() => `Authorization: ${basicOf('mike')}`]],
  ] as const)('refuses what is not granted: %i', async (status, given) => {
    const headers = given.map((each) => (typeof each === 'string' ? each : each()));
    expect((await ask(front, { path: '/hr', headers })).status).toBe(status);
  });

  it('a person is led to the login page, a program is told', async () => {
    const person = await ask(front, { path: '/hr?a=1', headers: ['Sec-Fetch-Mode: navigate', 'Accept: text/html'] });
    // ingress-nginx leads there itself, by auth-signin.
    expect(person.status).toBe(isIngress ? 401 : 302);
    const to = person.headers.get(isIngress ? 'x-dashgate-login' : 'location') ?? '';
    expect(new URL(to).searchParams.get('return_to')).toBe(`${gate.origin}/hr?a=1`);
    const program = await ask(front, { path: '/hr', headers: ['Accept: application/json'] });
    expect(program.status).toBe(401);
    expect(program.headers.get('x-dashgate-login')).toContain('/_dashgate/login');
  });

  // oauth2-proxy CVE-2026-40575 (GHSA-7x63), Traefik CVE-2026-54764
  it.each([
    'X-Original-URI: /robots.txt',
    'X-Original-Method: OPTIONS',
    'X-Original-URL: http://dash.example.com/robots.txt',
    'X-Forwarded-Uri: /robots.txt',
    'X-Forwarded-Method: OPTIONS',
    'X-Forwarded-Host: elsewhere.example',
    'X-Forwarded-Prefix: /open',
    'X-Rewrite-URL: /robots.txt',
    'X-Dashgate-App: wiki',
    'X-Auth-Request-Redirect: /robots.txt',
  ])('a client that says %s opens nothing', async (forged) => {
    const answers = [
      await ask(front, { path: '/hr', headers: [forged] }),
      await ask(front, { path: '/wiki/', app: 'wiki', headers: [forged] }),
      // The front would forward to the dashboard of `sales`, which is not what the path leads to.
      await ask(front, { path: '/wiki/', app: 'sales', headers: [forged, `Cookie: ${cookie}`] }),
    ];
    for (const { status } of answers) expect([400, 401, 403]).toContain(status);
  });

  // oauth2-proxy CVE-2025-64484, Traefik CVE-2026-39858
  it.each(['X_Dashgate_User', 'x-dashgate_user', 'Remote_User', 'X_Forwarded_User', 'X.Forwarded.For'])(
    'refuses %s: the front cannot take it away, and a dashboard would believe it',
    async (name) => {
      const answer = await ask(front, { path: '/robots.txt', headers: [`${name}: mica`] });
      expect(isIngress ? [answer.status, answer.headers.get('x-dashgate-status')] : [answer.status]).toEqual(
        isIngress ? [403, '400'] : [400],
      );
    },
  );

  it.each(['/hr/../robots.txt', '//robots.txt', '/%2e%2e/hr', '/open/..%2fhr', '/hr%00', '/hr;x', '/_dashgate/login'])(
    'refuses %s, which has no one reading',
    async (path) => {
      const { status } = await ask(front, { path, headers: [`Authorization: ${basicOf('mica')}`] });
      expect([400, 403]).toContain(status);
    },
  );

  it.each(['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw=='])(
    'a websocket of another site is refused, also where the front drops Upgrade from its question: %s',
    async (mark) => {
      const headers = [mark, `Cookie: ${cookie}`, 'Origin: https://evil.example'];
      expect((await ask(front, { path: '/wiki/ws', app: 'wiki', headers })).status).toBe(403);
    },
  );

  it('the post of another site is refused', async () => {
    const headers = [`Cookie: ${cookie}`, 'Origin: https://evil.example', 'Content-Length: 0'];
    expect((await ask(front, { path: '/wiki/', method: 'POST', app: 'wiki', headers })).status).toBe(403);
  });

  it.each(['', 'nowhere', 'Sales', 'sales%2f', '..'])('an address that names the app %j is refused', async (app) => {
    const { status } = await ask(front, { path: '/robots.txt', app });
    expect(status).toBe(403);
  });
});

it('Caddy, which renames what it takes over, finds each header, also where there is nothing to say', async () => {
  const said = `X-Forwarded-Uri: /robots.txt\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Host: ${gate.host}\r\nConnection: close`;
  const answer = await raw(
    gate.check,
    `GET /_dashgate/auth/forward?app=sales HTTP/1.1\r\nHost: dashgate\r\n${said}\r\n\r\n`,
  );
  expect(answer?.status).toBe(200);
  for (const name of ['User', 'Upstream-Cookie', 'Upstream-Authorization'])
    expect(answer?.headers.get(`x-dashgate-${name}`)).toBe('');
});

it('what a question leaves out is refused, not made up', async () => {
  const lines = [
    'GET /_dashgate/auth/forward?app=sales HTTP/1.1\r\nHost: dashgate\r\nX-Forwarded-Uri: /robots.txt\r\nX-Forwarded-Method: GET',
    `GET /_dashgate/auth/forward?app=sales HTTP/1.1\r\nX-Forwarded-Host: ${gate.host}\r\nX-Forwarded-Uri: /robots.txt`,
    `GET /_dashgate/auth/forward?app=sales HTTP/1.1\r\nX-Forwarded-Host: ${gate.host}\r\nX-Forwarded-Method: GET`,
    `GET /_dashgate/auth/forward HTTP/1.1\r\nX-Forwarded-Host: ${gate.host}\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Uri: /robots.txt`,
    `GET /_dashgate/auth/envoy/sales HTTP/1.1\r\nHost: ${gate.host}`,
    'GET /_dashgate/auth/envoy/sales/robots.txt HTTP/1.1',
    'GET /_dashgate/auth/nginx?front=ingress-nginx&app=sales HTTP/1.1\r\nX-Original-Method: GET',
  ];
  for (const line of lines) {
    const answer = await raw(gate.check, `${line}\r\nConnection: close\r\n\r\n`);
    expect([400, 403], line).toContain(answer?.status);
  }
});

it('ingress-nginx that asks as if it were nginx is refused: any client could write the words of nginx', async () => {
  const answer = await raw(
    gate.check,
    [
      ...['GET /_dashgate/auth/nginx?app=sales HTTP/1.1', 'Host: dashgate', 'X-Sent-From: nginx-ingress-controller'],
      ...[`X-Original-URL: http://${gate.host}/hr`, 'X-Original-Method: GET'],
      ...['X-Original-URI: /robots.txt', `X-Forwarded-Host: ${gate.host}`, 'Connection: close', '', ''],
    ].join('\r\n'),
  );
  expect([answer?.status, answer?.headers.get('x-dashgate-status')]).toEqual([403, '400']);
});

it('Envoy is told to drop what it was not told to overwrite', async () => {
  const { headers } = await ask('Envoy', { path: '/robots.txt' });
  const dropped = headers.get('x-envoy-auth-headers-to-remove')?.split(',') ?? [];
  for (const name of ['cookie', 'authorization', 'remote-user', 'x-webauth-user', 'x-forwarded-host', 'x-real-ip'])
    expect(dropped).toContain(name);
  const kept = await ask('Envoy', { path: '/robots.txt', headers: ['Cookie: theme=dark'] });
  expect(kept.headers.get('x-envoy-auth-headers-to-remove')?.split(',')).not.toContain('cookie');
  for (const name of ['user', 'name', 'email', 'groups', 'resources', 'assertion'])
    expect(dropped).not.toContain(`x-dashgate-${name}`);
});
