import { chmod } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { freePort } from '../support/free-port.ts';
import {
  CONNECTED_APP,
  type StandInOptions,
  type StandInTableau,
  startStandInTableau,
} from '../support/stand-in-tableau.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

let dir: TempDir;
let closing: AsyncDisposableStack;
beforeEach(async () => {
  closing = new AsyncDisposableStack();
  dir = closing.use(await tempDir());
});
afterEach(() => closing.disposeAsync());

const stand = async (options?: StandInOptions): Promise<StandInTableau> =>
  closing.use(await startStandInTableau(options));

const SETTINGS = {
  TABLEAU_SERVER: 'https://tableau.example.com',
  TABLEAU_SITENAME: 'acme',
  TABLEAU_RESTAPI_VERSION: '3.22',
  TABLEAU_USERNAME: 'alice@example.com',
  TABLEAU_CA_CLIENT: CONNECTED_APP.clientId,
  TABLEAU_CA_SECRET_ID: CONNECTED_APP.secretId,
  TABLEAU_CA_SECRET_VALUE: CONNECTED_APP.secret,
};
type Settings = Record<string, string>;

async function token(args: readonly string[], env: Settings = SETTINGS) {
  let out = '';
  let err = '';
  const code = await main(['token', ...args], {
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
    env,
    cwd: dir.path,
    stdin: Readable.from(['']),
    signal: AbortSignal.abort(),
  });
  return { code, out, err };
}

const fileOf = (settings: Settings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');

/** What a request carried by which whoever read a log could sign in. */
const secretsOf = ({ seen }: StandInTableau): string[] => [
  CONNECTED_APP.secret,
  ...seen.flatMap(({ headers, body }) => [
    ...(body.match(/ey[\w-]+\.[\w-]+\.[\w-]+/) ?? []),
    ...(typeof headers['x-tableau-auth'] === 'string' ? [headers['x-tableau-auth']] : []),
  ]),
];

describe('dashgate token', () => {
  it('prints a token and nothing else, from the environment', async () => {
    const { code, out, err } = await token([]);
    expect([code, err]).toEqual([0, '']);
    const claims = decodeJwt(out.trim());
    expect(out).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(claims).toMatchObject({
      iss: CONNECTED_APP.clientId,
      ...{ sub: 'alice@example.com', aud: 'tableau' },
      scp: ['tableau:content:read', 'tableau:workbooks:create'],
    });
    expect(Math.abs((claims.exp ?? 0) - Date.now() / 1000 - 300)).toBeLessThan(60);
  });

  it('takes user, scopes and lifetime from its flags', async () => {
    const asked = ['--user', 'bob', '--scope', 'tableau:views:embed,tableau:insights:embed', '--lifetime', '90s'];
    const { out } = await token([...asked, '--json']);
    const said: { token: string; expires: string } = JSON.parse(out);
    const claims = decodeJwt(said.token);
    expect(claims).toMatchObject({ sub: 'bob', scp: ['tableau:views:embed', 'tableau:insights:embed'] });
    expect(Date.parse(said.expires) / 1000).toBe(claims.exp);
    expect(Math.abs((claims.exp ?? 0) - Date.now() / 1000 - 90)).toBeLessThan(60);
  });

  it('takes a file for what the environment does not say', async () => {
    await dir.write('.env', `# settings\n${fileOf({ ...SETTINGS, TABLEAU_USERNAME: 'bob' })}`);
    const { code, out } = await token(['--env-file', '.env'], { TABLEAU_USERNAME: 'carol', TABLEAU_SITENAME: '' });
    expect([code, decodeJwt(out.trim()).sub]).toEqual([0, 'carol']);
  });

  it.each(Object.keys(SETTINGS))('names %s where it is missing or empty, with exit code 2', async (name) => {
    for (const value of ['', undefined]) {
      const { [name]: _, ...rest }: Settings = SETTINGS;
      const env = value === undefined ? rest : { ...rest, [name]: value };
      for (const args of [[], ['--sign-in'], ['--env-file', '.env']]) {
        await dir.write('.env', fileOf(env));
        const { code, out, err } = await token(args, args[0] === '--env-file' ? {} : env);
        expect([code, out]).toEqual([2, '']);
        expect(err).toMatch(new RegExp(`^dashgate: (?:warning.*\n)?${name}: not set`));
      }
    }
  });

  it('names all that are missing at once', async () => {
    const { code, err } = await token([], {});
    expect([code, err.split('\n').length]).toEqual([2, 2]);
    for (const name of Object.keys(SETTINGS)) expect(err).toContain(name);
  });

  it.each([
    [['--lifetime', '11m'], {}, /--lifetime is out of range.*10m/],
    [['--lifetime', 'soon'], {}, /--lifetime is not a duration/],
    [['--scope', 'everything'], {}, /--scope is not a list of scopes/],
    [['--env-file', 'nowhere.env'], {}, /nowhere\.env: there is no such file/],
    [[], { TABLEAU_SERVER: 'tableau.example.com' }, /TABLEAU_SERVER: is not a URL/],
    [[], { TABLEAU_SERVER: 'https://u:p@tableau.example.com' }, /TABLEAU_SERVER: holds a user name or password/],
    [[], { TABLEAU_SERVER: 'https://tableau.example.com/x' }, /TABLEAU_SERVER: has a path/],
    [[], { TABLEAU_RESTAPI_VERSION: 'newest' }, /TABLEAU_RESTAPI_VERSION: is not a version/],
    [['--sign-in'], { TABLEAU_SERVER: 'http://tableau.example.com' }, /is http.*--insecure-http/],
    [['--sgin-in'], {}, /did you mean --sign-in\?/],
  ])('%j with %j is refused in a line, exit code 2', async (args, changed, message) => {
    const { code, out, err } = await token(args, { ...SETTINGS, ...changed });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
    expect(err).not.toContain(CONNECTED_APP.secret);
  });
});

describe('dashgate token --sign-in', () => {
  it('signs in, asks, signs out, and says so without a secret', async () => {
    const tableau = await stand();
    const { code, out, err } = await token(['--sign-in'], { ...SETTINGS, TABLEAU_SERVER: tableau.url });
    expect([code, err]).toEqual([0, '']);
    expect(out).toBe('sign-in: ok\nquery: ok (workbooks: 7)\nsign-out: ok\n');
    expect(tableau.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/3.22/auth/signin',
      'GET /api/3.22/sites/site-acme/workbooks?pageSize=1',
      'POST /api/3.22/auth/signout',
    ]);
    expect(tableau.sessions.size).toBe(0);
    for (const secret of secretsOf(tableau)) expect(out + err).not.toContain(secret);
  });

  it('escapes what goes into XML', async () => {
    const tableau = await stand({ sites: [`R&D "west" <1>'`] });
    const env = { ...SETTINGS, TABLEAU_SERVER: tableau.url, TABLEAU_SITENAME: `R&D "west" <1>'` };
    expect(await token(['--sign-in'], env)).toMatchObject({ code: 0 });
  });

  it('signs in to the default site, which has no name', async () => {
    const tableau = await stand({ sites: [''] });
    const env = { ...SETTINGS, TABLEAU_SERVER: tableau.url, TABLEAU_SITENAME: '' };
    expect(await token(['--sign-in', '--default-site'], env)).toMatchObject({ code: 0 });
  });

  it.each([
    ['a user that is not there', { TABLEAU_USERNAME: 'Alice@example.com' }, '16', /user is not on this site/],
    ['another connected app', { TABLEAU_CA_CLIENT: 'x' }, '10089', /no connected app has this client id/],
    ['another secret id', { TABLEAU_CA_SECRET_ID: 'x' }, '10085', /secret id is not known/],
    [
      'a wrong secret',
      { TABLEAU_CA_SECRET_VALUE: 'wrong-secret-of-32-bytes-or-more' },
      '10084',
      /check the secret value/,
    ],
  ])('says in plain words what Tableau refuses: %s', async (_what, changed, code, words) => {
    const tableau = await stand();
    const said = await token(['--sign-in'], { ...SETTINGS, TABLEAU_SERVER: tableau.url, ...changed });
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toMatch(/^dashgate: the sign-in: refused \(401, code 401001\)/);
    expect(said.err).toContain(`(${code})`);
    expect(said.err).toMatch(words);
    for (const secret of secretsOf(tableau)) expect(said.err).not.toContain(secret);
  });

  it('says it as JSON too', async () => {
    const tableau = await stand({ isEnabled: false });
    const { code, out } = await token(['--sign-in', '--json'], { ...SETTINGS, TABLEAU_SERVER: tableau.url });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ...{ server: tableau.url, site: 'acme', user: 'alice@example.com', workbooks: null },
      steps: [{ step: 'sign-in', ok: false, status: 401, code: '401001', problem: expect.stringMatching(/disabled/) }],
    });
  });

  it('signs out also where the query failed', async () => {
    const tableau = await stand();
    tableau.intercept = (request, response) => {
      if (!request.url?.includes('/workbooks')) return false;
      response.writeHead(403, { 'Content-Type': 'application/xml' });
      response.end(
        '<tsResponse><error code="403004"><summary>Forbidden</summary><detail>no &lt;scope&gt;</detail></error></tsResponse>',
      );
      return true;
    };
    const { code, out, err } = await token(['--sign-in'], { ...SETTINGS, TABLEAU_SERVER: tableau.url });
    expect(code).toBe(1);
    expect(out).toBe('sign-in: ok\nsign-out: ok\n');
    expect(err).toBe('dashgate: the query: refused (403, code 403004): Forbidden: no <scope>\n');
    expect(tableau.sessions.size).toBe(0);
  });

  it('shows nothing of what a server echoes of the token, and no controls', async () => {
    const tableau = await stand();
    tableau.intercept = (_request, response, body) => {
      const echoed = /jwt="([^"]*)"/.exec(body)?.[1];
      response
        .writeHead(401)
        .end(JSON.stringify({ error: { code: '401001', summary: '\x1b[2J', detail: `${echoed}` } }));
      return true;
    };
    const { err } = await token(['--sign-in'], { ...SETTINGS, TABLEAU_SERVER: tableau.url });
    expect(err).not.toContain('\x1b');
    for (const secret of secretsOf(tableau)) expect(err).not.toContain(secret);
  });

  it('follows no redirect with the token', async () => {
    await using elsewhere = await startStandInTableau();
    const tableau = await stand();
    tableau.intercept = (_request, response) => {
      response.writeHead(307, { Location: `${elsewhere.url}/api/3.22/auth/signin` }).end();
      return true;
    };
    const { code, err } = await token(['--sign-in'], { ...SETTINGS, TABLEAU_SERVER: tableau.url });
    expect([code, elsewhere.seen]).toEqual([1, []]);
    expect(err).toMatch(/answered by a redirect \(307\)/);
  });

  it.each([
    ['nobody listens', null, /got no answer \(.*ECONNREFUSED.*\)\n {2}look whether TABLEAU_SERVER is right/],
    ['it is no Tableau', '<html>hello</html>', /not answered as Tableau does/],
    ['it answers without an end', 'x'.repeat(2 * 1024 * 1024), /got no answer/],
  ])('says what is wrong where %s', async (_what, body, words) => {
    const tableau = await stand();
    tableau.intercept = (_request, response) => {
      response.writeHead(200).end(body);
      return true;
    };
    const url = body === null ? `http://127.0.0.1:${await freePort()}` : tableau.url;
    const { code, err } = await token(['--sign-in'], { ...SETTINGS, TABLEAU_SERVER: url });
    expect(code).toBe(1);
    expect(err).toMatch(words);
  });

  it('says that others may read the file, and goes on', async () => {
    const tableau = await stand();
    await dir.write('.env', fileOf({ ...SETTINGS, TABLEAU_SERVER: tableau.url }));
    await chmod(dir.file('.env'), 0o644);
    const { code, err } = await token(['--sign-in', '--env-file', '.env'], {});
    expect(code).toBe(0);
    expect(err).toMatch(/^dashgate: warning: \.env: others on this machine may read it/);
  });
});
