import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { type Gate, startGate, type User } from '../support/gate.ts';

const PASSWORD = 'service-Kw8';
const SIGNING = 'a-secret-of-more-than-thirty-two-bytes';
const PANEL = 'another-secret-of-more-than-32-bytes';
const SECRETS = [PASSWORD, SIGNING, PANEL, Buffer.from(`svc:${PASSWORD}`).toString('base64')];

const APPS = [
  {
    name: 'sales',
    at: '/',
    upstream: '$UPSTREAM',
    identity: ['headers', 'assertion', 'signed-cookie', 'basic'],
    identity_headers: ['forwarded', { resources: 'X-My-Resources' }],
    signed_cookie: { name: 'dashboard_jwt', secret_file: 'signing' },
    upstream_credentials: { user: 'svc', password_file: 'password' },
    resources: [
      { resource: 'hr', paths: ['/hr', '/hr/**'] },
      { resource: 'hr-edit', paths: ['/hr/**'], methods: ['POST'] },
      { resource: 'marketing', paths: ['/strict'], require: { amr: ['otp'] } },
    ],
    open: ['/**'],
    public: ['/robots.txt'],
    guests: ['/news'],
    login_path: '/enter',
  },
  {
    name: 'panel',
    at: '/panel/',
    upstream: '$UPSTREAM/inner/',
    kind: 'panel',
    identity: ['panel'],
    panel_cookies: { secret_file: 'panel' },
  },
  { name: 'own', at: '/own/', upstream: '$UPSTREAM', identity: ['basic'] },
  { name: 'bearer', at: '/bearer/', upstream: '$UPSTREAM', identity: ['bearer'] },
  { name: 'inside', at: '/inside/', upstream: '$UPSTREAM', networks: ['10.0.0.0/8'] },
];

interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Told {
  readonly name: string;
  readonly value?: string;
  readonly kind?: string;
  readonly length?: number;
  readonly claims?: Record<string, unknown>;
}

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    publicUrl: 'http://127.0.0.1:$PORT',
    apps: APPS,
    async prepare(dir) {
      for (const [name, text] of Object.entries({ signing: SIGNING, password: PASSWORD, panel: PANEL }))
        await dir.write(name, text, 0o600);
    },
  });
});
afterAll(() => gate?.[Symbol.asyncDispose]());

async function explain(...args: string[]): Promise<Printed> {
  const said = { out: '', err: '' };
  const code = await main(['explain', ...args], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    ...{ env: {}, cwd: gate.dir.path, stdin: process.stdin, signal: AbortSignal.timeout(60_000) },
  });
  for (const secret of SECRETS) expect(said.out + said.err).not.toContain(secret);
  return { code, ...said };
}

const json = async (...args: string[]) => {
  const { code, out } = await explain(...args, '--json');
  return { code, ...JSON.parse(out) };
};

/** What a browser sends beside its session. */
const PAGE = {
  Accept: 'text/html,*/*;q=0.8',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  'Sec-Fetch-Site': 'none',
};
const CALL = (origin: string) => ({
  Accept: '*/*',
  Origin: origin,
  'Sec-Fetch-Mode': 'cors',
  'Sec-Fetch-Dest': 'empty',
  'Sec-Fetch-Site': 'same-origin',
});

/** Of the same moment and key two tokens are as long as each other; what is new in each is left out. */
const lasting = ({ iat: _, exp: __, jti: ___, ...claims }: Record<string, unknown>) => claims;
const claimsIn = (token: string) => lasting(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));

describe('what explain says of a request is what becomes of it', () => {
  it.each<[string, string, User | null]>([
    ['GET', '/', 'mike'],
    ['GET', '/a/b?c=d', 'mica'],
    ['GET', '/hr/x', 'hanna'],
    ['POST', '/any', 'nora'],
    ['GET', '/robots.txt', null],
    ['GET', '/news', null],
    ['GET', '/news', 'mike'],
    ['GET', '/panel/x', 'mike'],
    ['GET', '/own/', 'mike'],
    ['GET', '/bearer/', 'mike'],
  ])('%s %s of %s: the upstream gets each header and cookie of it', async (method, path, user) => {
    const headers = method === 'GET' ? PAGE : CALL(gate.origin);
    const session = user ? { Cookie: await gate.signIn(user) } : {};
    gate.upstream.clear();
    expect((await gate.ask(path, { method, headers: { ...headers, ...session } })).status).toBe(200);
    const { url, headers: got } = gate.upstream.last();
    const { code, decision, upstream } = await json(
      ...(user ? ['--user', user] : []),
      method,
      gate.origin + path,
      '--from',
      '127.0.0.1',
    );
    expect({ code, kind: decision.kind }).toEqual({ code: 0, kind: 'allow' });
    expect(upstream.url).toBe(gate.upstream.url + url);

    const told: Told[] = upstream.headers;
    const cookies: Told[] = upstream.cookies;
    const browsers = [
      ...Object.keys(headers).map((name) => name.toLowerCase()),
      'connection',
      'cookie',
      'content-length',
      'transfer-encoding',
    ];
    const expected = Object.keys(got).filter((name) => !browsers.includes(name));
    expect(told.map(({ name }) => name).sort()).toEqual(expected.sort());
    for (const { name, value, kind, length, claims } of told) {
      const real = String(got[name]);
      if (claims) expect(lasting(claims)).toEqual(claimsIn(real));
      else if (kind !== undefined) expect([name, length]).toEqual([name, kind === 'Basic' ? undefined : real.length]);
      else if (name !== 'x-request-id') expect([name, value]).toEqual([name, real]);
    }
    const pairs = (got.cookie ?? '').split('; ').filter((pair) => pair !== '');
    const shown = cookies.map(({ name, value, length }) => [name, value ?? length]);
    expect(shown).toEqual(
      pairs.map((pair) => {
        const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
        return [name, name === 'is_guest' ? value : value.length];
      }),
    );
  });

  it.each<[string, string, User | null, string]>([
    ['GET', '/hr/x', 'mike', 'resource-not-granted'],
    ['POST', '/hr/x', 'hanna', 'resource-not-granted'],
    ['GET', '/hr/x', null, 'no-credentials'],
    ['POST', '/hr/x', null, 'no-credentials'],
    ['GET', '/strict', 'mike', 'proof-too-weak'],
    ['GET', '/inside/', 'mike', 'network-not-allowed'],
    ['GET', '/a%2fb', 'mike', 'ERR_BAD_TARGET'],
    ['TRACE', '/', 'mike', 'ERR_BAD_TARGET'],
    ['GET', '/panel', 'mike', 'dashgate answers this itself'],
    ['GET', '/enter', null, 'dashgate answers this itself'],
  ])('%s %s of %s: the client gets the same refusal', async (method, path, user, reason) => {
    const headers = method === 'GET' ? PAGE : CALL(gate.origin);
    const session = user ? { Cookie: await gate.signIn(user) } : {};
    const answer = await gate.ask(path, { method, headers: { ...headers, ...session } });
    const {
      code,
      decision,
      upstream,
      answer: shown,
    } = await json(...(user ? ['--user', user] : []), method, gate.origin + path, '--from', '127.0.0.1');
    expect({ code, upstream, status: shown.status }).toEqual({ code: 1, upstream: null, status: answer.status });
    expect(decision.reason).toContain(reason);
    for (const name of ['location', 'www-authenticate', 'x-dashgate-login'])
      expect([name, shown.headers[name] ?? null]).toEqual([name, answer.headers.get(name)]);
  });
});

describe('explain', () => {
  it('says it to people: the decision first, then why, and what is told', async () => {
    const { code, out } = await explain('--user', 'Mike', `${gate.origin}/a?b=c`);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'allowed: granted',
      `  request   GET ${gate.origin}/a?b=c`,
      '  app       sales, kind web',
      '  needs     to be signed in',
      '  user      mike (file:mike), granted marketing',
      `  upstream  ${gate.upstream.url}/a?b=c`,
    ]);
    expect(lines).toContain('  header    x-forwarded-user: mike');
    expect(lines).toContain('  header    authorization: (Basic)');
    expect(out).toMatch(/\n {2}cookie {4}dashboard_jwt: \(JWT, HS256, \d+ characters\)\n/);
    expect(out).toMatch(
      /assertion: \(JWT, EdDSA, \d+ characters\)\n +\{"user":"mike".*"aud":"sales","sub":"file:mike"/,
    );
    expect(out).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/);
  });

  it('names each rule that is for the request, and what is not granted', async () => {
    const { code, out } = await explain('--user', 'mike', 'post', `${gate.origin}/hr/x`, '--from', '10.2.3.4');
    expect({ code, lines: out.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [
        'refused: resource-not-granted (hr, hr-edit)',
        `  request   POST ${gate.origin}/hr/x from 10.2.3.4`,
        '  app       sales, kind web',
        '  needs     hr, hr-edit',
        '  rule      /hr /hr/** (hr)',
        '  rule      /hr/** (hr-edit; by POST)',
        '  user      mike (file:mike), granted marketing',
        '  answer    403',
      ],
    });
  });

  it('says what hangs on a request that somebody really makes', async () => {
    expect((await explain('--user', 'mike', `${gate.origin}/own/`)).out).toContain('the client’s own goes on');
    expect((await explain('--user', 'mike', `${gate.origin}/bearer/`)).out).toContain(
      'access token of the user’s provider',
    );
    expect((await explain('--user', 'mike', `${gate.origin}/panel/`)).out).toContain('id_token and access_token');
    const inside = await explain('--user', 'mike', `${gate.origin}/inside/`);
    expect([inside.code, inside.out]).toEqual([0, expect.stringContaining('networks are not looked at')]);
  });

  it('takes somebody for a member of groups, and for having proved it so', async () => {
    expect(await explain('--user', 'github:7', `${gate.origin}/hr`)).toMatchObject({ code: 1, out: '' });
    await gate.reconfigure({ apps: APPS, grants: { groups: { finance: ['hr'] } } });
    const { code, out } = await explain('--user', 'github:7', '--groups', 'finance', `${gate.origin}/hr`);
    expect([code, out]).toEqual([0, expect.stringContaining('no directory has them')]);
    expect((await explain('--user', 'mike', '--amr', 'pwd,otp', `${gate.origin}/strict`)).code).toBe(0);
  });

  it.each([
    [[], 'URL'],
    [['/hr'], 'whole URL'],
    [['ftp://127.0.0.1/'], 'whole URL'],
    [['http://a@127.0.0.1/'], 'whole URL'],
    [['http://elsewhere.example.com/'], 'no app is at http://elsewhere.example.com'],
    [['GE T', '$ORIGIN/'], 'no method'],
    [['GET', '$ORIGIN/', 'more'], 'one word too many'],
    [['$ORIGIN/_dashgate/login'], 'page of dashgate'],
    [['$ORIGIN/', '--app', 'sales'], '--app'],
    [['$ORIGIN/', '--from', '10.0.0.0/8'], '--from'],
    [['--user', 'mike', '--path', '/'], '--app'],
    [['--app', 'sales', '--user', 'mike', '--json'], '--json'],
  ])('%j is exit 2', async (args, named) => {
    const { code, out, err } = await explain(...args.map((each) => each.replace('$ORIGIN', gate.origin)));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(named);
  });
});
