import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { connectedApp, mint } from '../support/connected.ts';
import { type Gate, PASSWORDS, rawTo } from '../support/gate.ts';
import { askDoor, codeOf, signedIn, startTableauGate, statusesOf, tableauApps, withToken } from '../support/tableau.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await startTableauGate({
    apps: [...tableauApps(), { name: 'other', at: '/other/', upstream: '$UPSTREAM', credentials: ['tableau'] }],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

describe('somebody with an API token', () => {
  it('gets no further with it at another app, where it is not asked for, or in the address', async () => {
    const { token } = await signedIn(gate, 'hanna');
    expect(await statusesOf(gate, token, '/other/x', 'other')).toEqual([401, 401]);
    expect(await statusesOf(gate, token, '/wiki/x', 'wiki')).toEqual([401, 401]);
    for (const query of [`X-Tableau-Auth=${token}`, `x_tableau_auth=${token}`, `token=${token}`])
      expect((await gate.ask(`/api/3.27/x?${query}`)).status).toBe(401);
    const others = [
      { Authorization: `Bearer ${token}` },
      { Cookie: `workgroup_session_id=${token}` },
      { Cookie: `dashgate=${token}` },
    ];
    for (const headers of others) expect((await gate.ask('/api/3.27/x', { headers })).status).toBe(401);
  });

  it('cannot pass off one for a site as one for another, however the path is spelt', async () => {
    const { token, site } = await signedIn(gate, 'hanna');
    const { site: people } = await signedIn(gate, 'hanna', 'people');
    for (const path of [
      `/api/3.27/sites/${people.id}/workbooks`,
      `/API/3.27/SITES/${people.id.toUpperCase()}/workbooks`,
      `/api/3.27/Sites/${people.id}`,
      `/api/3.27/sites/${people.id}%20/workbooks`,
    ])
      expect(await statusesOf(gate, token, path)).toEqual([401, 401]);
    expect((await gate.ask(`/api/3.27/sites/${site.id}/../${people.id}/x`, { headers: withToken(token) })).status).toBe(
      400,
    );
    expect(await statusesOf(gate, token, `/api/3.27/sites/${site.id.toUpperCase()}/workbooks`)).toEqual([200, 200]);
  });

  it('who has signed out, cannot sign in again by it, nor change sites', async () => {
    const { token } = await signedIn(gate, 'hanna');
    const headers = withToken(token);
    await askDoor(gate, 'auth/signout', undefined, { headers });
    expect(codeOf(await askDoor(gate, 'auth/switchSite', { site: { contentUrl: 'people' } }, { headers }))).toBe(
      '401 401002',
    );
    expect(codeOf(await askDoor(gate, 'sessions/current', undefined, { headers, method: 'GET' }))).toBe('401 401002');
    expect(codeOf(await askDoor(gate, 'sessions/current', undefined, { headers, method: 'DELETE' }))).toBe(
      '405 405000',
    );
  });

  it('cannot make one up, by its id or from another', async () => {
    const { token } = await signedIn(gate, 'hanna');
    const session = JSON.parse(
      (await askDoor(gate, 'sessions/current', undefined, { method: 'GET', headers: withToken(token) })).body,
    ).session;
    const flipped = token.slice(0, 10) + (token[10] === 'a' ? 'b' : 'a') + token.slice(11);
    for (const forged of [
      session.id,
      flipped,
      `${token} `,
      `${token},${token}`,
      token.toLowerCase(),
      '',
      'null',
      `dgp_${token.slice(4)}`,
    ])
      if (forged !== `${token} `) expect(await statusesOf(gate, forged)).toEqual([401, 401]);
  });
});

it('a header in another spelling neither signs in nor reaches the API', async () => {
  const { token } = await signedIn(gate, 'hanna');
  for (const name of ['X_Tableau_Auth', 'X-Tableau_Auth', 'X.Tableau.Auth']) {
    expect((await gate.ask('/api/3.27/x', { headers: { [name]: token } })).status).toBe(401);
    gate.upstream.clear();
    const answer = await gate.ask('/api/3.27/x', { headers: { ...withToken(token), [name]: 'forged' } });
    expect(answer.status).toBe(200);
    expect(gate.upstream.last().rawHeaders.filter((one) => /tableau/i.test(one))).toEqual([]);
  }
});

it('a token that came twice lets nobody in', async () => {
  const { token } = await signedIn(gate, 'hanna');
  const head = `GET /api/3.27/x HTTP/1.1\r\nHost: $HOST\r\nX-Tableau-Auth: ${token}\r\nX-Tableau-Auth: x\r\nConnection: close\r\n\r\n`;
  expect((await rawTo(gate, head))?.status).toBe(401);
});

it('a bad token is refused beside a good cookie, and what it was decides who is told', async () => {
  const cookie = await gate.signIn('mica');
  expect((await gate.ask('/api/3.27/x', { headers: { Cookie: cookie, ...withToken('dgt_x') } })).status).toBe(401);
  const { token } = await signedIn(gate, 'hanna');
  const answer = await gate.ask('/api/3.27/x', { headers: { Cookie: cookie, ...withToken(token) } });
  expect([answer.status, gate.upstream.last().headers['x-dashgate-user']]).toEqual([200, 'hanna']);
});

it('an unknown user and a wrong password are told alike', async () => {
  const ask = async (name: string) => {
    const answer = await askDoor(gate, 'auth/signin', {
      credentials: { name, password: 'wrong', site: { contentUrl: '' } },
    });
    const { date: _date, 'x-request-id': _id, ...headers } = Object.fromEntries(answer.headers);
    return [answer.status, headers, answer.body];
  };
  expect(await ask('hanna')).toEqual(await ask('nobody-of-that-name'));
});

it('a page of another site can sign nobody in, and end nothing', async () => {
  const body = `<tsRequest><credentials name="hanna" password="${PASSWORDS.hanna}"><site contentUrl=""/></credentials></tsRequest>`;
  for (const from of [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ])
    for (const type of ['text/plain', 'text/xml', 'application/json']) {
      const answer = await gate.ask('/api/3.27/auth/signin', {
        method: 'POST',
        headers: { 'Content-Type': type, ...from },
        body,
      });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
    }
  const cookie = await gate.signIn('hanna');
  const answer = await askDoor(gate, 'auth/signout', undefined, { headers: { Cookie: cookie } });
  expect(codeOf(answer)).toBe('401 401000');
});

it('a connected app that speaks of a user ends and replaces nothing that they signed in for', async () => {
  const connected = connectedApp({ users: 'directory', scopes: ['tableau:content:read'] });
  await gate.reconfigure({ apps: tableauApps({}, { most: 1 }), connected_apps: [connected] });
  const { token } = await signedIn(gate, 'hanna');
  const session = async (of: string) =>
    JSON.parse((await askDoor(gate, 'sessions/current', undefined, { method: 'GET', headers: withToken(of) })).body)
      .session;
  const { id } = await session(token);
  const jwt = mint({ claims: { sub: 'hanna', scp: ['tableau:content:read'] } });
  const answer = await askDoor(gate, 'auth/signin', { credentials: { jwt } });
  const theirs: string = JSON.parse(answer.body).credentials.token;
  expect((await session(theirs)).user).toEqual((await session(token)).user);
  const ended = await askDoor(gate, `sessions/${id}`, undefined, { method: 'DELETE', headers: withToken(theirs) });
  expect(codeOf(ended)).toBe('404 404003');
  expect(await statusesOf(gate, token)).toEqual([200, 200]);
});

it.each([
  ['tableau:content:read', 401],
  ['tableau:content:*', 401],
  ['tableau:live:read', 401],
  ['tableau:live:*', 101],
  ['tableau:*:*', 101],
])('a token for %s opens no websocket, on which more could be said than that: %s', async (scope, status) => {
  await gate.reconfigure({ apps: tableauApps(), connected_apps: [connectedApp({ scopes: [scope] })] });
  const answer = await askDoor(gate, 'auth/signin', { credentials: { jwt: mint({ claims: { scp: [scope] } }) } });
  const { token } = JSON.parse(answer.body).credentials;
  const headers = { ...withToken(token), Host: gate.host };
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/api/3.27/live`, { headers });
  const opened = await new Promise<number>((resolve, reject) => {
    socket.on('open', () => resolve(101)).on('error', reject);
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
  });
  socket.on('error', () => {}).terminate();
  expect(opened).toBe(status);
});
