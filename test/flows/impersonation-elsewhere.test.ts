import { describe, expect, it } from 'vitest';
import { PASSWORDS, startGate, type User, userLine, usersFile } from '../support/gate.ts';
import { ACCOUNTS, startOidcGate } from '../support/oidc-gate.ts';
import { A, SEVERAL, SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { createVisitor } from '../support/visitor.ts';
import { createWalker } from '../support/walker.ts';

const PATH = '/_dashgate/impersonate';

describe('who acts as another user', () => {
  it('signed in at a provider, goes on being looked up there, and has no tokens of its for the other', async () => {
    const accounts = { ...ACCOUNTS, mica: { ...ACCOUNTS.mica, groups: ['support'] } };
    await using stage = await startOidcGate({
      provider: { scope: 'openid email profile groups', groups_claim: 'groups', recheck: '2m' },
      oidc: { accounts, refreshes: true },
      directories: [{ file: '$DIR/users.yaml' }],
      users: await usersFile(),
      impersonation: { groups: ['support'] },
      apps: [{ name: 'told', at: '/', upstream: '$UPSTREAM', identity: ['headers', 'bearer'] }],
    });
    const { gate } = stage;
    const walker = createWalker();
    expect((await stage.signIn(walker, 'mica')).status).toBe(200);
    await walker.go(`${gate.origin}/`);
    expect(gate.upstream.last().headers.authorization).toMatch(/^Bearer /);
    const tell = (body: Record<string, string>) => walker.go(`${gate.origin}${PATH}`, body);
    expect((await tell({ user: 'mike' })).status).toBe(403);
    const query = new URLSearchParams({ return_to: PATH, prompt: 'login', max_age: '0' });
    const asked = await walker.follow(`${gate.origin}/_dashgate/oauth/corp/start?${query}`);
    const back = await walker.follow(asked.url, { form: { name: 'mica' } });
    expect(back.body).toContain('Act as another user');
    await tell({ user: 'mike' });
    expect(await stage.who(walker)).toMatchObject({ sub: 'file:mike', act: { sub: 'corp:mica' } });
    await walker.go(`${gate.origin}/`);
    expect(gate.upstream.last().headers).toMatchObject({ 'x-dashgate-user': 'mike' });
    expect(gate.upstream.last().headers.authorization).toBeUndefined();

    await tell({ do: 'stop' });
    expect(await stage.who(walker)).toMatchObject({ sub: 'corp:mica' });
    await walker.go(`${gate.origin}/`);
    expect(gate.upstream.last().headers.authorization).toMatch(/^Bearer /);
    // What it can be asked again by came along, both times.
    gate.advance(120_000);
    expect(await stage.who(walker)).toMatchObject({ sub: 'corp:mica' });
    await tell({ user: 'mike' });
    accounts.mica = { ...accounts.mica, groups: ['guests'] };
    gate.advance(120_000);
    expect((await walker.go(`${gate.origin}/_dashgate/session`)).status).toBe(401);
  });

  it('does so at every host, from the host of the sign-in', async () => {
    const line = async (user: User, group: string): Promise<string> =>
      (await userLine(user, PASSWORDS[user], ['_all_'])).replace(/ }\n$/, `, groups: [${group}] }\n`);
    await using gate = await startGate({
      ...SEVERAL,
      users: `users:\n${await line('mica', 'support')}${await line('mike', 'sales')}`,
      impersonation: { groups: ['support'] },
    });
    const visitor = createVisitor(gate);
    await signInAt(visitor, 'mica', `${A}/one`);
    const seen = () => gate.upstream.last().headers['x-dashgate-user'];
    expect(seen()).toBe('mica');
    const asked = await visitor.visit(`${A}${PATH}?return_to=/two`);
    expect(new URL(asked.way.at(-1) ?? '').origin).toBe(SIGN_IN);
    await visitor.visit(`${SIGN_IN}${PATH}`, { user: 'mike' });
    await visitor.visit(`${A}/two`);
    expect(seen()).toBe('mike');
    // Whose session came there is written down by both names.
    expect(await gate.logged(/"message":"handoff".*"who":"file:mike"/)).toMatch(/"actor":"file:mica"/);
    await visitor.visit(`${SIGN_IN}${PATH}`, { do: 'stop' });
    await visitor.visit(`${A}/three`);
    expect(seen()).toBe('mica');
  });
});
