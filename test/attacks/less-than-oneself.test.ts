import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { cookieOf, type Gate, PASSWORDS, startGate, type User, userLine } from '../support/gate.ts';
import { CONNECTED_APP, startStandInTableau } from '../support/stand-in-tableau.ts';

// Who acts as another user does so for a while, in sight, and by two names, and whom another application vouches for is here for what
// it vouched: also where another server is told who they are.

let closing: AsyncDisposableStack;
beforeEach(() => {
  closing = new AsyncDisposableStack();
});
afterEach(() => closing.disposeAsync());

const userIn = async (user: User, ...groups: string[]): Promise<string> =>
  (await userLine(user, PASSWORDS[user], ['marketing'])).replace(
    / }\n$/,
    `, groups: [${groups.filter(Boolean).join(', ')}] }\n`,
  );

async function start(groups: { readonly hanna: string; readonly nora: string }): Promise<Gate> {
  const tableau = closing.use(await startStandInTableau({ users: ['mica', 'mike'] }));
  const users = [userIn('mica', 'support'), userIn('mike'), userIn('hanna', groups.hanna), userIn('nora', groups.nora)];
  return closing.use(
    await startGate({
      users: `users:\n${(await Promise.all(users)).join('')}`,
      impersonation: { groups: ['support'], except: { groups: ['board'] } },
      prepare: async (dir) => {
        await dir.write('tableau.secret', `${CONNECTED_APP.secret}\n`, 0o600);
        await dir.write('service.password', 'service-Kw8\n', 0o600);
      },
      apps: [
        {
          ...{ name: 'bi', at: '/', kind: 'tableau', upstream: tableau.url, identity: ['tableau'] },
          ...{ credentials: ['tableau', 'cookie'], tableau: { sites: [{ content_url: '' }] } },
          tableau_server: {
            ...{ site: 'acme', client_id: CONNECTED_APP.clientId, secret_id: CONNECTED_APP.secretId },
            secret_value_file: 'tableau.secret',
          },
        },
        {
          ...{ name: 'data', at: '/data/', upstream: '$UPSTREAM', identity: [], delegation: { header: 'X-Do-As' } },
          upstream_credentials: { user: 'svc', password_file: 'service.password' },
        },
        { name: 'sales', at: '/sales/', kind: 'dash', upstream: '$UPSTREAM', sections: true },
      ],
      connected_apps: [connectedApp({ apps: ['bi'], scopes: ['tableau:content:read'] })],
      answer: (_request, response) => response.writeHead(403).end('svc may not'),
    }),
  );
}

const post = (gate: Gate, path: string, Cookie: string, body: object) =>
  gate.ask(`/_dashgate/${path}`, {
    method: 'POST',
    headers: { Cookie, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

const NO_GROUPS = { hanna: '', nora: '' };

it('takes no token of the other user away, which would count at Tableau when the acting has long been over', async () => {
  const gate = await start(NO_GROUPS);
  const own = await gate.signIn('mica');
  expect((await post(gate, 'tableau/token', own, {})).status).toBe(200);
  const acting = cookieOf(await post(gate, 'impersonate', own, { user: 'mike' }));
  const said = await post(gate, 'tableau/token', acting, {});
  expect([said.status, JSON.parse(said.body).reason]).toEqual([403, 'acting']);
  const line = await gate.logged(/"why":"acting"/);
  expect(line).toMatch(/"who":"file:mike"/);
  expect(line).toMatch(/"actor":"file:mica"/);
  // What goes to the REST API goes through here, each request with both names.
  expect((await gate.ask('/api/3.22/sites/site-acme/workbooks', { headers: { Cookie: acting } })).body).toContain(
    'seen by mike',
  );
});

it('is named beside the other user where an upstream refuses to act for that one', async () => {
  const gate = await start(NO_GROUPS);
  const acting = cookieOf(await post(gate, 'impersonate', await gate.signIn('mica'), { user: 'mike' }));
  await gate.ask('/data/', { headers: { Cookie: acting } });
  const line = await gate.logged(/"why":"delegation-refused"/);
  expect(line).toMatch(/"who":"file:mike"/);
  expect(line).toMatch(/"actor":"file:mica"/);
});

it('is named beside the other user where a section is refused', async () => {
  const gate = await start(NO_GROUPS);
  const Cookie = cookieOf(await post(gate, 'impersonate', await gate.signIn('mica'), { user: 'mike' }));
  expect((await gate.ask('/sales/x', { method: 'POST', headers: { Cookie }, body: 'x' })).status).toBe(403);
  const line = await gate.logged(/refused by the section guard/);
  expect(line).toMatch(/"user":"file:mike"/);
  expect(line).toMatch(/"actor":"file:mica"/);
});

it('does not reach who is protected by a group that a directory spells otherwise', async () => {
  const gate = await start({ hanna: 'Support', nora: 'BOARD' });
  for (const user of ['hanna', 'nora']) {
    const said = await post(gate, 'impersonate', await gate.signIn('mica'), { user });
    expect([said.status, JSON.parse(said.body).reason]).toEqual([403, 'protected']);
  }
  // A spelling of a group makes nobody a member of it.
  expect((await post(gate, 'impersonate', await gate.signIn('hanna'), { user: 'mike' })).status).toBe(403);
});

it('of a connected app has no token made that could do more than its own', async () => {
  const gate = await start(NO_GROUPS);
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const jwt = mint({ claims: { sub: 'mike', scp: ['tableau:content:read'] } });
  const body = JSON.stringify({ credentials: { jwt, site: { contentUrl: '' } } });
  const signedIn = await gate.ask('/api/3.22/auth/signin', { method: 'POST', headers, body });
  const { token } = JSON.parse(signedIn.body).credentials;
  const asked = { method: 'POST', headers: { ...headers, 'X-Tableau-Auth': token }, body: '{}' };
  const said = await gate.ask('/_dashgate/tableau/token', asked);
  expect([said.status, JSON.parse(said.body).reason]).toEqual([403, 'embedded']);
});
