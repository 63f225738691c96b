import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, rawTo, startGate } from '../support/gate.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const NAMES = [
  ...['X-Dashgate-User', 'X-Dashgate-Name', 'X-Dashgate-Email', 'X-Dashgate-Groups', 'X-Dashgate-Resources'],
  ...['X-Dashgate-Assertion', 'X-Dashgate-Anything', 'Remote-User', 'Remote-Groups', 'X-Remote-User'],
  ...['X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Groups', 'X-Forwarded-Preferred-Username'],
  ...['X-Auth-Request-User', 'X-Auth-Request-Email', 'X-WEBAUTH-USER', 'X-Streamlit-User', 'TabPy-User'],
  ...['Shiny-Server-Credentials', 'RStudio-Connect-Credentials', 'Bokeh-Session-Id', 'X-Script-Name', 'X-Scheme'],
];

const spellings = (name: string): string[] => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  name.replaceAll('-', '_'),
  name.toLowerCase().replace('-', '_'),
  name.toUpperCase().replace(/-(?=[^-]*$)/, '_'),
  name.replaceAll('-', '.'),
  name.replaceAll('-', '!'),
];

/** As WSGI and CGI servers name them. */
const asSeenByPython = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

const get = (path: string, lines: readonly string[]) =>
  rawTo(gate, [`GET ${path} HTTP/1.1`, 'Host: $HOST', ...lines, '', ''].join('\r\n'));

// oauth2-proxy CVE-2025-64484; Traefik CVE-2026-39858, CVE-2026-54763, CVE-2026-33433
describe.each(NAMES)('%s, forged', (name) => {
  it.each(spellings(name))('as %s reaches no dashboard', async (spelling) => {
    const lines = [`${spelling}: FORGED`, `${spelling}: FORGED-TOO`, `Authorization: ${basicOf('nora')}`];
    expect((await get('/x', lines))?.status).toBe(200);
    const { rawHeaders } = gate.upstream.last();
    expect(rawHeaders.join('\n')).not.toContain('FORGED');
    const seen = rawHeaders.filter(
      (header, index) => index % 2 === 0 && asSeenByPython(header) === asSeenByPython(name),
    );
    expect(seen.length).toBeLessThanOrEqual(1);
  });
});

it('nor beside a page that needs no login', async () => {
  const lines = NAMES.flatMap(spellings).map((name) => `${name}: FORGED`);
  for (let index = 0; index < lines.length; index += 60) {
    expect((await get('/robots.txt', lines.slice(index, index + 60)))?.status).toBe(200);
    const { rawHeaders } = gate.upstream.last();
    expect(rawHeaders.join('\n')).not.toContain('FORGED');
    expect(rawHeaders.join('\n')).not.toMatch(/x-dashgate-/i);
  }
});

// Traefik CVE-2024-45410, CVE-2026-29054; Oathkeeper GHSA-w9mr
describe('an identity header that the client lists in Connection', () => {
  it.each(['Connection', 'connection', 'CONNECTION', 'Proxy-Connection'])(
    '%s takes none of ours away',
    async (header) => {
      const named =
        'close, X-Dashgate-User, x-dashgate-groups, X-FORWARDED-FOR, X-Forwarded-Host, X-Forwarded-Proto, Host, Cookie';
      const answer = await get('/x', [
        `${header}: ${named}`,
        'X-Dashgate-User: FORGED',
        `Authorization: ${basicOf('mica')}`,
      ]);
      expect(answer?.status).toBe(200);
      expect(gate.upstream.last().headers).toMatchObject({
        'x-dashgate-user': 'mica',
        'x-dashgate-resources': '_all_',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-host': gate.host,
        'x-forwarded-proto': 'http',
        host: gate.host,
      });
    },
  );

  it('two Connection headers, and an odd one', async () => {
    for (const lines of [
      ['Connection: X-Dashgate-User', 'Connection: close'],
      ['Connection: close,,X-Dashgate-User ,', 'Connection: \tx-dashgate-email'],
    ]) {
      await get('/x', [...lines, `Authorization: ${basicOf('mica')}`]);
      expect(gate.upstream.last().headers['x-dashgate-user']).toBe('mica');
      expect(gate.upstream.last().headers['x-dashgate-email']).toBe('mica@example.com');
    }
  });

  it('Connection: Authorization or Cookie does not turn a request into another’s', async () => {
    const cookie = await gate.signIn('nora');
    const answer = await get('/x', [
      'Connection: close, Authorization',
      `Cookie: ${cookie}`,
      'Authorization: Basic eDp5',
    ]);
    expect(answer?.status).toBe(401);
  });
});

// Caddy CVE-2026-30851, CVE-2026-52845
it('the check names every header always, empty where there is nothing, so that a client’s own copy is overwritten', async () => {
  for (const [path, headers] of [
    ['/robots.txt', {}],
    ['/x', { Authorization: basicOf('nora') }],
  ] as const) {
    const answer = await gate.verify(path, { headers: { ...headers, 'X-Dashgate-User': 'mica' } });
    expect(answer.status).toBe(200);
    for (const name of [
      'User',
      'Name',
      'Email',
      'Groups',
      'Resources',
      'Assertion',
      'Upstream-Authorization',
      'Upstream-Cookie',
    ]) {
      expect(answer.headers.get(`x-dashgate-${name}`), name).not.toBeNull();
    }
    expect(answer.headers.get('x-dashgate-groups')).toBe('');
    expect(answer.headers.get('x-dashgate-user')).toBe(path === '/x' ? 'nora' : '');
  }
});

it('a dashboard’s own X-Dashgate headers reach no client', async () => {
  await using impostor = await startGate({
    answer: (_request, response) =>
      response
        .writeHead(200, { 'X-Dashgate-User': 'FORGED', 'X-Dashgate-Status': '400', 'Set-Cookie': 'dashgate=FORGED' })
        .end(),
  });
  const answer = await impostor.ask('/robots.txt');
  expect([...answer.headers].join('\n')).not.toMatch(/FORGED|x-dashgate/i);
});
