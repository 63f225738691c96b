import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { basicOf, type Gate, startGate, type User } from '../support/gate.ts';
import {
  CONNECTED_APP,
  type StandInOptions,
  type StandInTableau,
  startStandInTableau,
} from '../support/stand-in-tableau.ts';

// dashgate as the host application of a Tableau. The stand-in follows Tableau's documentation: not run against the real one.

let gate: Gate;
let tableau: StandInTableau;
let closing: AsyncDisposableStack;
beforeEach(() => {
  closing = new AsyncDisposableStack();
});
afterEach(() => closing.disposeAsync());

async function start(options: StandInOptions = {}, server: object = {}): Promise<void> {
  tableau = closing.use(await startStandInTableau({ users: ['mica', 'mike', 'nora'], ...options }));
  gate = closing.use(
    await startGate({
      prepare: async (dir) => void (await dir.write('tableau.secret', `${CONNECTED_APP.secret}\n`, 0o600)),
      apps: [
        {
          ...{
            name: 'bi',
            at: '/',
            kind: 'tableau',
            upstream: tableau.url,
            identity: ['tableau'],
            public: ['/open/**'],
          },
          tableau_server: {
            ...{ site: 'acme', client_id: CONNECTED_APP.clientId, secret_id: CONNECTED_APP.secretId },
            ...{ secret_value_file: 'tableau.secret' },
            ...server,
          },
        },
        { name: 'wiki', at: '/wiki/', upstream: '$UPSTREAM' },
      ],
    }),
  );
}

const as = (user: User, more: Record<string, string> = {}) => ({ headers: { Authorization: basicOf(user), ...more } });
const WORKBOOKS = '/api/3.22/sites/site-acme/workbooks';
const signIns = (): number => tableau.seen.filter(({ url }) => url.endsWith('/auth/signin')).length;
const lastSeen = () => tableau.seen.at(-1);

describe('what goes to the REST API', () => {
  it('goes with the API token of who asks, whatever a client brings, and with one sign-in each', async () => {
    await start();
    for (const user of ['mica', 'mike', 'mica'] as const) {
      const said = await gate.ask(WORKBOOKS, as(user, { 'X-Tableau-Auth': 'stolen', x_tableau_auth: 'stolen' }));
      expect([said.status, said.body]).toEqual([200, expect.stringContaining(`seen by ${user}`)]);
      expect(lastSeen()?.headers).not.toHaveProperty('x_tableau_auth');
    }
    expect(signIns()).toBe(2);
    await Promise.all(Array.from({ length: 10 }, () => gate.ask(WORKBOOKS, as('nora'))));
    expect(signIns()).toBe(3);
    const { scp, aud } = decodeJwt(/jwt="([^"]+)"/.exec(tableau.seen[0]?.body ?? '')?.[1] ?? '');
    expect([scp, aud]).toEqual([['tableau:content:read'], 'tableau']);
  });

  it('is all that goes with it: no page, no sign-out, no public path, no other app', async () => {
    await start();
    for (const path of [
      '/views/x',
      '/vizportal/api/web/v1/x',
      '/api/3.22/auth/signout',
      '/open/api/3.22/sites/s/views',
    ]) {
      await gate.ask(path, as('mica', { 'X-Tableau-Auth': 'stolen' }));
      expect(lastSeen()?.headers).not.toHaveProperty('x-tableau-auth');
    }
    await gate.ask('/wiki/', as('mica', { 'X-Tableau-Auth': 'its-own' }));
    expect(gate.upstream.last().headers['x-tableau-auth']).toBe('its-own');
    expect(signIns()).toBe(0);
  });

  it('is told to a front in the answer of the check', async () => {
    await start();
    const said = await gate.verify(WORKBOOKS, { app: 'bi', ...as('mica') });
    expect(tableau.sessions.get(said.headers.get('x-tableau-auth') ?? '')).toBe('mica');
    const page = await gate.verify('/views/x', { app: 'bi', ...as('mica', { 'X-Tableau-Auth': 'stolen' }) });
    expect(page.headers.get('x-tableau-auth')).toBe('');
  });

  it('is asked again with another token where Tableau has ended the first', async () => {
    await start();
    await gate.ask(WORKBOOKS, as('mica'));
    tableau.end();
    gate.advance(10_000);
    const said = await gate.ask(WORKBOOKS, as('mica'));
    expect([said.status, signIns()]).toEqual([200, 2]);
  });

  it('is not asked again and again where it is not the token that is wrong', async () => {
    await start({ answer: (_request, response) => response.writeHead(401).end('no scope') });
    expect((await gate.ask(WORKBOOKS, as('mica'))).body).toBe('no scope');
    for (let i = 0; i < 3; i++) await gate.ask(WORKBOOKS, as('mica'));
    expect(signIns()).toBe(1);
    gate.advance(10_000);
    expect((await gate.ask(WORKBOOKS, as('mica'))).body).toBe('no scope');
    expect(signIns()).toBe(2);
  });

  it('has a new token before the old one ends, and nobody waits for it', async () => {
    await start({ life: '0:20:00' });
    await gate.ask(WORKBOOKS, as('mica'));
    const [first] = tableau.sessions.keys();
    gate.advance(16 * 60_000);
    expect((await gate.ask(WORKBOOKS, as('mica'))).status).toBe(200);
    await expect.poll(signIns).toBe(2);
    await expect
      .poll(async () => {
        await gate.ask(WORKBOOKS, as('mica'));
        return lastSeen()?.headers['x-tableau-auth'];
      })
      .not.toBe(first);
    expect(signIns()).toBe(2);
  });

  it('signs out with the session of its user', async () => {
    await start();
    const cookie = await gate.signIn('mica');
    expect((await gate.ask(WORKBOOKS, { headers: { Cookie: cookie } })).status).toBe(200);
    expect(tableau.sessions.size).toBe(1);
    const own = { Cookie: cookie, Origin: gate.origin, 'Content-Type': 'application/json' };
    await gate.ask('/_dashgate/logout', { method: 'POST', headers: own, body: '{}' });
    await expect.poll(() => tableau.sessions.size).toBe(0);
  });
});

describe('where Tableau', () => {
  it('does not know a user, that is what is said, with its code, and it is not asked each time', async () => {
    await start();
    for (let i = 0; i < 3; i++) {
      const said = await gate.ask(WORKBOOKS, as('hanna', { Accept: 'application/json' }));
      expect(said.status).toBe(403);
      expect(JSON.parse(said.body)).toMatchObject({ reason: 'tableau-refused', code: '401001 (16)' });
    }
    expect(signIns()).toBe(1);
    const page = await gate.ask(
      WORKBOOKS,
      as('hanna', { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }),
    );
    expect(page.body).toMatch(/does not let .*hanna.* in: it says 401001 \(16\)/s);
    expect(tableau.seen.filter(({ url }) => url === WORKBOOKS)).toEqual([]);
  });

  it.each([503, 200, 302])('is down or no Tableau (%s), nothing goes there', async (status) => {
    await start();
    tableau.intercept = (_request, response) => {
      response.writeHead(status, { Location: 'http://127.0.0.1:9/' }).end('?');
      return true;
    };
    const said = await gate.ask(WORKBOOKS, as('mica'));
    expect(said.status).toBe(503);
    expect(JSON.parse(said.body)).toMatchObject({ code: 'ERR_TABLEAU_UNAVAILABLE' });
    expect(tableau.seen.filter(({ url }) => url === WORKBOOKS)).toEqual([]);
  });
});

describe('a token for a page', () => {
  const ask = (headers: Record<string, string>, body = '{}', path = '/_dashgate/tableau/token') =>
    gate.ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });

  it('is for who is signed in, and for what the configuration says', async () => {
    await start({}, { scopes: ['tableau:views:embed', 'tableau:insights:embed'], lifetime: '60s' });
    const cookie = await gate.signIn('mike');
    const said = await ask({ Cookie: cookie, Origin: gate.origin });
    expect([said.status, said.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const { token, ...rest }: { token: string; expires_at: number } = JSON.parse(said.body);
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ sub: 'mike', scp: ['tableau:views:embed', 'tableau:insights:embed'] });
    expect(rest).toEqual({ expires_at: claims.exp, server: tableau.url, site: 'acme' });
    expect(gate.logText()).toMatch(/"event":"token-made"|token-made/);
    expect(gate.logText()).not.toContain(token);
  });

  it.each([
    ['nobody is signed in', {}, 401],
    ['another site asks', { Origin: 'https://evil.example.com' }, 403],
    ['a form asks', { 'Content-Type': 'text/plain' }, 403],
    ['a page of another site of ours asks', { 'Sec-Fetch-Site': 'same-site' }, 403],
  ])('is refused where %s', async (what, headers, status) => {
    await start();
    const cookie = what === 'nobody is signed in' ? '' : await gate.signIn('mike');
    const said = await ask({ ...(cookie && { Cookie: cookie }), ...headers });
    expect(said.status).toBe(status);
    expect(said.body).not.toContain('token"');
  });

  it('is not there where no Tableau is', async () => {
    await start();
    const cookie = await gate.signIn('mike');
    expect((await ask({ Cookie: cookie }, '{"app":"wiki"}')).status).toBe(404);
    expect((await gate.ask('/_dashgate/tableau/token', { headers: { Cookie: cookie } })).status).toBe(405);
  });
});

it('no log holds a token or the secret', async () => {
  await start();
  await gate.ask(WORKBOOKS, as('mica'));
  await gate.ask(WORKBOOKS, as('hanna'));
  const [token = '-'] = tableau.sessions.keys();
  for (const secret of [token, CONNECTED_APP.secret, /jwt="([^"]+)"/.exec(tableau.seen[0]?.body ?? '')?.[1] ?? '-'])
    expect(gate.logText()).not.toContain(secret);
});
