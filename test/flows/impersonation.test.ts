import { once } from 'node:events';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { cookieOf, type Gate, PASSWORDS, startGate, type User, userLine } from '../support/gate.ts';

const APPS = [
  { name: 'sales', at: '/', upstream: '$UPSTREAM', resources: [{ resource: 'hr', paths: ['/hr/**'] }], open: ['/**'] },
  {
    name: 'told',
    at: '/told/',
    upstream: '$UPSTREAM',
    identity: ['headers', 'assertion'],
    credentials: ['cookie', 'bearer'],
  },
];
const IMPERSONATION = { groups: ['support'], except: { users: ['nora'] } };

async function users(): Promise<string> {
  const line = async (user: User, grants: string[], groups: string[]): Promise<string> =>
    (await userLine(user, PASSWORDS[user], grants)).replace(/ }\n$/, `, groups: [${groups.join(', ')}] }\n`);
  return `users:\n${(
    await Promise.all([
      line('mica', ['_all_'], ['support']),
      line('mike', ['marketing'], ['sales']),
      line('hanna', ['hr'], ['support']),
      line('nora', [], []),
    ])
  ).join('')}`;
}

let gate: Gate;
beforeEach(async () => {
  gate = await startGate({ apps: APPS, users: await users(), impersonation: IMPERSONATION });
});
afterEach(async () => {
  await gate[Symbol.asyncDispose]();
});

const PATH = '/_dashgate/impersonate';

const tell = async (cookie: string, body: object, headers: Record<string, string> = {}) =>
  gate.ask(PATH, {
    method: 'POST',
    headers: { Cookie: cookie, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

/** @returns the Cookie header of mica, who acts as somebody else */
async function act(user = 'mike', by: User = 'mica'): Promise<string> {
  const answer = await tell(await gate.signIn(by), { user });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { acting: true, user }]);
  return cookieOf(answer);
}

const statusOf = async (path: string, cookie: string): Promise<number> =>
  (await gate.ask(path, { headers: { Cookie: cookie } })).status;

describe('who acts as another user', () => {
  it('is that user for dashboards, with no more and no less, both ways', async () => {
    const cookie = await act();
    expect(await statusOf('/', cookie)).toBe(200);
    expect(gate.upstream.last().headers).toMatchObject({
      'x-dashgate-user': 'mike',
      'x-dashgate-groups': 'sales',
      'x-dashgate-resources': 'marketing',
    });
    expect(await statusOf('/hr/x', cookie)).toBe(403);
    const checked = await gate.verify('/', { headers: { Cookie: cookie } });
    expect([checked.status, checked.headers.get('x-dashgate-user')]).toEqual([200, 'mike']);
    expect((await gate.verify('/hr/x', { headers: { Cookie: cookie } })).status).toBe(403);
  });

  it('is named in the assertion, which is not that of the user themselves', async () => {
    const cookie = await act();
    const assertionFor = async (Cookie: string) => {
      await gate.ask('/told/', { headers: { Cookie } });
      return decodeJwt(String(gate.upstream.last().headers['x-dashgate-assertion']));
    };
    const { sub, act: actor } = await assertionFor(cookie);
    expect([sub, actor]).toEqual(['file:mike', { sub: 'file:mica', user: 'mica' }]);
    expect(await assertionFor(await gate.signIn('mike'))).not.toHaveProperty('act');
  });

  it('is written down with both names at every request', async () => {
    const cookie = await act();
    await gate.logged(/"impersonation-began".*"who":"file:mike","actor":"file:mica"/);
    await statusOf('/a', cookie);
    await gate.logged(/"acted".*"who":"file:mike","actor":"file:mica","what":"GET sales \/a"/);
    await statusOf('/hr/x', cookie);
    await gate.logged(/"refused".*"who":"file:mike","actor":"file:mica","what":"GET sales \/hr\/x"/);
    await gate.verify('/b', { headers: { Cookie: cookie } });
    expect(gate.logText().match(/"acted".*"what":"GET sales \/b"/g)).toHaveLength(3);
    await tell(cookie, { do: 'stop' });
    await gate.logged(/"impersonation-ended".*"who":"file:mike","actor":"file:mica"/);
  });

  it('is told so', async () => {
    const cookie = await act();
    const { body } = await gate.ask('/_dashgate/session', { headers: { Cookie: cookie } });
    expect(JSON.parse(body)).toMatchObject({ sub: 'file:mike', act: { sub: 'file:mica', user: 'mica' } });
    const page = await gate.ask(PATH, { headers: { Cookie: cookie, Accept: 'text/html' } });
    expect(page.body).toMatch(/mica.*you act as.*mike/s);
    const refused = await gate.ask('/hr/x', { headers: { Cookie: cookie, Accept: 'text/html' } });
    expect([refused.status, refused.body.includes('Stop acting as')]).toEqual([403, true]);
    expect(refused.body).toContain(`href="${gate.origin}${PATH}"`);
  });

  it('stops, and is themselves again in the session that they had; the cookies of before are worth nothing', async () => {
    const before = await gate.signIn('mica');
    const began = await tell(before, { user: 'mike' });
    const acting = cookieOf(began);
    expect(await statusOf('/', before)).toBe(401);
    const stopped = await tell(acting, { do: 'stop' });
    const after = cookieOf(stopped);
    expect(await statusOf('/hr/x', after)).toBe(200);
    expect(gate.upstream.last().headers['x-dashgate-user']).toBe('mica');
    expect(await statusOf('/', acting)).toBe(401);
    expect(await statusOf('/', before)).toBe(401);
    const { body } = await gate.ask('/_dashgate/sessions', { headers: { Cookie: after } });
    expect(JSON.parse(body).sessions).toHaveLength(1);
  });

  it('stops by itself after the time, and never later than their own session', async () => {
    const cookie = await act();
    gate.advance(29 * 60_000);
    expect(await statusOf('/', cookie)).toBe(200);
    gate.advance(61_000);
    expect(await statusOf('/', cookie)).toBe(401);
  });

  it.each([
    ['sign out', async (cookie: string) => gate.ask('/_dashgate/logout', post(cookie))],
    ['leave the group', async () => gate.dir.write('users.yaml', (await users()).replace(/support/, 'sales'))],
    [
      'act as somebody who is gone',
      async () => gate.dir.write('users.yaml', (await users()).replace(/ {2}mike.*\n/, '')),
    ],
  ])('stops where they %s', async (_what, change) => {
    const cookie = await act();
    await change(cookie);
    await expect.poll(() => statusOf('/', cookie), { timeout: 10_000 }).toBe(401);
  });

  it('keeps no connection open once that is over', async () => {
    const cookie = await act();
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/live`, {
      headers: { Cookie: cookie, Host: gate.host, Origin: gate.origin },
    });
    const closed = once(socket, 'close');
    await once(socket, 'open');
    await tell(cookie, { do: 'stop' });
    await closed;
    await gate.logged(/"cut".*"who":"file:mike","actor":"file:mica"/);
  });

  it('has neither sessions nor tokens to look at, nor anybody further to act as', async () => {
    const cookie = await act();
    for (const path of ['/_dashgate/sessions', '/_dashgate/tokens']) {
      const { status, body } = await gate.ask(path, { headers: { Cookie: cookie } });
      expect([path, status, JSON.parse(body).reason]).toEqual([path, 403, 'acting']);
    }
    expect((await tell(cookie, { user: 'nora' })).status).toBe(409);
  });
});

describe('nobody acts', () => {
  it.each([
    ['mike', 'hanna', 403, undefined],
    ['mica', 'hanna', 403, 'protected'],
    ['mica', 'mica', 403, 'protected'],
    ['mica', 'nora', 403, 'protected'],
    ['mica', 'nobody', 404, 'unknown'],
    ['mica', '', 404, 'unknown'],
  ] as const)('%s as %s', async (by, user, status, reason) => {
    const cookie = await gate.signIn(by);
    const answer = await tell(cookie, { user });
    expect([answer.status, JSON.parse(answer.body).reason]).toEqual([status, reason]);
    expect(cookieOf(answer)).toBe('');
    await statusOf('/', cookie);
    expect(gate.upstream.last().headers['x-dashgate-user']).toBe(by);
  });

  it('by a proof that is older than five minutes, unless it is given anew', async () => {
    const cookie = await gate.signIn('mica');
    gate.advance(6 * 60_000);
    const asked = await tell(cookie, { user: 'mike' });
    expect([asked.status, JSON.parse(asked.body).reason]).toEqual([403, 'proof-too-old']);
    expect((await tell(cookie, { user: 'mike', password: 'wrong' })).status).toBe(401);
    expect((await tell(cookie, { user: 'mike', password: PASSWORDS.mica })).status).toBe(200);
  });

  it('from another site, by Basic, or without a session', async () => {
    const cookie = await gate.signIn('mica');
    expect((await tell(cookie, { user: 'mike' }, { Origin: 'https://evil.example' })).status).toBe(403);
    const Authorization = `Basic ${Buffer.from(`mica:${PASSWORDS.mica}`).toString('base64')}`;
    expect((await tell('', { user: 'mike' }, { Authorization })).status).toBe(401);
  });

  it('where the configuration names no group', async () => {
    await gate.reconfigure({ impersonation: { groups: [] } });
    expect((await tell(await gate.signIn('mica'), { user: 'mike' })).status).toBe(404);
  });
});

const post = (Cookie: string) => ({
  method: 'POST',
  headers: { Cookie, 'Content-Type': 'application/json' },
  body: '{}',
});
