import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createOwnPaths } from '../../src/lib/own-paths.ts';
import { noticeTag } from '../../src/notice/script.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, PASSWORDS, startGate } from '../support/gate.ts';
import { startOidcGate } from '../support/oidc-gate.ts';
import { SEVERAL, SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { createVisitor } from '../support/visitor.ts';
import { createWalker, type Walker } from '../support/walker.ts';
import { bothWays, startGateBy } from '../support/ways.ts';

const GATE = createOwnPaths('/gate');
const server = { prefix: GATE.prefix };

/** Everything that a page of ours, or the head of its answer, leads to. */
const links = (page: string): string[] => [...page.matchAll(/(?:href|action|src)="([^"]*)"/g)].map(([, at = '']) => at);

bothWays('dashgate at a prefix of its own choice', (way) => {
  const start = async (options: Parameters<typeof startGateBy>[2] = {}): Promise<Gate> =>
    startGateBy(way, await freePort(), { ...options, server });
  const signedIn = async (gate: Gate): Promise<Walker> => {
    const walker = createWalker();
    await walker.go(gate.origin + GATE.login, { user: 'mica', password: PASSWORDS.mica });
    return walker;
  };

  it('leads to its login page and back, and every link, cookie and redirect stays below that prefix', async () => {
    await using gate = await start();
    const walker = createWalker();
    const page = await walker.follow(`${gate.origin}/report?year=2026`);
    const wanted = `${gate.origin}/report?year=2026`;
    expect(page.url.href).toBe(`${gate.origin}/gate/login?return_to=${encodeURIComponent(wanted)}`);
    expect(links(page.body).filter((link) => !link.startsWith('/gate/'))).toEqual([]);
    for (const asset of links(page.body).filter((link) => link.includes('/assets/')))
      expect([asset, (await walker.go(gate.origin + asset)).status]).toEqual([asset, 200]);
    const form = { user: 'mica', password: PASSWORDS.mica, return_to: wanted };
    const answer = await walker.go(page.url.origin + GATE.login, form);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, wanted]);
    const kept = answer.headers.getSetCookie().map((line) => /^([^=]*)=.*; Path=([^;]*)/.exec(line)?.slice(1, 3));
    expect(kept).toEqual([
      ['dashgate', '/'],
      ['dashgate-user', '/gate/login'],
      ['dashgate-device', '/gate/login'],
    ]);
    expect((await walker.go(wanted)).status).toBe(200);
    expect(gate.upstream.last()).toMatchObject({ url: '/report?year=2026', headers: { 'x-dashgate-user': 'mica' } });
  });

  it('has its pages and APIs there, and whoever signs out is signed out', async () => {
    await using gate = await start({ personal_tokens: {}, apps: [{ ...APP, credentials: ['cookie', 'bearer'] }] });
    const walker = await signedIn(gate);
    for (const path of [GATE.login, GATE.sessions, GATE.logout, GATE.tokens]) {
      const page = await walker.go(gate.origin + path);
      expect([path, page.status]).toEqual([path, 200]);
      expect(links(page.body).filter((link) => link.startsWith('/') && !link.startsWith('/gate/'))).toEqual([]);
      expect(page.body).not.toContain('_dashgate');
    }
    expect(JSON.parse((await walker.go(gate.origin + GATE.session)).body)).toMatchObject({ user: 'mica' });
    expect((await walker.go(`${gate.origin}/gate/jwks.json`)).status).toBe(200);
    const out = await walker.go(gate.origin + GATE.logout, { sent: 'x' });
    expect([out.status, out.headers.get('location')]).toEqual([303, '/gate/logout']);
    expect((await walker.go(gate.origin + GATE.session)).status).toBe(401);
    expect((await walker.go(`${gate.origin}/x`)).headers.get('location')).toContain(`${gate.origin}/gate/login?`);
  });

  it('names its login page to programs, and puts its notice into pages with the script that is there', async () => {
    const answer: RequestListener = (_, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<html><head><title>x</title></head></html>');
    };
    await using gate = await start({ answer, apps: [{ ...APP, session_notice: 'on' }] });
    const walker = await signedIn(gate);
    const { body } = await walker.go(`${gate.origin}/x`);
    expect(body).toContain(noticeTag(GATE));
    const [script = ''] = links(noticeTag(GATE));
    const served = await walker.go(gate.origin + script);
    expect([served.status, served.body.includes('_dashgate')]).toEqual([200, false]);
    const told = await fetch(`${gate.origin}/x`, { redirect: 'manual' });
    expect([told.status, told.headers.get('x-dashgate-login')]).toEqual([
      401,
      `${gate.origin}/gate/login?return_to=${encodeURIComponent(`${gate.origin}/`)}`,
    ]);
  });

  it('leaves the default prefix to the dashboard, which is asked about like any path', async () => {
    await using gate = await start();
    const stranger = await createWalker().go(`${gate.origin}/_dashgate/login`);
    expect(stranger.headers.get('location')).toContain(`${gate.origin}/gate/login?return_to=`);
    const walker = await signedIn(gate);
    expect((await walker.go(`${gate.origin}/_dashgate/login?x=1`)).status).toBe(200);
    expect(gate.upstream.last().url).toBe('/_dashgate/login?x=1');
  });

  it('signs people in at a provider that knows its redirect URI, and out there', async () => {
    await using stage = await startOidcGate({ way, server });
    const walker = createWalker();
    const back = await stage.signIn(walker, 'mica');
    expect([back.status, back.url.pathname]).toEqual([200, '/report']);
    expect(await stage.who(walker)).toMatchObject({ user: 'corp:mica' });
    const out = await walker.go(stage.gate.origin + GATE.logout, { sent: 'x' });
    const leaving = /url=([^"]*)"/.exec(out.body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(new URL(leaving).searchParams.get('post_logout_redirect_uri')).toBe(`${stage.gate.origin}/gate/logout`);
  });
});

const APP = { name: 'sales', at: '/', upstream: '$UPSTREAM' };

describe('dashgate at a prefix of its own choice, further', () => {
  it('carries a session to another host by it', async () => {
    await using gate = await startGate({ ...SEVERAL, server });
    const mica = createVisitor(gate);
    const { way, answer } = await signInAt(mica, 'mica', 'https://a.example.com/x', GATE);
    expect(answer.status).toBe(200);
    expect(way.map((each) => each.replace(/\?.*/, ''))).toEqual([
      `${SIGN_IN}/gate/login`,
      `${SIGN_IN}/gate/handoff`,
      'https://a.example.com/x',
      'https://a.example.com/gate/login',
      `${SIGN_IN}/gate/handoff`,
      'https://a.example.com/gate/handoff',
      'https://a.example.com/x',
    ]);
  });

  it('may have several segments, and stand below an app', async () => {
    await using gate = await startGate({
      server: { prefix: '/sales/own/' },
      apps: [{ ...APP, at: '/sales/' }],
    });
    expect(gate.config.server.prefix).toBe('/sales/own');
    expect((await gate.ask('/sales/own/login')).status).toBe(200);
    const headers = { Authorization: basicOf('mica') };
    expect((await gate.ask('/sales/owned', { headers })).status).toBe(200);
    const home = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
    expect((await gate.ask('/', { headers: home })).headers.get('location')).toBe(`${gate.origin}/sales/own/login`);
  });
});
