import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { basicOf, type Gate, type User } from '../support/gate.ts';
import { bothWays, startGateBy } from '../support/ways.ts';

bothWays('several apps on one host', (way) => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGateBy(way, await freePort(), {
      apps: [
        { name: 'a', at: '/a/', upstream: '$UPSTREAM/one/', resource: 'marketing' },
        { name: 'ab', at: '/ab/', upstream: '$UPSTREAM', resource: 'hr' },
        { name: 'inner', at: '/a/b/', upstream: '$UPSTREAM/three/', resource: 'hr' },
        { name: 'home', at: '/', upstream: '$UPSTREAM' },
      ],
    });
  });
  afterAll(() => gate?.[Symbol.asyncDispose]());

  const ask = (path: string, user: User) =>
    fetch(`${gate.origin}${path}`, { redirect: 'manual', headers: { Authorization: basicOf(user) } });

  it.each([
    ['/a/', 'mike', '/one/'],
    ['/a/x?y', 'mike', '/one/x?y'],
    ['/ab/', 'hanna', '/ab/'],
    ['/ab/x', 'hanna', '/ab/x'],
    ['/a/b/x', 'hanna', '/three/x'],
    ['/a/bc', 'mike', '/one/bc'],
    ['/abc', 'nora', '/abc'],
    ['/x/a/', 'nora', '/x/a/'],
  ] as const)('%s is of one app alone: %s may, and it is asked for %s', async (path, user, asked) => {
    gate.upstream.clear();
    expect((await ask(path, user)).status).toBe(200);
    expect(gate.upstream.last().url).toBe(asked);
  });

  it.each([
    ['/a/', 'hanna'],
    ['/a/bc', 'hanna'],
    ['/ab/', 'mike'],
    ['/ab/x', 'mike'],
    ['/a/b/', 'mike'],
    ['/a/b/x', 'mike'],
  ] as const)('%s is not for %s, who may have another one', async (path, user) => {
    gate.upstream.clear();
    expect((await ask(path, user)).status).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });

  it.each(['/a', '/ab', '/a/b'])('%s without its slash leads to the app, and to no other', async (path) => {
    gate.upstream.clear();
    const { status, headers } = await ask(`${path}?x=1`, 'mica');
    expect([302, 307]).toContain(status);
    expect(new URL(headers.get('location') ?? '', gate.origin).href).toBe(`${gate.origin}${path}/?x=1`);
    expect(gate.upstream.seen).toEqual([]);
  });

  it.each(['/A/', '/Ab/x', '/A'])('%s, which some dashboards take for an app’s prefix, is no app’s', async (path) => {
    gate.upstream.clear();
    expect([403, 404]).toContain((await ask(path, 'mica')).status);
    expect(gate.upstream.seen).toEqual([]);
  });
});
