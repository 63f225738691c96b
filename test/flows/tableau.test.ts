import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT, connectedApp, mint } from '../support/connected.ts';
import { type Gate, PASSWORDS, usersFile } from '../support/gate.ts';
import { askDoor, codeOf, signedIn, startTableauGate, statusesOf, tableauApps, withToken } from '../support/tableau.ts';
import { makeToken } from '../support/tokens.ts';

let gate: Gate;
beforeEach(async () => {
  gate = await startTableauGate();
});
afterEach(async () => {
  await gate[Symbol.asyncDispose]();
});

const MINUTE_MS = 60_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('signing in to an API as to Tableau', () => {
  it('gives a token for user name and password, which lets in both ways and goes no further', async () => {
    const { token, site, user, estimatedTimeToExpiration } = await signedIn(gate, 'hanna');
    expect(token).toMatch(/^dgt_[0-9A-Za-z]{49}$/);
    expect([site.contentUrl, estimatedTimeToExpiration]).toEqual(['', '4:00:00']);
    expect(site.id).toMatch(UUID);
    expect(user.id).toMatch(UUID);
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
    const seen = gate.upstream.last();
    expect(seen.headers).toMatchObject({ 'x-dashgate-user': 'hanna', 'x-dashgate-resources': 'hr' });
    expect(JSON.stringify(seen.rawHeaders)).not.toContain(token);
  });

  it('answers XML with the namespace that clients look for, whatever the version', async () => {
    const body = `<tsRequest><credentials name="hanna" password="${PASSWORDS.hanna}"><site contentUrl="" /></credentials></tsRequest>`;
    const answer = await gate.ask('/api/2.4/auth/signin', {
      method: 'POST',
      headers: { 'Content-Type': 'text/xml' },
      body,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/xml;charset=utf-8');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatch(
      /^<\?xml version='1.0' encoding='UTF-8'\?><tsResponse xmlns="http:\/\/tableau.com\/api" [^>]*><credentials token="dgt_\w{49}" estimatedTimeToExpiration="4:00:00"><site id="[^"]{36}" contentUrl=""><\/site><user id="[^"]{36}"><\/user><\/credentials><\/tsResponse>$/,
    );
  });

  it('says which server it is, without a name', async () => {
    const xml = await gate.ask('/api/2.4/serverInfo');
    expect(xml.body).toContain(
      '<productVersion build="2025.3.0">2025.3.0</productVersion><restApiVersion>3.27</restApiVersion>',
    );
    const json = await gate.ask('/api/2.4/serverinfo', { headers: { Accept: 'application/json' } });
    expect(JSON.parse(json.body)).toEqual({
      serverInfo: { productVersion: { value: '2025.3.0', build: '2025.3.0' }, restApiVersion: '3.27' },
    });
  });

  it('gives one for a personal access token, by its name, which ends with that and opens no more', async () => {
    const made = await makeToken(gate, 'mica', { name: 'nightly', resources: ['sales/_all_'] });
    const by = (name: string, secret: string) =>
      askDoor(gate, 'auth/signin', {
        credentials: { personalAccessTokenName: name, personalAccessTokenSecret: secret, site: {} },
      });
    expect(codeOf(await by('weekly', made.token))).toBe('401 401001');
    expect(codeOf(await by('nightly', `${made.token.slice(0, -1)}x`))).toBe('401 401001');
    const answer = await by('nightly', made.token);
    const { token } = JSON.parse(answer.body).credentials;
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
    expect(gate.upstream.last().headers['x-dashgate-resources']).toBe('sales/_all_');
    const cookie = await gate.signIn('mica');
    const headers = { 'Content-Type': 'application/json', Cookie: cookie };
    await gate.ask(`/_dashgate/tokens/${made.id}`, { method: 'DELETE', headers });
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
  });

  it.each([
    ['a wrong password', { name: 'hanna', password: 'wrong' }, '401 401001'],
    ['an unknown user', { name: 'nobody', password: 'wrong' }, '401 401001'],
    ['no password', { name: 'hanna', password: '' }, '401 401001'],
    ['half of them', { name: 'hanna' }, '400 400000'],
    ['two ways at once', { name: 'hanna', password: PASSWORDS.hanna, jwt: 'x' }, '400 400000'],
    ['nothing', {}, '401 401000'],
    ['somebody to act as', { name: 'mica', password: PASSWORDS.mica, user: { id: 'x' } }, '401 401001'],
    ['no text', { name: 'hanna', password: 5 }, '400 400000'],
  ])('refuses %s', async (_what, given, code) => {
    const answer = await askDoor(gate, 'auth/signin', { credentials: { site: { contentUrl: '' }, ...given } });
    expect(codeOf(answer)).toBe(code);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('counts attempts with all others', async () => {
    await gate.reconfigure({ apps: tableauApps(), attempts: { limit: 'on' } });
    const guess = () => askDoor(gate, 'auth/signin', { credentials: { name: 'hanna', password: 'wrong' } });
    const codes = [];
    for (let n = 0; n < 7; n++) codes.push(codeOf(await guess()));
    expect(codes.slice(0, 5)).toEqual(Array(5).fill('401 401001'));
    expect(codes.at(-1)).toBe('429 429000');
    expect((await guess()).headers.get('retry-after')).toMatch(/^\d+$/);
    const login = await gate.ask('/_dashgate/login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ user: 'HANNA', password: PASSWORDS.hanna }),
    });
    expect(login.status).toBe(429);
  });

  it('writes who it was, by what, from where, and neither password nor token', async () => {
    const { token } = await signedIn(gate, 'hanna');
    await askDoor(gate, 'auth/signin', { credentials: { name: 'hanna', password: 'a-wrong-one' } });
    expect(JSON.parse(await gate.logged(/"login"/))).toMatchObject({ who: 'file:hanna', why: 'password' });
    expect(JSON.parse(await gate.logged(/"login-refused"/))).toMatchObject({ who: 'hanna' });
    for (const secret of [token, PASSWORDS.hanna, 'a-wrong-one']) expect(gate.logText()).not.toContain(secret);
  });
});

describe('an API token', () => {
  it('is worth nothing after signing out', async () => {
    const { token } = await signedIn(gate, 'hanna');
    expect((await askDoor(gate, 'auth/signout', undefined, { headers: withToken(token) })).status).toBe(204);
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
    expect(codeOf(await askDoor(gate, 'auth/signout', undefined, { headers: withToken(token) }))).toBe('401 401002');
    await gate.restart();
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
  });

  it('stays through a restart', async () => {
    const { token } = await signedIn(gate, 'hanna');
    await gate.restart();
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
  });

  it('ends when it is not used, and at its own end however much it is', async () => {
    await gate.reconfigure({ apps: tableauApps({}, { idle: '30m', lifetime: '70m' }) });
    const { token, estimatedTimeToExpiration } = await signedIn(gate, 'hanna');
    const { token: idle } = await signedIn(gate, 'hanna');
    expect(estimatedTimeToExpiration).toBe('0:30:00');
    gate.advance(29 * MINUTE_MS);
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
    gate.advance(2 * MINUTE_MS);
    expect(await statusesOf(gate, idle)).toEqual([401, 401]);
    gate.advance(26 * MINUTE_MS);
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
    gate.advance(14 * MINUTE_MS);
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
  });

  it('is good for one site, and is changed for one for another', async () => {
    const { token, site, user } = await signedIn(gate, 'hanna');
    const to = (contentUrl: string, of: string) =>
      askDoor(gate, 'auth/switchSite', { site: { contentUrl } }, { headers: withToken(of) });
    expect(await statusesOf(gate, token, `/api/3.27/sites/${site.id}/workbooks`)).toEqual([200, 200]);
    expect(codeOf(await to('', token))).toBe('403 403070');
    expect(codeOf(await to('elsewhere', token))).toBe('404 404000');
    const answer = await to('people', token);
    const next = JSON.parse(answer.body).credentials;
    expect(next.user).toEqual(user);
    expect(next.site).toMatchObject({ contentUrl: 'people' });
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
    expect(await statusesOf(gate, next.token, `/api/3.27/sites/${next.site.id}/users/all`)).toEqual([200, 200]);
    expect(await statusesOf(gate, next.token, `/api/3.27/sites/${site.id}/workbooks`)).toEqual([401, 401]);
  });

  it('is given for a site to those who may use it, today', async () => {
    const credentials = { name: 'mike', password: PASSWORDS.mike, site: { contentUrl: 'people' } };
    expect(codeOf(await askDoor(gate, 'auth/signin', { credentials }))).toBe('401 401001');
    const { token } = await signedIn(gate, 'hanna', 'people');
    await gate.dir.write('users.yaml', (await usersFile()).replace('[hr]', '[]'));
    await expect.poll(() => statusesOf(gate, token), { timeout: 10_000 }).toEqual([401, 401]);
  });

  it('says whose it is, and ends others of the same user only', async () => {
    const { token, user, site } = await signedIn(gate, 'hanna');
    const { token: other } = await signedIn(gate, 'hanna');
    const { token: mikes } = await signedIn(gate, 'mike');
    const current = async (of: string) =>
      JSON.parse((await askDoor(gate, 'sessions/current', undefined, { method: 'GET', headers: withToken(of) })).body)
        .session;
    const found = await current(token);
    expect(found).toMatchObject({
      user: { id: user.id, name: 'hanna' },
      site: { id: site.id, name: 'Default', contentUrl: '' },
    });
    const remove = (id: string) =>
      askDoor(gate, `sessions/${id}`, undefined, { method: 'DELETE', headers: withToken(token) });
    expect(codeOf(await remove((await current(mikes)).id))).toBe('404 404003');
    expect((await remove((await current(other)).id)).status).toBe(204);
    expect(await statusesOf(gate, other)).toEqual([401, 401]);
    expect(await statusesOf(gate, mikes)).toEqual([200, 200]);
  });

  it('stands among the sessions of its user, who can end it there', async () => {
    const { token } = await signedIn(gate, 'hanna');
    const headers = { 'Content-Type': 'application/json', Cookie: await gate.signIn('hanna') };
    const listed = JSON.parse((await gate.ask('/_dashgate/sessions', { headers })).body).sessions;
    const [entry] = listed.filter(({ id }: { id: string }) => id.startsWith('api-'));
    expect(entry).toMatchObject({ current: false, expires_at: expect.any(Number) });
    await gate.ask(`/_dashgate/sessions/${entry.id}`, { method: 'DELETE', headers });
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
  });

  it.each([
    ['is gone', { hanna: null }],
    ['has another password', { hanna: 'another-Kj3' }],
  ])('ends when its user %s', async (_what, changes) => {
    const { token } = await signedIn(gate, 'hanna');
    await gate.dir.write('users.yaml', await usersFile(changes));
    await expect.poll(() => statusesOf(gate, token), { timeout: 10_000 }).toEqual([401, 401]);
  });

  it('ends when its user signs out everywhere', async () => {
    const { token } = await signedIn(gate, 'hanna');
    const headers = { 'Content-Type': 'application/json', Cookie: await gate.signIn('hanna') };
    const body = JSON.stringify({ everywhere: 'on', password: PASSWORDS.hanna });
    expect((await gate.ask('/_dashgate/logout', { method: 'POST', headers, body })).status).toBe(200);
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
    expect(await statusesOf(gate, (await signedIn(gate, 'hanna')).token)).toEqual([200, 200]);
  });

  it('is bounded in number: with one more, that which was used longest ago ends', async () => {
    await gate.reconfigure({ apps: tableauApps({}, { most: 2 }) });
    const [first, second] = [await signedIn(gate, 'hanna'), await signedIn(gate, 'hanna')];
    gate.advance(1000);
    expect(await statusesOf(gate, first.token)).toEqual([200, 200]);
    const third = await signedIn(gate, 'hanna');
    expect(await statusesOf(gate, second.token)).toEqual([401, 401]);
    for (const { token } of [first, third]) expect(await statusesOf(gate, token)).toEqual([200, 200]);
  });

  it('is refused in Tableau’s words', async () => {
    const ask = async (headers: Record<string, string>, path = '/api/3.27/x') => {
      const answer = await gate.ask(path, { headers: { Accept: 'application/json', ...headers } });
      return codeOf(answer);
    };
    const { token } = await signedIn(gate, 'mike');
    expect(await ask({})).toBe('401 401000');
    expect(await ask(withToken('x'))).toBe('401 401002');
    expect(await ask(withToken(token), '/api/3.27/sites/x/users/1')).toBe('401 401002');
    const { site } = await signedIn(gate, 'mike');
    expect(await ask(withToken(token), `/api/3.27/sites/${site.id}/users/1`)).toBe('403 403004');
    expect((await gate.ask('/api/3.27/x')).body).toContain(
      '<error code="401000"><summary>Unauthorized Access</summary>',
    );
  });
});

describe('the doors', () => {
  it('are those of the app that asked for them, and of no other', async () => {
    const paths = [
      '/wiki/api/3.27/serverInfo',
      '/api/3.27/auth',
      '/api/3.27/auth/serverAdminAccessTokens',
      '/api/3.27/sessions/x/y',
    ];
    const [wiki, ...own] = await Promise.all(
      paths.map((path) => gate.ask(path, { headers: { Accept: 'application/json' } })),
    );
    expect(wiki?.status).toBe(401);
    expect(own.map(codeOf)).toEqual(Array(3).fill('404 404003'));
    await gate.reconfigure({ apps: tableauApps({ credentials: ['cookie', 'basic'], tableau: undefined }) });
    const cookie = await gate.signIn('hanna');
    expect((await gate.ask('/api/3.27/serverInfo', { headers: { Cookie: cookie } })).status).toBe(200);
    expect(gate.upstream.last().url).toBe('/api/3.27/serverInfo');
    expect(gate.upstream.seen).toHaveLength(1);
  });

  it('take the method that they are for', async () => {
    expect(codeOf(await askDoor(gate, 'auth/signin', undefined, { method: 'GET' }))).toBe('405 405000');
    expect(codeOf(await askDoor(gate, 'serverInfo', {}))).toBe('405 405000');
  });

  it('keep what does not come from where the app may be asked for', async () => {
    await gate.reconfigure({ apps: tableauApps({ networks: ['192.0.2.0/24'] }) });
    expect(codeOf(await askDoor(gate, 'auth/signin', { credentials: {} }))).toBe('403 403004');
  });
});

describe('what a connected app vouched for', () => {
  const VOUCHED = `connected:${CLIENT}:alice@example.com`;
  const configured = (more: object = {}) => ({
    connected_apps: [connectedApp({ scopes: ['tableau:content:read', 'tableau:workbooks:create'], ...more })],
    grants: { users: { [VOUCHED]: ['hr'] } },
  });
  const signIn = async (scp: string[], contentUrl = '') => {
    const credentials = { jwt: mint({ claims: { scp } }), site: { contentUrl } };
    return askDoor(gate, 'auth/signin', { credentials });
  };
  const tokenOf = async (scp: string[]): Promise<string> => JSON.parse((await signIn(scp)).body).credentials.token;

  it('opens what its scopes name, for as long as the configuration has it', async () => {
    await gate.reconfigure(configured());
    const token = await tokenOf(['tableau:content:read']);
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
    expect(gate.upstream.last().headers['x-dashgate-user']).toBe(VOUCHED);
    const post = (of: string) =>
      gate.ask('/api/3.27/workbooks', { method: 'POST', headers: withToken(of), body: '{}' });
    expect((await post(token)).status).toBe(401);
    expect((await post(await tokenOf(['tableau:workbooks:create']))).status).toBe(200);
    await gate.reconfigure(configured({ apps: ['wiki'] }));
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
    await gate.reconfigure(configured({ enabled: false }));
    expect(await statusesOf(gate, token)).toEqual([401, 401]);
    await gate.reconfigure(configured());
    expect(await statusesOf(gate, token)).toEqual([200, 200]);
  });

  it('is refused with the number of what was wrong', async () => {
    await gate.reconfigure(configured());
    const answer = await signIn(['tableau:views:embed']);
    expect(JSON.parse(answer.body).error).toMatchObject({
      code: '401001',
      detail: expect.stringMatching(/\(10099\)$/),
    });
    await gate.reconfigure(configured({ apps: ['wiki'] }));
    expect(codeOf(await signIn(['tableau:content:read']))).toBe('401 401001');
  });

  it('goes to a site whose resource it was granted', async () => {
    await gate.reconfigure(configured());
    expect((await signIn(['tableau:content:read'], 'people')).status).toBe(200);
    await gate.reconfigure({ ...configured(), grants: {} });
    expect(codeOf(await signIn(['tableau:content:read'], 'people'))).toBe('401 401001');
  });
});
