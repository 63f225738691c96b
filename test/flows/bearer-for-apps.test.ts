import { expect, it } from 'vitest';
import { basicOf, usersFile } from '../support/gate.ts';
import { ACCOUNTS, startOidcGate } from '../support/oidc-gate.ts';
import { createWalker } from '../support/walker.ts';
import { bothWays } from '../support/ways.ts';

const APPS = [
  { name: 'plain', at: '/', upstream: '$UPSTREAM', open: ['/**'] },
  { name: 'asking', at: '/asking/', upstream: '$UPSTREAM', identity: ['headers', 'bearer'], public: ['/open'] },
];

bothWays('identity: [bearer]', (way) => {
  const start = () =>
    startOidcGate({
      way,
      apps: APPS,
      directories: [{ file: 'users.yaml' }],
      prepare: async (dir) => void (await dir.write('users.yaml', await usersFile())),
      provider: { scope: 'openid email profile groups' },
      oidc: { accounts: ACCOUNTS, refreshes: true },
    });

  it('the app gets the token of its user’s provider, which that provider takes; no other app does', async () => {
    await using stage = await start();
    const { gate, oidc } = stage;
    const walker = createWalker();
    await stage.signIn(walker, 'mica', '/asking/x');
    const { authorization = '' } = gate.upstream.last().headers;
    expect(authorization).toMatch(/^Bearer \S{20,}$/);
    const me = await fetch(`${oidc.issuer}/me`, { headers: { Authorization: authorization } });
    expect(await me.json()).toMatchObject({ sub: 'mica' });

    await walker.go(`${gate.origin}/x`);
    expect(gate.upstream.last()).toMatchObject({ url: '/x' });
    expect(gate.upstream.last().headers.authorization).toBeUndefined();
    await walker.go(`${gate.origin}/asking/open`);
    expect(gate.upstream.last()).toMatchObject({ url: '/asking/open' });
    expect(gate.upstream.last().headers.authorization).toBeUndefined();
    expect(gate.logText()).not.toContain(authorization.slice('Bearer '.length));
  });

  it('the token is that of today: where the session gets another, so does the app', async () => {
    await using stage = await start();
    const { gate } = stage;
    const walker = createWalker();
    await stage.signIn(walker, 'mica', '/asking/x');
    const first = gate.upstream.last().headers.authorization;
    // Looked at again with the session, every five minutes.
    gate.advance(300_000);
    await walker.go(`${gate.origin}/asking/x`);
    gate.advance(11_000);
    await walker.go(`${gate.origin}/asking/x`);
    const second = gate.upstream.last().headers.authorization;
    expect(second).toMatch(/^Bearer /);
    expect(second).not.toBe(first);
  });

  it('who came by a password has none, and what a client sends goes no further', async () => {
    await using stage = await start();
    const { gate } = stage;
    const ask = async (headers: Record<string, string>) => {
      const { status } = await fetch(`${gate.origin}/asking/x`, { headers });
      return [status, gate.upstream.last().headers['x-dashgate-user'], gate.upstream.last().headers.authorization];
    };
    expect(await ask({ Authorization: basicOf('mica') })).toEqual([200, 'mica', undefined]);
    const walker = createWalker();
    await stage.signIn(walker, 'mica', '/asking/x');
    const ours = gate.upstream.last().headers.authorization;
    const [, user, theirs] = await ask({ Cookie: walker.cookies(gate.origin), Authorization: 'Bearer forged' });
    expect(user).toBe('corp:mica');
    expect(theirs).toBe(ours);
  });
});
