import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curl } from '../support/curl.ts';
import { freePort } from '../support/free-port.ts';
import type { Gate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';
import { AUDIENCE, type Issuer, startIssuer } from '../support/start-issuer.ts';
import { BEARER_APPS, makeToken, startTokenGate, statusesOf } from '../support/tokens.ts';
import { bothWays, startGateBy } from '../support/ways.ts';
import { dashgate } from './command.ts';

const issuersOf = ({ issuer, jwksUrl }: Issuer, more: object = {}) => [
  { id: 'ci', issuer, jwks_url: jwksUrl, audience: [AUDIENCE], resources_claim: 'scope', ...more },
];

bothWays('tokens of programs', (way) => {
  let gate: Gate;
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
    gate = await startGateBy(way, await freePort(), { apps: BEARER_APPS, token_issuers: issuersOf(issuer) });
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await issuer?.[Symbol.asyncDispose]();
  });
  const ask = (path: string, ...args: string[]) => curl(...args, `${gate.origin}${path}`);

  it('are let in, told of, and go no further', async () => {
    const { token } = await makeToken(gate, 'hanna');
    for (const args of [
      ['-H', `Authorization: Bearer ${token}`],
      ['-u', `hanna:${token}`],
      ['-H', `Authorization: Bearer ${await issuer.sign({ scope: 'openid hr' })}`],
    ]) {
      expect((await ask('/hr/x', ...args)).status).toBe(200);
      const { headers } = gate.upstream.last();
      expect(headers.authorization ?? '').toBe('');
      expect(['hanna', 'ci:build-7']).toContain(headers['x-dashgate-user']);
    }
  });

  it('that do not hold are answered 401 in the words of RFC 6750, and never by a page', async () => {
    const { status, headers } = await ask('/hr/x', '-H', 'Authorization: Bearer nonsense');
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="dashgate", error="invalid_token"']);
    const { status: narrow, headers: said } = await ask('/hr/x', '-H', `Authorization: Bearer ${await issuer.sign()}`);
    expect([narrow, said.get('www-authenticate')]).toEqual([
      403,
      'Bearer realm="dashgate", error="insufficient_scope"',
    ]);
  });

  it('are 503 while the keys of their issuer cannot be had', async () => {
    const token = await issuer.sign();
    issuer.intercept = (_request, response) => Boolean(response.writeHead(500).end());
    await gate.reconfigure({ token_issuers: issuersOf(issuer, { leeway: '31s' }) });
    expect((await ask('/x', '-H', `Authorization: Bearer ${token}`)).status).toBe(503);
    issuer.intercept = null;
  });

  it('do not change what another site may send', async () => {
    const { token } = await makeToken(gate, 'hanna');
    const args = ['-X', 'POST', '-H', `Authorization: Bearer ${token}`, '-H', 'Origin: https://evil.example'];
    expect((await ask('/hr/x', ...args)).status).toBe(403);
  });
});

describe('fronts that ask in other words', () => {
  it.each([
    ['Traefik', 'GET /_dashgate/auth/forward?front=traefik&app=sales'],
    ['Envoy', 'GET /_dashgate/auth/envoy/sales/hr/x'],
  ])('%s is told who a token is of, and to drop it', async (front, line) => {
    await using gate = await startTokenGate();
    const { token } = await makeToken(gate, 'hanna');
    const words = `X-Forwarded-Uri: /hr/x\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Host: ${gate.host}\r\nHost: dashgate\r\n`;
    const head = `${line} HTTP/1.1\r\n${front === 'Envoy' ? `Host: ${gate.host}\r\n` : words}Connection: close\r\n`;
    const answer = await raw(gate.check, `${head}Authorization: Bearer ${token}\r\n\r\n`);
    expect([answer?.status, answer?.headers.get('x-dashgate-user')]).toEqual([200, 'hanna']);
    expect(answer?.headers.get('authorization')).toBeNull();
    if (front === 'Envoy')
      expect(answer?.headers.get('x-envoy-auth-headers-to-remove')).toMatch(/(?:^|,)authorization(?:,|$)/);
    const bad = await raw(gate.check, `${head}Authorization: Bearer ${token}x\r\n\r\n`);
    expect([bad?.status, bad?.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ]);
  });
});

it('an operator ends the tokens that an issuer gave somebody until now', async () => {
  await using issuer = await startIssuer();
  await using gate = await startTokenGate({ token_issuers: issuersOf(issuer) });
  const [mine, others] = [await issuer.sign(), await issuer.sign({ sub: 'build-8' })];
  expect(await statusesOf(gate, mine)).toEqual([200, 200]);
  expect((await dashgate(['revoke', 'ci:build-7'], { cwd: gate.dir.path })).code).toBe(0);
  await expect.poll(() => statusesOf(gate, mine), { timeout: 5000 }).toEqual([401, 401]);
  expect(await statusesOf(gate, others)).toEqual([200, 200]);
  const later = Math.floor(Date.now() / 1000) + 3;
  expect(await statusesOf(gate, await issuer.sign({ iat: later }))).toEqual([200, 200]);
});

it('what came with requests is counted by kind', async () => {
  await using issuer = await startIssuer();
  await using gate = await startTokenGate({ token_issuers: issuersOf(issuer) });
  const { token } = await makeToken(gate, 'hanna');
  for (const text of [token, await issuer.sign(), 'nonsense'])
    await gate.ask('/x', { headers: { Authorization: `Bearer ${text}` } });
  const metrics = await (await fetch(`http://127.0.0.1:${gate.admin}/metrics`)).text();
  for (const labels of [
    'kind="bearer-personal",result="identified"',
    'kind="bearer-issued",result="identified"',
    'kind="bearer",result="rejected"',
  ])
    expect(metrics).toContain(`dashgate_credentials_total{${labels}} 1`);
});

it('explain says by what an app lets itself be opened, and where a token does not do', async () => {
  await using gate = await startTokenGate({ apps: [{ ...BEARER_APPS[0], require: { max_age: '8h' } }] });
  const { stdout } = await dashgate(['explain', '--app', 'sales', '--user', 'hanna'], { cwd: gate.dir.path });
  expect(stdout).toContain('  proved by   a session (cookie), a password with each request (basic), a token with each');
  expect(stdout).toContain('token-not-enough');
});
