import { describe, expect, it } from 'vitest';
import { basicOf, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

const refusedFrom = (log: string): string[] =>
  log
    .split('\n')
    .filter((line) => line.includes('"refused"'))
    .map((line) => JSON.parse(line).from);

// authentik CVE-2023-36456, CVE-2024-47070
describe('X-Forwarded-For from anyone', () => {
  it.each([
    '10.1.2.3',
    'garbage',
    '::1',
    '',
    ',,,',
    '1.2.3.4, 5.6.7.8',
    '999.1.1.1',
    `${'1.2.3.4, '.repeat(500)}1.2.3.4`,
  ])('%j does not become the client’s address, and lets nobody in', async (value) => {
    await using gate = await startGate();
    expect((await gate.ask('/hr', { headers: { 'X-Forwarded-For': value } })).status).toBe(401);
    expect(refusedFrom(gate.logText())).toEqual(['127.0.0.1']);
  });

  it('what a trusted proxy says of another is taken, and garbage behind it means the proxy', async () => {
    await using gate = await startGate({ server: { trusted_proxies: ['127.0.0.1'] } });
    for (const value of ['6.6.6.6, 203.0.113.7', '6.6.6.6, garbage', '"><script>, 203.0.113.7']) {
      expect((await gate.ask('/hr', { headers: { 'X-Forwarded-For': value } })).status).toBe(401);
    }
    expect(refusedFrom(gate.logText())).toEqual(['203.0.113.7', '127.0.0.1', '203.0.113.7']);
  });
});

describe('a check listener that others can reach', () => {
  it('answers nobody who is not named', async () => {
    // On every address of the machine, so that being on loopback is no reason for trust.
    await using gate = await startGate({
      server: { check_listen: '0.0.0.0:0', trusted_proxies: ['192.0.2.1'] },
    });
    for (const endpoint of ['nginx', 'refuse'] as const) {
      const answer = await gate.verify('/robots.txt', { endpoint, headers: { Authorization: basicOf('mica') } });
      expect(answer.status).toBe(403);
      expect(answer.body).toBe('');
      expect(answer.headers.get('x-dashgate-user')).toBeNull();
    }
  });

  it('answers who is named', async () => {
    await using gate = await startGate({ server: { check_listen: '0.0.0.0:0', trusted_proxies: ['127.0.0.0/8'] } });
    expect((await gate.verify('/robots.txt')).status).toBe(200);
  });
});

// oauth2-proxy CVE-2026-34457
it('no header alone makes the check say yes', async () => {
  await using gate = await startGate();
  for (const headers of [
    { 'User-Agent': 'GoogleHC/1.0' },
    { 'User-Agent': 'kube-probe/1.31' },
    { 'User-Agent': 'ELB-HealthChecker/2.0' },
    { 'X-Health-Check': '1' },
    { 'X-Dashgate-User': 'mica' },
    { 'X-Original-Upgrade': 'websocket' },
    { Upgrade: 'websocket', Connection: 'Upgrade' },
    { Range: 'bytes=0-0' },
    { 'If-None-Match': '*' },
    { 'Content-Length': '0' },
  ]) {
    for (const path of ['/', '/hr', '/ping', '/healthz', '/readyz', '/metrics', '/favicon.ico']) {
      expect((await gate.verify(path, { headers })).status, `${path} ${JSON.stringify(headers)}`).toBe(401);
    }
  }
});

it('the check says nothing to another method than GET', async () => {
  await using gate = await startGate();
  for (const method of ['HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const bytes = [
      `${method} /_dashgate/auth/nginx HTTP/1.1`,
      ...['Host: x', 'Connection: close', 'X-Original-URI: /robots.txt', 'X-Original-Method: GET'],
      ...['X-Forwarded-Host: dash.example.com', 'X-Dashgate-App: sales', 'Content-Length: 0', '', ''],
    ].join('\r\n');
    expect((await raw(gate.check as string, bytes))?.status, method).toBe(403);
  }
});
