import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { type ConfigSources, type LoadedConfig, loadConfig } from './load.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashgate-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const APP = '{ name: sales, at: /sales/, upstream: "http://127.0.0.1:8050" }';
const APPS = `apps: [${APP}]\n`;

async function load(
  text: string | Uint8Array | null,
  { env = {}, flags = {} }: Partial<ConfigSources> = {},
): Promise<LoadedConfig> {
  if (text === null) await rm(join(folder, 'dashgate.yaml'), { force: true });
  else await writeFile(join(folder, 'dashgate.yaml'), text);
  return loadConfig({ env, flags, cwd: folder });
}

async function refusal(of: Promise<LoadedConfig>): Promise<string> {
  const error = await of.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ConfigInvalid);
  return error instanceof ConfigInvalid ? error.message : '';
}

const firstLine = async (of: Promise<LoadedConfig>): Promise<string | undefined> => (await refusal(of)).split('\n')[0];

describe('a configuration that is whole', () => {
  it('needs no more than one app', async () => {
    const { config, warnings, files } = await load(APPS);
    expect(config.server.publicUrl).toEqual({
      origin: 'http://127.0.0.1:8080',
      host: '127.0.0.1:8080',
      isHttps: false,
    });
    expect(config.apps[0]?.at).toEqual({ ...config.server.publicUrl, prefix: '/sales/' });
    expect(config.session.cookie.name).toBe('dashgate');
    expect(config.session.secretFile).toBe(join(folder, 'state/session.keys'));
    expect(warnings).toEqual([]);
    expect(files).toEqual([join(folder, 'dashgate.yaml')]);
  });

  it('needs no file where the environment suffices', async () => {
    const { config, files } = await load(null, { env: { DASHGATE_APPS: `[${APP}]` } });
    expect(config.apps[0]?.name).toBe('sales');
    expect(config.state).toBe(join(folder, 'state'));
    expect(files).toEqual([]);
  });

  it('cannot be changed, down to its leaves', async () => {
    const { config } = await load(APPS);
    expect(Object.isFrozen(config.apps[0]?.credentials)).toBe(true);
    expect(Object.isFrozen(config.session.cookie)).toBe(true);
  });

  it('has a cookie that only https carries where the public address is https', async () => {
    const { config } = await load(`${APPS}server: { public_url: "https://Dash.example.com:443/" }`);
    expect(config.server.publicUrl).toEqual({
      origin: 'https://dash.example.com',
      host: 'dash.example.com',
      isHttps: true,
    });
    expect(config.session.cookie.name).toBe('__Host-dashgate');
  });

  it('takes a user name as it is written, and grants nothing to names that objects are born with', async () => {
    const { config } = await load(`${APPS}grants: { users: { 007: [HR], constructor: [hr] } }`);
    expect(Object.keys(config.grants.users)).toEqual(['007', 'constructor']);
    expect(config.grants.users['007']).toEqual(['hr']);
    expect(config.grants.users.toString).toBeUndefined();
  });

  it.each([
    ['127.0.0.1:80', { kind: 'tcp', host: '127.0.0.1', port: 80 }],
    ['[::1]:8080', { kind: 'tcp', host: '::1', port: 8080 }],
    ['LOCALHOST:8080', { kind: 'tcp', host: 'localhost', port: 8080 }],
    ['unix:/run/dashgate/check.sock', { kind: 'unix', path: '/run/dashgate/check.sock' }],
  ])('listens on %s', async (text, listen) => {
    const { config } = await load(APPS, { flags: { 'server.check_listen': text } });
    expect(config.server.checkListen).toEqual(listen);
  });

  it.each([
    ['http://127.0.0.1:8050', { kind: 'tcp', protocol: 'http:', host: '127.0.0.1', port: 8050, path: null }],
    ['http://127.0.0.1:8050/', { kind: 'tcp', port: 8050, path: '/' }],
    ['https://dash.internal/a/b', { kind: 'tcp', protocol: 'https:', port: 443, path: '/a/b/' }],
    ['http://[::1]:8050', { kind: 'tcp', host: '::1', origin: 'http://[::1]:8050' }],
    ['unix:/run/app.sock', { kind: 'unix', socketPath: '/run/app.sock', path: null }],
    ['unix:/run/app.sock:/dash', { kind: 'unix', socketPath: '/run/app.sock', path: '/dash/' }],
  ])('reaches an upstream at %s', async (text, upstream) => {
    const { config } = await load(`apps: [{ name: a, at: /, upstream: "${text}" }]`);
    expect(config.apps[0]?.upstream).toMatchObject(upstream);
  });

  it.each([
    ['/sales', 'http://127.0.0.1:8080', '/sales/'],
    ['/', 'http://127.0.0.1:8080', '/'],
    ['http://Other.example.com', 'http://other.example.com', '/'],
    ['http://other.example.com:80/a/b', 'http://other.example.com', '/a/b/'],
  ])('is public at %s', async (at, origin, prefix) => {
    const { config } = await load(`apps: [{ name: a, at: "${at}", upstream: "http://127.0.0.1:8050" }]`);
    expect(config.apps[0]?.at).toMatchObject({ origin, prefix });
  });
});

describe('precedence', () => {
  const text = `${APPS}session: { lifetime: 1h }`;
  const env = { DASHGATE_SESSION_LIFETIME: '2h' };

  it.each([
    ['the default', APPS, {}, {}, 8],
    ['the file over the default', text, {}, {}, 1],
    ['the environment over the file', text, env, {}, 2],
    ['a flag over the environment', text, env, { 'session.lifetime': '3h' }, 3],
    ['the file where a variable is empty', text, { DASHGATE_SESSION_LIFETIME: '' }, {}, 1],
  ])('%s', async (_, text, env, flags, hours) => {
    const { config } = await load(text, { env, flags });
    expect(config.session.lifetimeMs).toBe(hours * 3_600_000);
  });

  it('a relative file counts from where it is named', async () => {
    await mkdir(join(folder, 'etc'), { recursive: true });
    await writeFile(join(folder, 'etc/gate.yaml'), `${APPS}directories: [{ file: users.yaml }]`);
    const { config } = await loadConfig({
      file: 'etc/gate.yaml',
      env: { DASHGATE_LOGIN_LOGO_FILE: 'logo.svg', DASHGATE_SESSION_STORE: 'sqlite:kept.db' },
      flags: { 'session.secret_file': '/run/keys' },
      cwd: folder,
    });
    expect(config.directories).toMatchObject([{ kind: 'file', file: join(folder, 'etc/users.yaml') }]);
    expect(config.login.logoFile).toBe(join(folder, 'logo.svg'));
    expect(config.state).toBe(join(folder, 'etc/state'));
    expect(config.session.secretFile).toBe('/run/keys');
    expect(config.session.store).toEqual({
      kind: 'sqlite',
      file: join(folder, 'kept.db'),
      listFile: join(folder, 'kept.sessions.db'),
    });
  });

  it('a cluster that sets variables for a service called dashgate changes nothing', async () => {
    const env = {
      DASHGATE_SERVICE_HOST: '10.0.0.1',
      DASHGATE_SERVICE_PORT_HTTP: '80',
      DASHGATE_PORT: 'tcp://10.0.0.1:80',
      DASHGATE_PORT_80_TCP_ADDR: '10.0.0.1',
    };
    await expect(load(APPS, { env })).resolves.toBeDefined();
  });
});

const app = (more: string): string =>
  `apps:\n  - name: sales\n    at: /sales/\n    upstream: http://127.0.0.1:8050\n    ${more}`;
const NO_DURATION = 'is not a duration; write a number and its unit, as 90s, 15m, 8h or 1h30m';
const NO_LISTEN = 'is not an address to listen on; write host:port (as 127.0.0.1:8080 or [::1]:8080) or unix:/path';

describe('a file that is wrong is refused in one line', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['is empty', '', ':1: is empty; write at least one app, or remove the file'],
    ['has comments only', '# apps:\n', ':1: is empty; write at least one app, or remove the file'],
    ['is a list', '- a\n', ':1: is not key: value lines; begin with apps:'],
    ['is binary', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff), ':1: is not text; write YAML in UTF-8'],
    ['holds a NUL', 'a: \0', ':1: is not text; write YAML in UTF-8'],
    ['is larger than any', `#${'x'.repeat(1024 * 1024)}`, ':1: is larger than 1 MB; no configuration is'],
    ['says a key twice', `${APPS}log:\n  level: info\n  level: warn`, ':4: a key stands here twice; remove one'],
    ['is indented by tabs', 'log:\n\tlevel: info', ':2: a tab indents this line; use spaces'],
    [
      'ends within a quote',
      'log:\n  level: "in',
      ':2: a quote or bracket is not closed, or the indentation does not fit; is the text half-written?',
    ],
    [
      'ends within a bracket',
      '{apps: {}',
      ':1: a quote or bracket is not closed, or the indentation does not fit; is the text half-written?',
    ],
    ['holds two documents', 'a: 1\n---\nb: 2', ':2: a second document begins here; keep one, and remove the --- line'],
    ['has a tag', 'state: !env STATE', ':1: is not YAML from here on; check the line and the one above'],
    ['names what is not there', '\nstate: *folder', ':2: an alias names nothing above it; write the value'],
    ['holds itself', 'apps: &a [*a]', ':1: its aliases repeat too much, or hold themselves; write the values out'],
    ['is an alias bomb', bomb(), ':1: its aliases repeat too much, or hold themselves; write the values out'],
    ['is nested without end', '['.repeat(20_000), ':1: the text is nested too deeply; no setting needs that'],
    ['reaches for a prototype', 'a: 1\n__proto__: {}', ':2: no key has this name; remove it'],
    ['has a list as a key', '? [a]\n: b', ':1: a key is not a plain text; write key: value'],
  ])('%s', async (_, text, line) => {
    expect(await firstLine(load(text))).toBe(`dashgate.yaml${line}`);
  });

  it('is not there', async () => {
    const gone = loadConfig({ file: 'gone.yaml', env: {}, flags: {}, cwd: folder });
    expect(await firstLine(gone)).toBe('gone.yaml: there is no such file; write one, or name another');
  });

  it('is a folder', async () => {
    const at = loadConfig({ file: '.', env: {}, flags: {}, cwd: folder });
    expect(await firstLine(at)).toBe('.: is a folder; name the file in it');
  });
});

/** Nine levels, each nine times the one before. */
function bomb(): string {
  const level = (i: number): string =>
    `k${i}: &k${i} [${Array(9)
      .fill(i === 0 ? 'x' : `*k${i - 1}`)
      .join(', ')}]`;
  return Array.from({ length: 9 }, (_, i) => level(i)).join('\n');
}

describe('a key that is wrong is named, with its line', () => {
  it.each([
    ['log: { levl: info }', ':1: log.levl: there is no such key; did you mean level?'],
    [
      `${APPS}telemetry: {}`,
      ':2: telemetry: there is no such key; known here: server, admin, state, session, login, attempts, credentials, directories, providers, token_issuers, connected_apps, personal_tokens, impersonation, grants, apps, log',
    ],
    ['state: x', ':1: apps: is missing; add it'],
    ['apps: []', ':1: apps: is empty; name at least one app, with name, at and upstream'],
    ['apps:\n  - name: a\n    at: /', ':2: apps[0].upstream: is missing; add it'],
    [
      'apps:\n  - at: /\n    upstream: "http://x"\n    nam: x',
      ':4: apps[0].nam: there is no such key; did you mean name?',
    ],
    [
      app('kind: superset'),
      ':5: apps[0].kind: is not known; write web, dash, panel, bokeh, streamlit, gradio, shiny, marimo, jupyter, voila, grafana, tabpy or tableau',
    ],
    [
      app('timeout: 120'),
      ':5: apps[0].timeout: is a bare number; write its unit behind it, as 8h, or quote it where it is a text',
    ],
    [
      'server:\n  listen: 8180\napps: []',
      ':2: server.listen: is a bare number; write the address before the port, as 127.0.0.1:8080',
    ],
    [app('timeout: 2 min'), `:5: apps[0].timeout: ${NO_DURATION}`],
    [app('timeout: 48h'), ':5: apps[0].timeout: is out of range; write something from 100ms to 1d'],
    [app('timeout:'), ':5: apps[0].timeout: has no value; write one, or remove the line'],
    [
      app('credentials: []'),
      ':5: apps[0].credentials: is empty, so nobody could sign in; name cookie, basic or both, remove the line, or open the app to everyone by public: ["/**"] without resources',
    ],
    [app('credentials: [cookie, cookie]'), ':5: apps[0].credentials: has an entry twice; remove one'],
    [app('credentials: cookie'), ':5: apps[0].credentials: is not a list; write [a, b], or a line with "- " for each'],
    [
      app('identity: [jwt]'),
      ':5: apps[0].identity[0]: is not known; write headers, assertion, signed-cookie, encrypted-cookie, panel, basic, bearer or tableau',
    ],
    [
      app('resource: _all_'),
      ':5: apps[0].resource: is not a name; write 1 to 64 of a-z, 0-9, _ . and -, and not _all_',
    ],
    [app('public: [robots.txt]'), ':5: apps[0].public[0]: is not a path pattern; begin it with /, as /hr/**'],
    [app('public: [/a//b]'), ':5: apps[0].public[0]: has an empty or dot segment, which no request has; remove it'],
    [
      app('public: [/a%20b]'),
      ':5: apps[0].public[0]: has a character that no decoded path has; write the path decoded, without ? # % ; or \\',
    ],
    [
      app('public: [/a**]'),
      ':5: apps[0].public[0]: has ** beside other characters; ** stands for whole segments, as /hr/**',
    ],
    [
      app('resources: [{ resource: hr, paths: [] }]'),
      ':5: apps[0].resources[0].paths: is empty; name at least one path, or remove the rule',
    ],
    [
      app('resources: [{ paths: [/hr/**], methods: [POST] }]'),
      ':5: apps[0].resources[0]: asks for nothing; name resource, networks or require. Paths for whoever may enter are named under open of the app',
    ],
    [
      app('resources: [{ resource: hr, paths: [/hr/**], methods: [post] }]'),
      ':5: apps[0].resources[0].methods[0]: is not an HTTP method; write it in capitals, as POST',
    ],
    [
      app('networks: [10.0.0.0/8, 10.0.0.0/33]'),
      ':5: apps[0].networks[1]: is not an address; write an IP address, or a range as 10.0.0.0/8',
    ],
    [
      app('networks: []'),
      ':5: apps[0].networks: is empty, so nobody could ask from anywhere; name an address or a range, or remove the line',
    ],
    [app('require: { max_age: 1s }'), ':5: apps[0].require.max_age: is out of range; write something from 10s to 365d'],
    [app('require: {}'), ':5: apps[0].require: asks for nothing; name amr, acr or max_age, or remove it'],
    [app('require: { max_ago: 15m }'), ':5: apps[0].require.max_ago: there is no such key; did you mean max_age?'],
    [app('origins: [null]'), ':5: apps[0].origins[0]: has no value; write one, or remove the line'],
    [
      app('origins: ["https://a.example.com/x"]'),
      ':5: apps[0].origins[0]: has a path; write scheme, host and port only, as https://dash.example.com',
    ],
    [
      app('upstream_tls: {}'),
      ':5: apps[0].upstream_tls: is given, but upstream is not https://; change that, or remove it',
    ],
    [
      'apps: [{ name: A, at: /, upstream: "http://x" }]',
      ':1: apps[0].name: is not a name; write 1 to 64 of a-z, 0-9, _ . and -, and not _all_',
    ],
    [
      'apps: [{ name: a, at: sales, upstream: "http://x" }]',
      ':1: apps[0].at: is neither a URL nor a path; write https://host/path/ or /path/',
    ],
    [
      'apps: [{ name: a, at: /a/../b, upstream: "http://x" }]',
      ':1: apps[0].at: has a path that is not plain; use letters, digits, - . _ and ~ between slashes, as /sales/',
    ],
    [
      'apps: [{ name: a, at: /_dashgate, upstream: "http://x" }]',
      ":1: apps[0].at: is below /_dashgate/, which is dashgate's own; choose another path, or another server.prefix",
    ],
    ...[
      'https://*/',
      'https://*.com/',
      'https://*.*.example.com/',
      'https://x.*.example.com/',
      'https://x*.example.com/',
    ].map((at): [string, string] => [
      `apps: [{ name: a, at: "${at}", upstream: "http://x" }]`,
      ':1: apps[0].at: has a * that is not the whole first label before two others at least; write it as https://*.dash.example.com/',
    ]),
    [
      'server: { public_url: "https://*.dash.example.com" }',
      ':1: server.public_url: stands for many hosts; name one, as https://dash.example.com',
    ],
    [
      'server: { public_url: "https://dash.example.com" }\napps: [{ name: a, at: "https://*.dash.example.com/", upstream: "http://x", kind: dash, sections: true }]',
      ':2: apps[0].sections: are learnt from one app, and at stands for many hosts; name each host as an app of its own, or remove it',
    ],
    [
      'server: { prefix: /gate }\napps: [{ name: a, at: /GATE/x, upstream: "http://x" }]',
      ":2: apps[0].at: is below /gate/, which is dashgate's own; choose another path, or another server.prefix",
    ],
    [
      `server: { prefix: /gate }\n${APPS}providers: [{ id: code, type: github, client_id: a, client_secret: b, redirect_uri: /gate/x }]`,
      ":3: providers[0].redirect_uri: is a path of dashgate's own, where answers come without it; remove it",
    ],
    [
      'apps: [{ name: a, at: "https://x/", upstream: "http://x" }]',
      ':1: apps[0].at: is https while server.public_url is not; the session cookie is made for one of them, so use the same',
    ],
    [
      'apps: [{ name: a, at: /, upstream: "127.0.0.1:80" }]',
      ':1: apps[0].upstream: is not an upstream; write http://host:port, https://host:port or unix:/path.sock',
    ],
    [
      'apps: [{ name: a, at: /, upstream: "unix:app.sock" }]',
      ':1: apps[0].upstream: is not a socket address; write unix: and an absolute path, as unix:/run/dashgate.sock',
    ],
    [
      `apps:\n  - ${APP}\n  - ${APP.replace('/sales/', '/b')}`,
      ':3: apps[1].name: is the name of apps[0] too; choose another',
    ],
    [
      `apps:\n  - ${APP}\n  - ${APP.replace('sales', 'b').replace('/sales/', '/sales')}`,
      ':3: apps[1].at: is where apps[0] is too; choose another path or host',
    ],
    [`${APPS}server: { listen: ":8080" }`, `:2: server.listen: ${NO_LISTEN}`],
    [`${APPS}server: { listen: "999.0.0.1:80" }`, `:2: server.listen: ${NO_LISTEN}`],
    [`${APPS}server: { listen: "127.0.0.1:99999" }`, `:2: server.listen: ${NO_LISTEN}`],
    [
      `${APPS}server: { listen: "unix:run.sock" }`,
      ':2: server.listen: is not a socket address; write unix: and an absolute path, as unix:/run/dashgate.sock',
    ],
    [
      `${APPS}server:\n  listen: 0.0.0.0:80`,
      ':2: server.public_url: is missing, and server.listen does not tell it; write where browsers find dashgate, as https://dash.example.com',
    ],
    [
      `${APPS}server: { check_listen: "127.0.0.1:8080" }`,
      ':2: server.check_listen: is the same address as server.listen; choose another port',
    ],
    [
      `${APPS}server: { public_url: dash.example.com }`,
      ':2: server.public_url: is not a URL; write one that begins with http:// or https://',
    ],
    [
      `${APPS}server: { redirect_listen: "127.0.0.1:80" }`,
      ':2: server.redirect_listen: redirects to https, which server.public_url is not; remove it, or change that',
    ],
    [`${APPS}server: { tls: { cert_file: a } }`, ':2: server.tls.key_file: is missing; add it'],
    [
      `${APPS}server: { public_url: "http://a.b", tls: { cert_file: a, key_file: b } }`,
      ':2: server.public_url: begins with http:// beside server.tls; write https://',
    ],
    [
      `${APPS}server: { trusted_proxies: [10.0.0.0/33] }`,
      ':2: server.trusted_proxies[0]: is not an address; write an IP address, a range as 10.0.0.0/8, or unix',
    ],
    [
      `${APPS}session: { cookie: { name: __Host-x } }`,
      ':2: session.cookie.name: has a prefix that browsers take over https only; remove the prefix',
    ],
    [
      `${APPS}session: { cookie: { name: "a b" } }`,
      ':2: session.cookie.name: is not a cookie name; write at most 64 letters, digits, _ and -',
    ],
    [
      `${APPS}session: { store: postgres }`,
      ':2: session.store: is not known; write sqlite, sqlite:FILE, memory or the URL of a Redis, as redis://HOST:PORT',
    ],
    [
      `${APPS}session: { store: "redis://me:secret@host" }`,
      ':2: session.store: holds a password, which would be read here by too many; name a file with it as session.store_password_file, or put the whole URL into one and name that as session.store_file',
    ],
    [
      `${APPS}session: { store: "redis://host", store_file: x }`,
      ':2: session.store_file: is given beside session.store; remove one of them',
    ],
    [
      `${APPS}session: { store_password_file: x }`,
      ':2: session.store_password_file: is for a Redis, which session.store is not; remove it',
    ],
    [
      `${APPS}session: { store: "redis://host", store_ca_file: x }`,
      ':2: session.store_ca_file: is given, but session.store speaks no TLS; write rediss://, or remove it',
    ],
    [
      `${APPS}session: { store_prefix: "a b" }`,
      ':2: session.store_prefix: is not a prefix; write 1 to 64 letters, digits, _ . : and -',
    ],
    [`${APPS}session: 8h`, ':2: session: is not a section; write key: value lines below it'],
    [`${APPS}state: ""`, ':2: state: is not a file name; write one, or remove the line'],
    [
      `${APPS}grants: { users: { mica: _all_ } }`,
      ':2: grants.users.mica: is not a list; write [a, b], or a line with "- " for each',
    ],
    [
      `${APPS}grants: { users: { mica@example.com: [a b] } }`,
      ':2: grants.users.…[0]: is not a grant; write resource, app/resource, _all_ or app/_all_ (1 to 64 of a-z, 0-9, _ . - each)',
    ],
    [`${APPS}grants: { groups: [hr] }`, ':2: grants.groups: is not a map; write name: [grants] lines below it'],
  ])('%j', async (text, line) => {
    expect(await firstLine(load(text))).toBe(`dashgate.yaml${line}`);
  });

  it('every problem has its line, in the order of the file', async () => {
    const lines = (await refusal(load('log:\n  level: x\nstate: []\nadmin: { listen: 1 }\napps: 5'))).split('\n');
    expect(lines.map((line) => line.split(': ')[0])).toEqual([2, 3, 4, 5].map((line) => `dashgate.yaml:${line}`));
  });
});

describe('a variable or flag that is wrong is named', () => {
  it.each<[Record<string, string>, Record<string, string>, string]>([
    [
      { DASHGATE_SESION_LIFETIME: '1h' },
      {},
      'DASHGATE_SESION_LIFETIME: there is no such variable; did you mean DASHGATE_SESSION_LIFETIME?',
    ],
    [
      { DASHGATE_QQQQQQQ: '1' },
      {},
      'DASHGATE_QQQQQQQ: there is no such variable; the configuration reference lists them all',
    ],
    [
      { DASHGATE_SERVER_TLS: '{}' },
      {},
      'DASHGATE_SERVER_TLS: is a section; set its keys one by one, as DASHGATE_SERVER_TLS_CERT_FILE',
    ],
    [{ DASHGATE_SESSION_LIFETIME: 'x' }, {}, `DASHGATE_SESSION_LIFETIME: ${NO_DURATION}`],
    [{ DASHGATE_APPS: '[{}]' }, {}, 'DASHGATE_APPS: apps[0].name: is missing; add it'],
    [
      { DASHGATE_APPS: '[{' },
      {},
      'DASHGATE_APPS: a bracket is not closed, or the indentation does not fit; is the text half-written?',
    ],
    [{}, { 'session.lifetme': '1h' }, '--session.lifetme: there is no such flag; did you mean --session.lifetime?'],
    [{}, { session: '{}' }, '--session: is a section; set its keys one by one, as --session.secret_file'],
    [{}, { 'session.lifetime': '' }, `--session.lifetime: ${NO_DURATION}`],
    [{ DASHGATE_SESSION_LIFETIME: 'x' }, { 'session.lifetime': 'y' }, `--session.lifetime: ${NO_DURATION}`],
    [
      {},
      { 'server.trusted_proxies': '10.0.0.1' },
      '--server.trusted_proxies: is not a list; write [a, b], or a line with "- " for each',
    ],
  ])('%j %j', async (env, flags, line) => {
    expect(await firstLine(load(APPS, { env, flags }))).toBe(line);
  });

  it('without a file and without apps, the missing file is what the message names', async () => {
    expect(await firstLine(load(null))).toBe(
      'dashgate.yaml: there is no such file in this folder; write one (docs/reference/dashgate.sample.yaml shows every key), name another by --config, or give the apps as DASHGATE_APPS or --apps',
    );
  });
});

describe('what may be meant but is dangerous is said at each start', () => {
  const HTTPS = 'server: { listen: "0.0.0.0:443", public_url: "https://a.example.com" }';
  it.each([
    [
      `${APPS}server: { listen: "0.0.0.0:80", public_url: "http://a.example.com" }`,
      ':2: server.listen: is reached from other machines without https, so passwords and cookies can be read on the way; set server.tls, or an https server.public_url with a proxy in front that speaks it',
    ],
    [
      `${APPS}server: { public_url: "http://a.example.com" }`,
      ':2: server.public_url: is plain http for other machines, so passwords and cookies can be read on the way; use https',
    ],
    [
      `${APPS}server: { check_listen: "0.0.0.0:81" }`,
      ':2: server.check_listen: is reached from other machines; see that only the front proxy can, and that server.trusted_proxies names it',
    ],
    [
      `${APPS}admin: { listen: "0.0.0.0:81" }`,
      ':2: admin.listen: is reached from other machines and asks for no login; see that only monitoring can',
    ],
    [
      `${APPS}${HTTPS}\nattempts: { limit: off }`,
      ':3: attempts.limit: is off, so passwords can be guessed as fast as they can be checked; remove it',
    ],
    [
      `${APPS}${HTTPS}\ngrants: { users: { mike: [slaes/hr] } }`,
      ':3: grants.users.mike[0]: names an app that is not configured, so it grants nothing; check the name',
    ],
    [
      app('resources: [{ resource: hr, paths: [/hr/**] }]\n    public: [/, /hr/logo.svg]'),
      ':6: apps[0].public[1]: is guarded by resources too, so it is not public; remove it from one of them',
    ],
    [
      app('resources: [{ resource: hr, paths: [/sales/hr/**, /] }]'),
      ":5: apps[0].resources[0].paths[0]: begins with the app's own prefix, which is added to it; is it meant without?",
    ],
    [
      `${APPS}grants: { groups: { staff: [_all_, sales/_all_, hr] } }`,
      ':2: grants.groups.staff[2]: is a resource that no app asks for, so it grants nothing; check its spelling beside resource and resources of the apps',
    ],
    [
      `${app('resource: hr')}\ngrants: { users: { mike: [hr, sales/hr, sales/pay] } }`,
      ':6: grants.users.mike[2]: is a resource that no app asks for, so it grants nothing; check its spelling beside resource and resources of the apps',
    ],
    [
      app('kind: dash\n    resources: [{ resource: hr, paths: [/hr, /hr/**] }]\n    open: [/]'),
      ':6: apps[0].resources: guards addresses, but a click on a dcc.Link shows a page of a Dash app without asking for its address, and callbacks are not told apart; write sections: true, and name ids by their section',
    ],
    [
      app('resource: sales\n    resources: [{ resource: hr, paths: [/hr.csv, /pay/**, /hr] }]'),
      ':6: apps[0].resources[0].paths[2]: guards that address alone and leaves open what is below it; add /hr/**',
    ],
    [
      app('open: [/]\n    resources: [{ resource: hr, paths: [/hr.csv, /pay/**, /hr] }]'),
      ':6: apps[0].resources[0].paths[2]: guards that address alone and refuses what is below it; add /hr/**',
    ],
    [
      app('resources: [{ resource: hr, paths: [/hr/**] }]'),
      ':5: apps[0].resources: does not name the first page, /, so only those who may see everything open it; write open: ["/"], or open: ["/**"] for all that no rule guards',
    ],
    [
      app('resources: [{ resource: hr, paths: [/**], methods: [POST] }]'),
      ':5: apps[0].resources: does not name the first page, /, so only those who may see everything open it; write open: ["/"], or open: ["/**"] for all that no rule guards',
    ],
    [
      `${app('resource: sales')}\nsession: { store: "redis+sentinel://10.0.0.7/mine" }`,
      ':6: session.store: speaks to another machine without TLS: who is between can read the password and sign people out or in again; write rediss://, or keep that network to yourself',
    ],
    [
      app('resource: sales\n    open: [/x]'),
      ':6: apps[0].open: does nothing here: only where resources are named, and neither resource nor sections, is the rest closed; remove it',
    ],
    [
      app('require: { max_age: 15m, amr: [pwd, otp] }'),
      ':5: apps[0].require.amr: asks for what no way to sign in gives, so nobody gets past it; passwords give amr: [pwd], and other proofs come from providers',
    ],
    [
      app(
        'sections: true\n    kind: dash\n    resources: [{ resource: hr, paths: [/hr/**], require: { max_age: 15m } }]',
      ),
      ':7: apps[0].resources[0].require: holds for these addresses, but what a page of a Dash app shows comes from others, by POST; write it at the app, or make these pages an app of their own',
    ],
  ])('%j', async (text, line) => {
    expect((await load(text)).warnings).toEqual([`dashgate.yaml${line}`]);
  });

  it('not: the first page of a TabPy, which its kind leaves open', async () => {
    const text = app('kind: tabpy\n    resources: [{ resource: models, paths: [/query/**] }]');
    expect((await load(text)).warnings).toEqual([]);
  });

  it('not: loopback, or https in front', async () => {
    expect((await load(APPS)).warnings).toEqual([]);
    expect((await load(`${APPS}${HTTPS}`)).warnings).toEqual([]);
  });
});

describe('whatever is given', () => {
  const SECRET = 'hunter2-hunter2';
  it.each([
    `apps: [{ name: a, at: /, upstream: "http://mica:${SECRET}@10.0.0.1" }]`,
    `state: "${SECRET}`,
    `state: {${SECRET}`,
    `apps: ${SECRET}`,
    `session: { lifetime: ${SECRET}, store: ${SECRET}, cookie: "${SECRET}" }`,
    `log: *${SECRET}`,
    `log: !${SECRET} x`,
    `log: @${SECRET}`,
  ])('no message repeats a value: %j', async (text) => {
    expect(await refusal(load(text))).not.toContain(SECRET);
  });

  const settles = async (of: Promise<LoadedConfig>): Promise<boolean> =>
    of.then(
      () => true,
      (error: unknown) => error instanceof ConfigInvalid && error.message !== '',
    );
  const yamlish = fc
    .array(
      fc.constantFrom(
        'apps',
        ':',
        ' ',
        '\n',
        '- ',
        '&a ',
        '*a',
        '[',
        ']',
        '{',
        '}',
        ',',
        '"',
        "'",
        '|',
        '?',
        '!',
        '#',
        '\t',
        '<<',
        '1',
        'server',
        'grants',
        'users',
        '---',
        '%',
        '\u{feff}',
      ),
    )
    .map((parts) => parts.join(''));
  const json = fc
    .jsonValue()
    .map((value) => JSON.stringify({ apps: value, server: value, grants: { users: value }, session: value }));

  it('a file is taken or refused with ConfigInvalid', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), yamlish, json, fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(text, (text) => settles(load(text))),
      { numRuns: 500 },
    );
  });

  it('so are variables and flags', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), yamlish, json);
    const names = fc.constantFrom('APPS', 'SERVER_LISTEN', 'GRANTS_USERS', 'SESSION_LIFETIME', 'STATE');
    await fc.assert(
      fc.asyncProperty(names, text, fc.string(), (name, text, flag) =>
        settles(
          load(APPS, { env: { [`DASHGATE_${name}`]: text }, flags: { [flag]: text, 'server.public_url': text } }),
        ),
      ),
      { numRuns: 300 },
    );
  });
});
