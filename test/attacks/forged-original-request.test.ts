import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startGate();
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

/** What would make a credulous proxy judge another request than the one that it forwards. */
const FORGED = {
  'X-Original-URI': '/robots.txt',
  'X-Original-URL': '/robots.txt',
  'X-Original-Method': 'OPTIONS',
  'X-Rewrite-URL': '/robots.txt',
  'X-Forwarded-Uri': '/robots.txt',
  'X-Forwarded-Method': 'OPTIONS',
  'X-Forwarded-Host': 'elsewhere.example',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Prefix': '/open',
  'X-Forwarded-Port': '443',
  'X-Forwarded-For': '6.6.6.6',
  Forwarded: 'for=127.0.0.1;host=elsewhere.example;proto=https',
  'X-Real-IP': '127.0.0.1',
  'X-HTTP-Method-Override': 'GET',
  'X-Dashgate-App': 'wiki',
  'X-Dashgate-User': 'mica',
  // Next.js CVE-2025-29927
  'X-Middleware-Subrequest': 'middleware:middleware:middleware:middleware:middleware',
};

// oauth2-proxy CVE-2026-40575 (GHSA-7x63), Traefik CVE-2026-35051, CVE-2026-54764, Oathkeeper CVE-2026-33495
describe('on the public listener, from a peer that nobody trusts', () => {
  it.each(Object.entries(FORGED))('%s: %s opens no page', async (name, value) => {
    expect((await gate.ask('/hr', { headers: { [name]: value } })).status).toBe(401);
    const authorization = basicOf('mike');
    expect((await gate.ask('/hr', { headers: { [name]: value, authorization } })).status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });

  it('none of them reaches the dashboard, and what it is told is ours', async () => {
    const { headers } = await askAs('nora', FORGED);
    for (const [name, value] of Object.entries(FORGED)) {
      if (name !== 'X-HTTP-Method-Override') expect(headers[name.toLowerCase()], name).not.toBe(value);
    }
    expect(headers).toMatchObject({
      'x-forwarded-host': gate.host,
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
      'x-dashgate-user': 'nora',
      host: gate.host,
    });
    expect(Object.keys(headers).filter((name) => name.startsWith('x-forwarded'))).toEqual([
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
    ]);
  });

  it('the login redirect and the cookie go by the configuration, not by X-Forwarded-Host and -Proto', async () => {
    const answer = await gate.ask('/hr', { headers: { ...FORGED, Accept: 'text/html' } });
    expect(answer.headers.get('location')).toMatch(/^http:\/\/dash\.example\.com\/_dashgate\/login\?/);
    const login = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { ...FORGED, 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'nora', password: 'nora-Xb9' }),
    });
    expect(login.status).toBe(200);
    expect(login.headers.getSetCookie().join()).not.toMatch(/Secure|elsewhere/);
  });

  async function askAs(user: 'nora', headers: Record<string, string>) {
    const answer = await gate.ask('/x', { headers: { ...headers, Authorization: basicOf(user) } });
    expect(answer.status).toBe(200);
    return gate.upstream.last();
  }
});

// oauth2-proxy CVE-2026-40575: with nothing said, or said twice, there is nothing to judge.
describe('on the check listener, what the front must say', () => {
  const WHOLE: Record<string, string> = {
    'X-Original-URI': '/robots.txt',
    'X-Original-Method': 'GET',
    'X-Forwarded-Host': 'dash.example.com',
    'X-Dashgate-App': 'sales',
  };
  const check = (lines: readonly string[]) =>
    raw(
      gate.check as string,
      ['GET /_dashgate/auth/nginx HTTP/1.1', 'Host: dashgate', 'Connection: close', ...lines, '', ''].join('\r\n'),
    );
  const linesOf = (said: Record<string, string>): string[] =>
    Object.entries(said).map(([name, value]) => `${name}: ${value}`);

  it('is enough for a public page when it is whole', async () => {
    expect((await check(linesOf(WHOLE)))?.status).toBe(200);
  });

  const MICA = `Authorization: ${basicOf('mica')}`;
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(WHOLE).filter(([key]) => key !== name));

  it.each(['X-Original-URI', 'X-Original-Method', 'X-Forwarded-Host'])(
    'missing %s: 403, and 400 for people',
    async (name) => {
      for (const said of [
        linesOf(without(name)),
        [...linesOf(without(name)), MICA],
        linesOf({ ...WHOLE, [name]: '' }),
      ]) {
        const answer = await check(said);
        expect(answer?.status).toBe(403);
        expect(answer?.headers.get('x-dashgate-status')).toBe('400');
        expect(answer?.headers.get('set-cookie')).toBeNull();
      }
    },
  );

  it.each(Object.keys(WHOLE))('%s twice: 403, and 400 for people', async (name) => {
    for (const value of [WHOLE[name], '/hr', '']) {
      for (const said of [
        [...linesOf(WHOLE), `${name}: ${value}`],
        [`${name.toLowerCase()}: ${value}`, ...linesOf(WHOLE)],
      ]) {
        const answer = await check([...said, MICA]);
        expect(answer?.status).toBe(403);
        expect(answer?.headers.get('x-dashgate-status')).toBe('400');
      }
    }
  });

  it.each([
    ['X-Original-URI', 'robots.txt'],
    ['X-Original-URI', 'http://dash.example.com/robots.txt'],
    ['X-Original-URI', '*'],
    ['X-Original-URI', '/robots.txt /hr'],
    ['X-Original-URI', '/robots.txt#'],
    ['X-Original-URI', '/%zz'],
    ['X-Original-URI', '/\xff'],
    ['X-Original-URI', `/${'x'.repeat(20_000)}`],
    ['X-Original-Method', 'get'],
    ['X-Original-Method', 'GET, POST'],
    ['X-Original-Method', 'GET /'],
    ['X-Original-Method', '1'],
    ['X-Forwarded-Host', 'dash.example.com, evil.example'],
    ['X-Forwarded-Host', 'dash.example.com/'],
    ['X-Forwarded-Host', 'dash.example.com@evil.example'],
    ['X-Forwarded-Host', 'dash example com'],
    ['X-Forwarded-Host', '[::1'],
  ])('%s: %s is not guessed at', async (name, value) => {
    const answer = await check([...linesOf({ ...WHOLE, [name]: value }), MICA]);
    expect(answer?.status).toBe(403);
    expect(answer?.headers.get('x-dashgate-status')).toBe('400');
  });

  // Traefik CVE-2026-39858, CVE-2026-54763: aliases of what the front says.
  it.each(['X_Original_URI', 'X-Original_URI', 'X-Original-Url', 'X-Forwarded-Uri', 'X-Rewrite-Url'])(
    'a client’s own %s plays no part',
    async (name) => {
      const said = { ...WHOLE, 'X-Original-URI': '/hr', [name]: '/robots.txt' };
      expect((await check(linesOf(said)))?.status).toBe(401);
    },
  );

  it('the path of the question itself is not the path in question', async () => {
    const answer = await raw(
      gate.check as string,
      'GET /_dashgate/auth/nginx?uri=/robots.txt&app=sales HTTP/1.1\r\nHost: dash.example.com\r\nConnection: close\r\n\r\n',
    );
    expect(answer?.status).toBe(403);
  });

  it.each([
    ['another app', { 'X-Dashgate-App': 'wiki' }],
    ['no app', { 'X-Dashgate-App': '' }],
    ['an app that is none', { 'X-Dashgate-App': 'nothing' }],
    ['another case', { 'X-Dashgate-App': 'Sales' }],
    ['a list', { 'X-Dashgate-App': 'sales, wiki' }],
    ['a host of nobody', { 'X-Forwarded-Host': 'elsewhere.example' }],
    ['the page of another app', { 'X-Original-URI': '/wiki/x' }],
    ['our own pages', { 'X-Original-URI': '/_dashgate/login' }],
    ['our own pages in capitals', { 'X-Original-URI': '/_DASHGATE/login' }],
    ['our own prefix', { 'X-Original-URI': '/_dashgate' }],
  ])('%s: 403 app-mismatch, whoever asks', async (_what, change) => {
    const answer = await check([...linesOf({ ...WHOLE, ...change }), MICA]);
    expect(answer?.status).toBe(403);
    expect(answer?.headers.get('x-dashgate-reason')).toBe('app-mismatch');
    expect(answer?.headers.get('x-dashgate-user')).toBeNull();
  });
});
