import { chmod } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basic, basicOf, type Gate, startGate } from '../support/gate.ts';

// The credential that dashgate has for a TabPy behind it is in a file of mode 600. Traefik CVE-2026-41181 is of this kind: what is
// meant for one place behind the proxy was told to another.

const SERVICE = basic('dashgate', 'service-Kw8');

describe('a service credential', () => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate({
      async prepare(dir) {
        await dir.write('tabpy.password', 'service-Kw8\n');
        await chmod(dir.file('tabpy.password'), 0o600);
      },
      apps: [
        {
          ...{ name: 'tabpy', at: '/', kind: 'tabpy', upstream: '$UPSTREAM', public: ['/query/open'] },
          upstream_auth: 'fixed',
          upstream_credentials: { user: 'dashgate', password_file: 'tabpy.password' },
          resources: [{ resource: 'hr', paths: ['/query/hr'] }],
          open: ['/**'],
        },
        { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM', public: ['/**'] },
      ],
      answer: (request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(
          JSON.stringify({ url: request.url, headers: request.headers, versions: { v1: { features: {} } } }),
        );
      },
    });
  });
  afterAll(() => gate[Symbol.asyncDispose]());

  it.each([
    ['GET', '/'],
    ['GET', '/index.html'],
    ['OPTIONS', '/evaluate'],
    ['OPTIONS', '/info'],
  ])('is not told to whoever asks about what TabPy leaves open: %s %s', async (method, path) => {
    const asked = await gate.verify(path, { app: 'tabpy', headers: { 'X-Original-Method': method } });
    expect(asked.status).toBe(200);
    expect(asked.headers.get('x-dashgate-upstream-authorization')).toBe('');
    await gate.ask(path, { method });
    expect(gate.upstream.last().headers.authorization).toBeUndefined();
  });

  it('goes with what the configuration opens, and with what is granted, in place of the client’s own', async () => {
    for (const [path, headers] of [
      ['/query/open', {}],
      ['/query/hr', { Authorization: basicOf('hanna') }],
      ['/query/x', { Authorization: basicOf('nora'), Connection: 'authorization' }],
    ] as const) {
      const asked = await gate.verify(path, { app: 'tabpy', headers });
      expect([asked.status, asked.headers.get('x-dashgate-upstream-authorization')]).toEqual([200, SERVICE]);
      expect((await gate.ask(path, { headers })).status).toBe(200);
      expect(gate.upstream.last().headers.authorization).toBe(SERVICE);
    }
  });

  it('is in no refusal, in no other app, and in no log', async () => {
    for (const path of ['/query/hr', '/evaluate', '/info', '/wiki/x', '/query%2fhr']) {
      for (const headers of [{}, { Authorization: basicOf('nora') }, { Authorization: basic('mica', 'x') }]) {
        const app = path.startsWith('/wiki') ? 'wiki' : 'tabpy';
        const answers = [
          await gate.verify(path, { app: 'wiki', headers }),
          await gate.verify(path, { app, endpoint: 'refuse', headers }),
        ];
        if (path !== '/info' && path !== '/evaluate') answers.push(await gate.verify(path, { app, headers }));
        for (const answer of answers) expect(JSON.stringify([...answer.headers]) + answer.body).not.toContain(SERVICE);
      }
    }
    await gate.ask('/wiki/x', { headers: { Authorization: basicOf('mike') } });
    expect(gate.upstream.last().headers.authorization).not.toBe(SERVICE);
    for (const secret of ['service-Kw8', SERVICE.slice(6)]) expect(gate.logText()).not.toContain(secret);
  });
});
