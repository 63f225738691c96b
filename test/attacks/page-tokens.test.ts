import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateKey } from '../../src/session/key-ring.ts';
import { forgeToken, openSocket } from '../support/bokeh-socket.ts';
import { type Gate, startGate, type User } from '../support/gate.ts';

// Bokeh's unsigned session tokens: what a websocket brings is what the app takes its headers and cookies from. The token is made
// here as Bokeh makes it, from what the app was told with the page.

const SECRET = 'a-secret-that-both-sides-have-8Fh2kQ';
const apps = [
  {
    ...{ name: 'report', kind: 'bokeh', at: '/', upstream: '$UPSTREAM' },
    identity: ['headers', 'assertion', 'panel', 'signed-cookie', 'encrypted-cookie'],
    identity_headers: ['forwarded', { resources: 'X-My-Sections' }],
    panel_cookies: { secret: SECRET },
    signed_cookie: { name: 'report_jwt', secret_file: 'report.secret' },
    encrypted_cookie: { name: 'report_jwe', secret_file: 'report.keys' },
  },
  { name: 'less', kind: 'panel', at: '/less/', upstream: '$UPSTREAM', page_tokens: 'partial' },
  {
    ...{ name: 'signed', kind: 'panel', at: '/signed/', upstream: '$UPSTREAM' },
    ...{ identity: ['assertion'], assertion: { algorithm: 'ES256', sent_as: 'bearer' } },
  },
  { name: 'guests', kind: 'panel', at: '/guests/', upstream: '$UPSTREAM', guests: ['/**'] },
];

interface Said {
  readonly headers: Record<string, string>;
  readonly cookies: Record<string, string>;
}

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    publicUrl: 'http://127.0.0.1:$PORT',
    apps,
    prepare: async (dir) => {
      await dir.write('report.secret', SECRET, 0o600);
      await dir.write('report.keys', `${generateKey()}\n`, 0o600);
    },
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

/** What the app was told as somebody loaded its page. */
async function told(user: User | null, path = '/page'): Promise<Said> {
  const headers: Record<string, string> = user ? { Cookie: await gate.signIn(user) } : {};
  expect((await gate.ask(path, { headers })).status).toBe(200);
  const { rawHeaders } = gate.upstream.last();
  const said: Said = { headers: {}, cookies: {} };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (name.toLowerCase() !== 'cookie') said.headers[name] = value;
    else
      for (const pair of value.split('; ')) {
        const at = pair.indexOf('=');
        said.cookies[pair.slice(0, at)] = pair.slice(at + 1);
      }
  }
  return said;
}

const open = async (said: object, user: User | null = 'mike', path = '/ws') => {
  const headers: Record<string, string> = user ? { Cookie: await gate.signIn(user) } : {};
  return (await openSocket(gate, path, forgeToken(said), { headers })).status;
};

describe('a page that tells of its own session', () => {
  it('opens its websocket, also when all that is made for the moment has been made anew since', async () => {
    const said = await told('mike');
    expect(Object.keys(said.cookies).sort()).toEqual(['id_token', 'report_jwe', 'report_jwt', 'user']);
    expect(await open(said)).toBe(101);
    gate.advance(400_000);
    const later = await told('mike');
    for (const name of ['user', 'id_token', 'report_jwt', 'report_jwe'])
      expect(later.cookies[name]).not.toBe(said.cookies[name]);
    expect(later.headers['x-dashgate-assertion']).not.toBe(said.headers['x-dashgate-assertion']);
    expect(await open(said)).toBe(101);
  });

  it('opens it likewise where an assertion is the whole of what the app is told', async () => {
    const [mine, others] = [await told('mike', '/signed/page'), await told('mica', '/signed/page')];
    expect(mine.headers.authorization).toMatch(/^Bearer /);
    gate.advance(400_000);
    expect(await open(mine, 'mike', '/signed/ws')).toBe(101);
    expect(await open(others, 'mike', '/signed/ws')).toBe(403);
    expect(await open({ headers: {} }, 'mike', '/signed/ws')).toBe(403);
  });

  it('opens it with what the app leaves out of tokens, where that is configured, and else not', async () => {
    const { headers } = await told('mike', '/less/page');
    const kept = { 'x-dashgate-user': headers['x-dashgate-user'] };
    expect(await open({ headers: kept, cookies: {} }, 'mike', '/less/ws')).toBe(101);
    expect(await open({ headers: { ...kept, 'X-Dashgate-Groups': 'board' }, cookies: {} }, 'mike', '/less/ws')).toBe(
      403,
    );
    expect(await open({ headers: kept, cookies: {} })).toBe(403);
  });

  it('opens it from another address, by another front, and with cookies of its own', async () => {
    const { headers, cookies } = await told('mike');
    const other = { 'x-forwarded-for': '2001:db8::7', 'X-Real-Ip': '203.0.113.7', 'x-request-id': 'another-request' };
    const of = { ...headers, ...other, 'X-Forwarded-Port': '443', 'X-Dashgate-Name': '', Accept: '*/*' };
    expect(await open({ headers: of, cookies: { ...cookies, theme: 'dark' } })).toBe(101);
  });

  it('opens it as a guest, who is told of by nothing', async () => {
    const said = await told(null, '/guests/page');
    expect(await open(said, null, '/guests/ws')).toBe(101);
    expect(await open(said, 'mike', '/guests/ws')).toBe(403);
    expect(await open(await told('mike', '/guests/page'), null, '/guests/ws')).toBe(403);
  });

  it('opens it where a token says nothing of any request, as a program’s', async () => {
    expect(await open({})).toBe(101);
    expect(await open({ headers: null, cookies: null })).toBe(101);
  });

  it('is judged anew each time, by what is true then', async () => {
    const said = await told('mike');
    const cookie = await gate.signIn('mike');
    const socket = () => openSocket(gate, '/ws', forgeToken(said), { headers: { Cookie: cookie } });
    expect((await socket()).status).toBe(101);
    await gate.reconfigure({ apps, grants: { users: { mike: ['finance'] } } });
    expect(await socket()).toMatchObject({ status: 403 });
    await gate.reconfigure({ apps });
    expect((await socket()).status).toBe(101);
  });
});

type Change = (mine: Said, others: Said) => object;
const header =
  (name: string, value: string | ((others: Said) => string | undefined)): Change =>
  (mine, others) => ({
    ...mine,
    headers: { ...mine.headers, [name]: typeof value === 'string' ? value : value(others) },
  });
const cookie =
  (name: string, value: (others: Said, mine: Said) => string | undefined = (others) => others.cookies[name]): Change =>
  (mine, others) => ({ ...mine, cookies: { ...mine.cookies, [name]: value(others, mine) } });
const without =
  (part: keyof Said, name: string): Change =>
  (mine) => ({ ...mine, [part]: Object.fromEntries(Object.entries(mine[part]).filter(([each]) => each !== name)) });

const FORGERIES: [string, Change][] = [
  ...['x-dashgate-user', 'X-Dashgate-User', 'X_DASHGATE_USER', 'x.dashgate.user'].map((name): [string, Change] => [
    name,
    header(name, 'mica'),
  ]),
  ...[
    'x-forwarded-user',
    'X-My-Sections',
    'x_my_sections',
    'Remote-User',
    'X-WEBAUTH-USER',
    'Shiny-Server-Credentials',
  ].map((name): [string, Change] => [name, header(name, 'mica')]),
  ...['Forwarded', 'X-Original-URI', 'X-Rewrite-Url', 'X-Dashgate-Anything', 'X-Forwarded-Access-Token', 'Proxy'].map(
    (name): [string, Change] => [name, header(name, 'for=10.0.0.1')],
  ),
  ['an address that is none', header('X-Forwarded-For', 'localhost')],
  ['another host', header('x-forwarded-host', 'evil.example')],
  ['another scheme', header('x-forwarded-proto', 'https')],
  ['a list with another', (mine) => ({ ...mine, headers: { ...mine.headers, 'X-Dashgate-User': ['mike', 'mica'] } })],
  ['a credential that is checked here', header('Authorization', 'Basic bWljYTpt')],
  ['an assertion of another', header('x-dashgate-assertion', (others) => others.headers['x-dashgate-assertion'])],
  ['an assertion of nobody', header('x-dashgate-assertion', 'e30.e30.AA')],
  ['no user', without('headers', 'x-dashgate-user')],
  ['no assertion', without('headers', 'x-dashgate-assertion')],
  ['no headers', (mine) => ({ ...mine, headers: {} })],
  ['the user cookie of another', cookie('user')],
  ['the user cookie of another, named otherwise', cookie('USER', (others) => others.cookies.user)],
  ['its own user cookie as another', cookie('id_token', (_others, mine) => mine.cookies.user)],
  ['the tokens of another', cookie('id_token')],
  ['a token where there is none', cookie('access_token', (others) => others.cookies.id_token)],
  ['the signed cookie of another', cookie('report_jwt')],
  ['the encrypted cookie of another', cookie('report_jwe')],
  ['a signed cookie of nobody', cookie('report_jwt', () => 'e30.e30.AA')],
  ['being a guest', cookie('is_guest', () => '1')],
  ['no user cookie', without('cookies', 'user')],
  ['a user behind a semicolon', cookie('a', () => '1; user=mica')],
  ['a Cookie header', header('Cookie', (others) => `a=1; user=${others.cookies.user}`)],
  ['a cookie header', header('cookie', 'is_guest=1')],
  ['a session of ours', cookie('dashgate', () => 'x')],
  ['a part of one', cookie('dashgate.1', () => 'x')],
];

describe.each(FORGERIES)('a token with %s', (_what, change) => {
  it('opens no websocket', async () => {
    const [mine, others] = [await told('mike'), await told('mica')];
    gate.upstream.clear();
    expect(await open(change(mine, others))).toBe(403);
    expect(gate.upstream.seen).toEqual([]);
  });
});

describe('by the verify way', () => {
  const verify = async (headers: Record<string, string>, path = '/app/ws') => {
    const Cookie = await gate.signIn('mike');
    const answer = await gate.verify(path, {
      app: 'report',
      headers: { Cookie, 'X-Original-Upgrade': 'websocket', Origin: gate.origin, ...headers },
    });
    return [answer.status, answer.headers.get('x-dashgate-reason')];
  };
  const offer = (...protocols: string[]) => ({ 'Sec-WebSocket-Protocol': protocols.join(', ') });
  const REFUSED = [403, 'page-token-wrong'];

  it('the same is judged', async () => {
    const mine = await told('mike');
    expect(await verify(offer('bokeh', forgeToken(mine)))).toEqual([200, null]);
    expect(await verify(offer('bokeh', forgeToken(await told('mica'))))).toEqual(REFUSED);
    expect(await verify({}, '/app?bokeh-token=x')).toEqual(REFUSED);
    expect(await verify({ 'X-Original-Upgrade': '', 'Content-Type': 'multipart/form-data; boundary=x' })).toEqual(
      REFUSED,
    );
    expect(await verify({ 'X-Original-Upgrade': '', 'Content-Type': 'application/json' })).toEqual([200, null]);
  });

  it('an nginx that does not show the token is refused where there has to be one', async () => {
    expect(await verify({})).toEqual(REFUSED);
    expect(await verify({}, '/of/a/plugin')).toEqual([200, null]);
    expect(await verify(offer('graphql-ws'), '/of/a/plugin')).toEqual([200, null]);
  });

  it.each([
    ['no token', ['bokeh']],
    ['a third', ['bokeh', 'e30', 'e30']],
    ['another order', ['e30', 'bokeh']],
    ['another name', ['other', 'e30']],
    ['an empty one', ['bokeh', '', 'e30']],
    ['what Python takes for a blank', ['bokeh\x85', 'e30']],
  ])('an offer with %s is refused', async (_what, protocols) => {
    expect(await verify(offer(...protocols))).toEqual(REFUSED);
  });
});

it('says which header or cookie it was, and nothing of what it held', async () => {
  const [mine, others] = [await told('mike'), await told('mica')];
  await open({ ...mine, cookies: { ...mine.cookies, user: others.cookies.user ?? '' } });
  const line = await gate.logged(/would not be given.*"disagrees":"user"/);
  expect(line).not.toContain(others.cookies.user);
  await gate.logged(/"message":"refused".*"why":"page-token-wrong"/);
  const metrics = await (await fetch(`http://127.0.0.1:${gate.admin}/metrics`)).text();
  expect(metrics).toMatch(/dashgate_decisions_total\{way="proxy",kind="deny",reason="page-token-wrong"\} \d/);
});
