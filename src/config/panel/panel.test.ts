import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TempDir, tempDir } from '../../../test/support/temp-dir.ts';
import { ConfigInvalid } from '../../errors.ts';
import { type LoadedConfig, loadConfig } from '../load.ts';
import { readPanel } from './read.ts';
import { NOT_FOLLOWED, OF_THE_APP, PANEL_SETTINGS } from './settings.ts';
import { translate } from './translate.ts';

type Vars = Record<string, string>;

/** What the settings become, by native key. */
const become = (env: Vars, flags: Vars = {}, native: Record<string, unknown> = {}): Record<string, unknown> => {
  const found = translate(readPanel(env, flags).given, native, { tenant: env.AAD_TENANT_ID, cwd: import.meta.dirname });
  return Object.fromEntries(found.map(({ path, value }) => [path.join('.'), value]));
};
const refusal = (env: Vars, flags: Vars = {}, native: Record<string, unknown> = {}): string => {
  try {
    become(env, flags, native);
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.message;
    throw error;
  }
  return '';
};

const GITHUB = { PANEL_OAUTH_PROVIDER: 'GitHub', PANEL_OAUTH_KEY: 'key', PANEL_OAUTH_SECRET: 's3cret' };
const type = (name: string, more: Vars = {}): Vars => ({ ...GITHUB, PANEL_OAUTH_PROVIDER: name, ...more });
const entryOf = (env: Vars, flags: Vars = {}): Record<string, unknown> => {
  const all = Object.entries(become(env, flags)).filter(([key]) => key.startsWith('providers.0.'));
  return Object.fromEntries(all.map(([key, value]) => [key.slice('providers.0.'.length), value]));
};

describe('a provider', () => {
  it('is an entry of providers, with the user name and the redirect URI that Panel has', () => {
    expect(entryOf(GITHUB)).toEqual({
      ...{ id: 'github', type: 'github', client_id: 'key', client_secret: 's3cret' },
      ...{ user_claim: 'login', redirect_uri: '/' },
    });
  });

  it('is the same by flags', () => {
    const flags = { 'oauth-provider': 'github', 'oauth-key': 'key', 'oauth-secret': 's3cret' };
    expect(entryOf({}, flags)).toEqual(entryOf(GITHUB));
  });

  it('stands behind those of the native configuration', () => {
    const native = { providers: [{ id: 'corp', type: 'oidc' }] };
    expect(become(GITHUB, {}, native)).toMatchObject({ 'providers.1': {}, 'providers.1.id': 'github' });
  });

  it.each([
    ['github', 'login'],
    ['gitlab', 'preferred_username'],
    ['bitbucket', 'username'],
    ['google', 'email'],
    ['azure', 'unique_name'],
    ['azurev2', 'email'],
    ['okta', 'email'],
    ['auth0', 'email'],
    ['generic', 'email'],
    ['auth_code', 'email'],
  ])('%s shows %s as user name', (name, claim) => {
    expect(entryOf(type(name)).user_claim).toBe(claim);
  });

  it.each<[string, Vars, Vars, Record<string, unknown>]>([
    [
      '--oauth-redirect-uri',
      {},
      { 'oauth-redirect-uri': 'https://a.example/login' },
      { redirect_uri: 'https://a.example/login' },
    ],
    [
      'PANEL_OAUTH_REDIRECT_URI',
      { PANEL_OAUTH_REDIRECT_URI: 'https://a.example' },
      {},
      { redirect_uri: 'https://a.example' },
    ],
    ['--oauth-jwt-user', {}, { 'oauth-jwt-user': 'sub' }, { user_claim: 'sub' }],
    ['PANEL_OAUTH_JWT_USER', { PANEL_OAUTH_JWT_USER: 'name' }, {}, { user_claim: 'name' }],
    ['PANEL_OAUTH_SCOPE', { PANEL_OAUTH_SCOPE: 'user, read:org' }, {}, { scope: 'user read:org' }],
    [
      'the scope of the extra parameters',
      { PANEL_OAUTH_SCOPE: 'x' },
      { 'oauth-extra-params': "{'scope': ['user', 'gist']}" },
      { scope: 'user gist' },
    ],
    ['a scope in one text', {}, { 'oauth-extra-params': "{'scope': 'user gist'}" }, { scope: 'user gist' }],
    [
      'what Panel forwards',
      {},
      { 'oauth-extra-params': "{'prompt': 'consent', 'n': 1, 'b': True}" },
      { authorize_params: { prompt: 'consent', n: '1', b: 'True' } },
    ],
    [
      'PANEL_OAUTH_EXTRA_PARAMS',
      { PANEL_OAUTH_EXTRA_PARAMS: "{'login_hint': 'x'}" },
      {},
      { authorize_params: { login_hint: 'x' } },
    ],
    ['--oauth-refresh-tokens', {}, { 'oauth-refresh-tokens': 'true' }, {}],
    ['PANEL_OAUTH_REFRESH_TOKENS', { PANEL_OAUTH_REFRESH_TOKENS: '1' }, {}, {}],
  ])('%s', (_name, env, flags, wanted) => {
    expect(entryOf({ ...GITHUB, ...env }, flags)).toEqual({ ...entryOf(GITHUB), ...wanted });
  });

  it.each<[string, Vars, string, string]>([
    ['azure', { PANEL_OAUTH_EXTRA_PARAMS: "{'tenant': 'a'}" }, 'tenant', 'a'],
    ['azurev2', { PANEL_OAUTH_EXTRA_PARAMS: "{'tenant_id': 'b'}" }, 'tenant', 'b'],
    ['azure', { PANEL_OAUTH_EXTRA_PARAMS: "{'tenant': 'a'}", AAD_TENANT_ID: 'c' }, 'tenant', 'c'],
    ['auth0', { PANEL_OAUTH_EXTRA_PARAMS: "{'subdomain': 'acme'}" }, 'subdomain', 'acme'],
    ['gitlab', { PANEL_OAUTH_EXTRA_PARAMS: "{'url': 'git.example.com'}" }, 'url', 'https://git.example.com'],
    ['okta', { PANEL_OAUTH_EXTRA_PARAMS: "{'url': 'acme.okta.com'}" }, 'url', 'https://acme.okta.com'],
    ['okta', { PANEL_OAUTH_EXTRA_PARAMS: "{'server': ''}" }, 'server', ''],
    [
      'generic',
      { PANEL_OAUTH_EXTRA_PARAMS: "{'AUTHORIZE_URL': 'https://a.example/authorize'}" },
      'authorize_url',
      'https://a.example/authorize',
    ],
    [
      'generic',
      { PANEL_OAUTH_AUTHORIZE_URL: 'https://a.example/authorize' },
      'authorize_url',
      'https://a.example/authorize',
    ],
    ['generic', { PANEL_OAUTH_TOKEN_URL: 'https://a.example/token' }, 'token_url', 'https://a.example/token'],
    ['generic', { PANEL_OAUTH_USER_URL: 'https://a.example/user' }, 'user_url', 'https://a.example/user'],
    ['auth_code', { PANEL_OAUTH_LOGOUT_URL: 'https://a.example/out' }, 'logout_url', 'https://a.example/out'],
    ['azurev2', { PANEL_OAUTH_SCOPE: 'email' }, 'scope', 'openid email'],
    ['okta', { PANEL_OAUTH_SCOPE: 'email,openid' }, 'scope', 'email openid'],
    ['generic', { PANEL_USER_KEY: 'nick' }, 'user_claim', 'nick'],
    ['generic', { PANEL_OAUTH_EXTRA_PARAMS: "{'USER_KEY': 'nick'}", PANEL_USER_KEY: 'x' }, 'user_claim', 'nick'],
  ])('%s with %j: %s is %j', (name, env, key, value) => {
    expect(entryOf(type(name, env))[key]).toBe(value);
  });

  it('auth_code is a public client, as in Panel', () => {
    expect(entryOf(type('auth_code'))).not.toHaveProperty('client_secret');
    const { PANEL_OAUTH_SECRET: _none, ...rest } = type('auth_code');
    expect(entryOf(rest)).toMatchObject({ id: 'auth-code', type: 'auth_code' });
  });

  it.each<[string, Vars, string]>([
    ['a provider that asks for passwords', type('password'), "PANEL_OAUTH_PROVIDER: hands people's passwords on"],
    ['the users of the machine', type('pam'), 'PANEL_OAUTH_PROVIDER: asks the users of the machine'],
    ['a plug-in of Panel', type('mine'), 'PANEL_OAUTH_PROVIDER: is no provider that Panel has by itself; write auth0,'],
    ['no key', { PANEL_OAUTH_PROVIDER: 'github', PANEL_OAUTH_SECRET: 'x' }, 'PANEL_OAUTH_PROVIDER: needs --oauth-key'],
    [
      'no secret',
      { PANEL_OAUTH_PROVIDER: 'github', PANEL_OAUTH_KEY: 'x' },
      'PANEL_OAUTH_PROVIDER: needs --oauth-secret',
    ],
    ['no provider', { PANEL_OAUTH_KEY: 'x' }, 'PANEL_OAUTH_KEY: is given without --oauth-provider'],
    [
      'a dict that is none',
      { ...GITHUB, PANEL_OAUTH_EXTRA_PARAMS: '{a: s3cret}' },
      'PANEL_OAUTH_EXTRA_PARAMS: has something that is no dict',
    ],
    ['a list', { ...GITHUB, PANEL_OAUTH_EXTRA_PARAMS: '[]' }, 'PANEL_OAUTH_EXTRA_PARAMS: is not a Python dict'],
    [
      'a parameter of another type',
      { ...GITHUB, PANEL_OAUTH_EXTRA_PARAMS: "{'tenant': 'x'}" },
      'PANEL_OAUTH_EXTRA_PARAMS: has tenant, which means nothing to github',
    ],
    [
      'both spellings',
      type('azure', { PANEL_OAUTH_EXTRA_PARAMS: "{'tenant': 'x', 'tenant_id': 'y'}" }),
      'PANEL_OAUTH_EXTRA_PARAMS: has both tenant and tenant_id',
    ],
    [
      'a parameter that goes nowhere',
      type('auth_code', { PANEL_OAUTH_EXTRA_PARAMS: "{'prompt': 'x'}" }),
      'PANEL_OAUTH_EXTRA_PARAMS: has parameters that auth_code forwards to nobody; remove prompt',
    ],
    [
      'a list as a parameter',
      { ...GITHUB, PANEL_OAUTH_EXTRA_PARAMS: "{'prompt': ['s3cret']}" },
      'PANEL_OAUTH_EXTRA_PARAMS: has a parameter for the provider that is no text',
    ],
  ])('%s stops the start', (_what, env, line) => {
    const said = refusal(env);
    expect(said.split('\n')[0]).toContain(line);
    expect(said).not.toContain('s3cret');
  });

  it('of an id that the native configuration has too stops the start', () => {
    expect(refusal(GITHUB, {}, { providers: [{ id: 'github' }] })).toBe(
      'PANEL_OAUTH_PROVIDER: providers has an entry with the id github too; remove one of them',
    );
  });
});

describe('the session and the app', () => {
  const one = { apps: [{ name: 'a' }] };
  it.each<[string, Vars, Vars, Record<string, unknown>]>([
    ['--oauth-expiry-days', {}, { 'oauth-expiry-days': '0.5' }, { 'session.lifetime': '12h' }],
    ['PANEL_OAUTH_EXPIRY', { PANEL_OAUTH_EXPIRY: '7' }, {}, { 'session.lifetime': '7d' }],
    [
      '--cookie-secret',
      {},
      { 'cookie-secret': 'x' },
      { 'apps.0.identity': ['headers', 'panel'], 'apps.0.panel_cookies': {}, 'apps.0.panel_cookies.secret': 'x' },
    ],
    [
      'PANEL_COOKIE_SECRET',
      { PANEL_COOKIE_SECRET: 'y', BOKEH_COOKIE_SECRET: 'z' },
      {},
      { 'apps.0.identity': ['headers', 'panel'], 'apps.0.panel_cookies': {}, 'apps.0.panel_cookies.secret': 'y' },
    ],
    [
      'PANEL_OAUTH_ENCRYPTION',
      { PANEL_COOKIE_SECRET: 'y', PANEL_OAUTH_ENCRYPTION: 'k' },
      {},
      {
        'apps.0.identity': ['headers', 'panel'],
        'apps.0.panel_cookies': {},
        'apps.0.panel_cookies.secret': 'y',
        'apps.0.panel_cookies.encryption_key': 'k',
      },
    ],
    [
      '--oauth-encryption-key',
      {},
      { 'cookie-secret': 'y', 'oauth-encryption-key': 'k' },
      {
        'apps.0.identity': ['headers', 'panel'],
        'apps.0.panel_cookies': {},
        'apps.0.panel_cookies.secret': 'y',
        'apps.0.panel_cookies.encryption_key': 'k',
      },
    ],
  ])('%s', (_name, env, flags, wanted) => {
    expect(become(env, flags, one)).toEqual(wanted);
  });

  it('--oauth-error-template', () => {
    const flags = { 'oauth-error-template': '/etc/error.html' };
    expect(become({}, flags)).toEqual({ 'login.error_template': '/etc/error.html' });
    expect(refusal({}, flags, { login: { error_template: 'x' } })).toContain('is given beside login.error_template');
  });

  it.each<[string, Vars, Vars, unknown]>([
    ['--basic-auth', {}, { 'basic-auth': 'Pass' }, { anyone: { password: 'Pass' } }],
    ['PANEL_BASIC_AUTH', { PANEL_BASIC_AUTH: 'Pass' }, {}, { anyone: { password: 'Pass' } }],
    [
      '--basic-auth with a file',
      {},
      { 'basic-auth': 'read.ts' },
      { file: expect.stringMatching(/read\.ts$/), plaintext: true },
    ],
  ])('%s', (_name, env, flags, wanted) => {
    const found = become(env, flags, { ...one, directories: [{ file: 'users.yaml' }] });
    expect(found).toMatchObject({ 'directories.1': wanted, 'apps.0.login_path': '/login' });
    expect(refusal({ ...GITHUB, ...env }, flags)).toContain('is given beside a provider');
  });

  it.each(['users.json', './users', '/run/secrets/users', 'C:\\\\users', 'no such/file', 'read.ts/x'])(
    '--basic-auth %s, which is not there, is no password that lets in everybody',
    (name) => {
      const said = refusal({}, { 'basic-auth': name }, one);
      expect(said).toContain('reads as the name of a file');
      expect(said).not.toContain(name);
      expect(refusal({ PANEL_BASIC_AUTH: name }, {}, one)).toContain('PANEL_BASIC_AUTH: reads as');
    },
  );

  it.each<[string, Vars, Vars, unknown]>([
    ['--oauth-optional', {}, { 'oauth-optional': 'true' }, ['/**']],
    ['PANEL_OAUTH_OPTIONAL', { PANEL_OAUTH_OPTIONAL: 'True' }, {}, ['/**']],
    ['PANEL_OAUTH_OPTIONAL=0', { PANEL_OAUTH_OPTIONAL: '0' }, {}, undefined],
    [
      '--oauth-guest-endpoints',
      {},
      { 'oauth-guest-endpoints': '["/a/","b"]' },
      ['/a/', '/a/ws', '/b', '/b/ws', '/static/**'],
    ],
    ['PANEL_OAUTH_GUEST_ENDPOINTS', { PANEL_OAUTH_GUEST_ENDPOINTS: "['/a']" }, {}, ['/a', '/a/ws', '/static/**']],
  ])('%s', (_name, env, flags, wanted) => {
    expect(become(env, flags, one)['apps.0.guests']).toEqual(wanted);
    if (!wanted) return;
    expect(refusal(env, flags, { apps: [{ guests: [] }] })).toContain('is given beside apps[0].guests');
    expect(refusal(env, flags, { apps: [{}, {}] })).toContain('several could be meant');
    expect(refusal({ PANEL_OAUTH_GUEST_ENDPOINTS: '/a' }, {}, one)).toContain('is not a list of paths');
  });

  it.each<[string, Vars, Record<string, unknown>]>([
    ['--login-endpoint', { 'login-endpoint': '/in' }, { 'apps.0.login_path': '/in' }],
    ['--logout-endpoint', { 'logout-endpoint': 'out' }, { 'apps.0.logout_path': '/out' }],
  ])('%s', (_name, flags, wanted) => {
    expect(become({}, flags, one)).toMatchObject(wanted);
    expect(become(GITHUB, {}, one)).toMatchObject({ 'apps.0.login_path': '/login', 'apps.0.logout_path': '/logout' });
    expect(become(GITHUB, {}, { apps: [{}, {}] })).not.toHaveProperty('apps.0.login_path');
    const native = { apps: [{ login_path: '/a', logout_path: '/b' }] };
    expect(refusal({}, flags, native)).toContain('is given beside apps[0].log');
    expect(refusal({}, flags, { apps: [{}, {}] })).toContain('several could be meant');
  });

  it('that is Panel’s is the one that says so, or the only one that may be', () => {
    const native = { apps: [{ name: 'a' }, { name: 'b', identity: ['panel'] }, { name: 'c', kind: 'dash' }] };
    expect(become({ PANEL_COOKIE_SECRET: 'x' }, {}, native)).toEqual({
      'apps.1.panel_cookies': {},
      'apps.1.panel_cookies.secret': 'x',
    });
    expect(become({ BOKEH_COOKIE_SECRET: 'x' }, {}, { apps: [{ name: 'c', kind: 'dash' }] })).toEqual({});
  });

  it.each<[string, Vars, Record<string, unknown>, string]>([
    [
      'no app',
      { PANEL_COOKIE_SECRET: 'x' },
      { apps: [{ kind: 'dash' }] },
      'PANEL_COOKIE_SECRET: is for a Panel app, and there is none',
    ],
    [
      'several apps',
      { PANEL_COOKIE_SECRET: 'x' },
      { apps: [{}, {}] },
      'PANEL_COOKIE_SECRET: is for Panel apps, and several could be meant',
    ],
    [
      'a secret of its own',
      { PANEL_COOKIE_SECRET: 'x' },
      { apps: [{ panel_cookies: {} }] },
      'PANEL_COOKIE_SECRET: is given beside apps[0].panel_cookies',
    ],
    ['a key alone', { PANEL_OAUTH_ENCRYPTION: 'x' }, one, 'PANEL_OAUTH_ENCRYPTION: needs --cookie-secret'],
    [
      'two lifetimes',
      { PANEL_OAUTH_EXPIRY: '1' },
      { session: { lifetime: '8h' } },
      'PANEL_OAUTH_EXPIRY: is given beside session.lifetime',
    ],
    ['no number', { PANEL_OAUTH_EXPIRY: 'x' }, {}, 'PANEL_OAUTH_EXPIRY: is not a number of days'],
    ['no days', { PANEL_OAUTH_EXPIRY: '0' }, {}, 'PANEL_OAUTH_EXPIRY: is not a number of days'],
  ])('%s stops the start', (_what, env, native, line) => {
    expect(refusal(env, {}, native)).toContain(line);
  });
});

describe('a name', () => {
  it.each(PANEL_SETTINGS.flatMap(({ flag, env }) => (flag === null || !env[0] ? [] : [[flag, env[0]] as const])))(
    '--%s beside %s stops the start, as in Panel',
    (flag, variable) => {
      expect(refusal({ [variable]: 'x' }, { [flag]: 'x' })).toContain(`--${flag}: is given beside ${variable}`);
    },
  );

  it.each([...NOT_FOLLOWED])('--%s stops the start: it %s', (flag, why) => {
    expect(refusal({}, { [flag]: 'x' })).toBe(`--${flag}: ${why}`);
  });

  it.each([...OF_THE_APP])('--%s stops the start, as it is for the app', (flag) => {
    expect(refusal({}, { [flag]: 'x' })).toMatch(/: is for the Panel app, and means nothing here/);
  });

  it.each([
    ['PANEL_COOKIE_PATH', 'is not wanted'],
    ['PANEL_NUM_THREADS', 'is for the Panel app'],
    ['PANEL_LOG_LEVEL', 'is for the Panel app'],
    ['PANEL_WHATEVER', 'is for the Panel app'],
    ['PANEL_OAUTH_SECERT', 'did you mean PANEL_OAUTH_SECRET?'],
  ])('%s stops the start: %s', (name, why) => {
    expect(refusal({ [name]: 's3cret' })).toMatch(new RegExp(`^${name}: .*${why.replace('?', '\\?')}`));
    expect(refusal({ [name]: 's3cret' })).not.toContain('s3cret');
    expect(refusal({ [name]: '' })).toBe('');
  });

  it('that is misspelt gets a hint', () => {
    expect(refusal({}, { 'oauth-scret': 's3cret' })).toBe(
      '--oauth-scret: there is no such flag; did you mean --oauth-secret?',
    );
  });

  it('that a cluster sets for a service called panel is none of ours', () => {
    expect(become({ PANEL_PORT: 'tcp://10.0.0.1:80', PANEL_SERVICE_HOST: '10.0.0.1' })).toEqual({});
  });
});

describe('beside a file', () => {
  let dir: TempDir;
  beforeAll(async () => {
    dir = await tempDir();
    await dir.write('dashgate.yaml', 'apps: [{ name: a, at: /, upstream: "http://127.0.0.1:1" }]\n');
  });
  afterAll(() => dir[Symbol.asyncDispose]());
  const load = (env: Vars, flags: Vars = {}): Promise<LoadedConfig> => loadConfig({ env, flags, cwd: dir.path });

  it('what is wrong is said at the variable or flag that said it', async () => {
    await expect(load({ PANEL_COOKIE_SECRET: 'x', PANEL_OAUTH_ENCRYPTION: 'nope' })).rejects.toThrow(
      /^PANEL_OAUTH_ENCRYPTION: is not a Fernet key; make one by "dashgate oauth-secret"$/,
    );
    await expect(load({}, { 'cookie-secret': 'a\nb' })).rejects.toThrow(/^--cookie-secret: is not a secret/);
  });

  it('a provider has the name of its host, and misses the cookie secret', async () => {
    const generic = type('generic', {
      PANEL_OAUTH_AUTHORIZE_URL: 'https://login.example.com/authorize',
      PANEL_OAUTH_TOKEN_URL: 'https://login.example.com/token',
      PANEL_OAUTH_USER_URL: 'https://login.example.com/me',
    });
    const { config, warnings } = await load(generic);
    expect(config.providers[0]?.name).toBe('login.example.com');
    expect(warnings).toEqual([expect.stringMatching(/^PANEL_OAUTH_PROVIDER: is given without --cookie-secret or /)]);
    expect((await load({ ...generic, PANEL_COOKIE_SECRET: 'x' })).warnings).toEqual([]);
  });

  it('says what became of each', async () => {
    const { config, translated } = await load({ PANEL_COOKIE_SECRET: 'x', PANEL_OAUTH_EXPIRY: '2' });
    expect(config.session.lifetimeMs).toBe(2 * 86_400_000);
    expect(config.apps[0]).toMatchObject({
      identity: ['headers', 'panel'],
      panelCookies: { secret: { kind: 'text', text: 'x' }, encryptionKey: null },
    });
    expect(translated).toContain('PANEL_OAUTH_EXPIRY sets session.lifetime: 2d');
    expect(translated).toContain('PANEL_COOKIE_SECRET sets apps[0].identity: headers, panel');
    expect(translated).toContain('PANEL_COOKIE_SECRET sets apps[0].panel_cookies.secret');
    expect(translated).toHaveLength(3);
  });
});

it('docs/panel.md has every setting, in the words that stand beside it', async () => {
  const page = await readFile(new URL('../../../docs/panel.md', import.meta.url), 'utf8');
  for (const { flag, env, does } of PANEL_SETTINGS) {
    const names = [...(flag === null ? [] : [`--${flag}`]), ...env].map((name) => `\`${name}\``);
    expect(page).toContain(`| ${names.join(', ')} | ${does} |`);
  }
});
