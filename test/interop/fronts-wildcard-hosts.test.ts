import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { FrontName } from '../../src/fronts/options.ts';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import type { Front } from './fronts/envoy.ts';
import { startPrinted } from './fronts/init.ts';

needs('caddy')('an app at every host of one label, behind Caddy', () => promises('caddy'));
needs('fronts')('an app at every host of one label, behind Envoy', () => promises('envoy'));
needs('fronts')('an app at every host of one label, behind Traefik', () => promises('traefik'));

function promises(name: FrontName): void {
  let dir: TempDir;
  let gate: Gate;
  let front: Front;
  beforeAll(async () => {
    const publicUrl = 'http://dash.example.com';
    const server = { prefix: '/gate', trusted_proxies: ['127.0.0.1'] };
    const apps = (upstream: string) => [
      { name: 'home', at: '/', upstream },
      { name: 'tenants', at: 'http://*.dash.example.com/', upstream },
      { name: 'named', at: 'http://named.dash.example.com/app/', upstream },
    ];
    gate = await startGate({
      publicUrl,
      server: { ...server, check_listen: '127.0.0.1:0' },
      apps: apps('$UPSTREAM'),
    });
    dir = await tempDir();
    const listening = { listen: `127.0.0.1:${gate.port}`, check_listen: `127.0.0.1:${gate.check}` };
    const config = await dir.write(
      'dashgate.yaml',
      stringify({
        server: { ...server, ...listening, public_url: publicUrl },
        directories: [{ file: 'users.yaml' }],
        apps: apps(gate.upstream.url),
      }),
    );
    front = await startPrinted(name, { config, port: await freePort(), prefix: server.prefix });
  }, 60_000);
  afterAll(async () => {
    await front?.[Symbol.asyncDispose]();
    await gate?.[Symbol.asyncDispose]();
    await dir?.[Symbol.asyncDispose]();
  });

  const get = (host: string, path: string, headers = `Authorization: ${basicOf('mica')}\r\n`) =>
    raw(front.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers}Connection: close\r\n\r\n`, 15_000);
  const arrived = (path: string) => gate.upstream.seen.filter(({ url }) => url === path).map(({ headers }) => headers);

  it('each of its hosts leads to it, which is told by which one it was asked', async () => {
    for (const host of ['x.dash.example.com', 'y-2.dash.example.com']) {
      expect([host, (await get(host, `/${host}`))?.status]).toEqual([host, 200]);
      const [headers] = arrived(`/${host}`);
      expect([headers?.host, headers?.['x-dashgate-user']]).toEqual([host, 'mica']);
    }
  });

  it('whoever is not signed in is led to our pages at that host, below the prefix of the configuration', async () => {
    const person = 'Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nAccept: text/html\r\n';
    const answer = await get('x.dash.example.com', '/report', person);
    const origin = 'http://x.dash.example.com';
    expect([answer?.status, answer?.headers.get('location')]).toEqual([
      302,
      `${origin}/gate/login?return_to=${encodeURIComponent(`${origin}/report`)}`,
    ]);
    expect((await get('x.dash.example.com', '/gate/session', ''))?.status).toBe(401);
    expect((await get('x.dash.example.com', '/_dashgate/session'))?.status).toBe(200);
    expect(arrived('/_dashgate/session')).toHaveLength(1);
  });

  it('where the request line names one of them and the Host header another, the one that is judged is told', async () => {
    const ask = (line: string, host: string, headers: string) =>
      get(host, `http://${line}/twofold`, headers).catch(() => null);
    for (const [line = '', host = ''] of [
      ['x.dash.example.com', 'y.dash.example.com'],
      ['y.dash.example.com', 'dash.example.com'],
      ['dash.example.com', 'y.dash.example.com'],
    ]) {
      const page = 'Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\nAccept: text/html\r\n';
      const judged = (await ask(line, host, page))?.headers.get('location') ?? '';
      gate.upstream.clear();
      const answer = await ask(line, host, `Authorization: ${basicOf('mica')}\r\n`);
      const told = arrived('/twofold').map((headers) => headers.host);
      expect([line, told]).toEqual([line, answer?.status === 200 ? [new URL(judged).host] : []]);
    }
  });

  it('no other host does, and one that is named by itself is no part of it', async () => {
    for (const host of [
      ...['evil.com', 'a.b.dash.example.com', '.dash.example.com', 'x.dash.example.com.evil.com', '-.dash.example.com'],
      ...['*.dash.example.com', 'x_y.dash.example.com', 'x.dash.example.com:81', 'x..dash.example.com'],
    ])
      await get(host, '/none').catch(() => null);
    expect((await get('named.dash.example.com', '/none'))?.status).toBe(404);
    expect((await get('named.dash.example.com', '/app/x'))?.status).toBe(200);
    expect(arrived('/none')).toEqual([]);
  });
}
