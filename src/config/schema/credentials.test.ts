import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../load.ts';

const APPS = 'apps: [{ name: sales, at: /sales/, upstream: "http://127.0.0.1:8050" }]\n';
const SHARED = 'password_file: shared.yaml';
const LDAP = 'directories: [{ ldap: { url: "ldaps://ldap.example.com", base_dn: "dc=example,dc=com" } }]\n';

async function load(text: string, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'dashgate-modes-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'dashgate.yaml'), APPS + text);
  return loadConfig({ env, flags: {}, cwd: folder });
}
const firstLine = (text: string): Promise<string> =>
  load(text).then(
    () => 'taken',
    (error: Error) => error.message.split('\n')[0] ?? '',
  );

it('users prove themselves by user name and password, unless something else is said', async () => {
  const { config, warnings } = await load('');
  expect(config.credentials).toEqual({ modes: ['auth-user-pass'], allowsBlankUser: false, sharedPassword: null });
  expect(config.grants.modes).toEqual({});
  expect(warnings).toEqual([]);
});

describe('the names of connectors', () => {
  it.each<[string, string[], boolean]>([
    ['[None]', ['auth-none'], false],
    ['[BasicUserNameOnly]', ['auth-user'], false],
    ['[PasswordOnly]', ['auth-pass'], false],
    ['[Basic]', ['auth-user-pass'], false],
    ['[BasicNoValidateFields]', ['auth-user-pass'], true],
    ['[ComboBoxIntegrated]', ['auth-user-pass', 'auth-user', 'auth-none'], false],
    ['[3, 2, 0]', ['auth-user-pass', 'auth-user', 'auth-none'], false],
    ['["3"]', ['auth-user-pass'], false],
    ['[ldap, Basic]', ['ldap', 'auth-user-pass'], false],
  ])('%s', async (written, modes, allowsBlankUser) => {
    const { config } = await load(`credentials: { modes: ${written}, ${SHARED} }\n${LDAP}`);
    expect(config.credentials).toMatchObject({ modes, allowsBlankUser });
  });

  it('are taken from a variable, and as keys of grants', async () => {
    const { config } = await load('grants: { modes: { BasicUserNameOnly: [HR], None: [sales/hr] } }', {
      DASHGATE_CREDENTIALS_MODES: '[0, BasicUserNameOnly]',
    });
    expect(config.credentials.modes).toEqual(['auth-none', 'auth-user']);
    expect(config.grants.modes).toEqual({ 'auth-none': ['sales/hr'], 'auth-user': ['hr'] });
  });
});

describe('what cannot be meant is refused, with its line', () => {
  it.each([
    ['credentials: { modes: [] }', 'credentials.modes: is empty'],
    ['credentials: { modes: [oauth] }', 'credentials.modes[0]: is no mode: each provider is a button of its own'],
    ['credentials: { modes: [auth-integrated] }', 'credentials.modes[0]: is no way to sign in; write auth-none'],
    ['credentials: { modes: [1] }', 'credentials.modes[0]: is no way to sign in'],
    ['credentials: { modes: [constructor] }', 'credentials.modes[0]: is no way to sign in'],
    ['credentials: { modes: [null] }', 'credentials.modes[0]: '],
    ['credentials: { modes: [Basic, 3] }', 'credentials.modes: has a mode twice'],
    ['credentials: { modes: [auth-pass] }', 'credentials.modes: has auth-pass, but there is no shared password'],
    ['credentials: { modes: [BasicNoValidateFields] }', 'credentials.modes: takes a blank user name, but there is no'],
    [`credentials: { modes: [auth-pass], password_hash: x, ${SHARED} }`, 'credentials.password_file: is given beside'],
    [`credentials: { modes: [auth-pass], allow_blank_user: true, ${SHARED} }`, 'credentials.allow_blank_user: is for'],
    ['credentials: { modes: [ldap] }', 'credentials.modes: has ldap, but there is no LDAP directory'],
    ['grants: { modes: { auth-user-pass: [hr] } }', 'grants.modes.auth-user-pass: is a mode of users'],
    ['grants: { modes: { ComboBoxIntegrated: [hr] } }', 'grants.modes.ComboBoxIntegrated: is no mode that has grants'],
    ['grants: { modes: { None: [hr], auth-none: [hr] } }', 'grants.modes.auth-none: is there twice'],
    ['grants: { modes: { auth-none: [a b] } }', 'grants.modes.auth-none[0]: is not a grant'],
    [
      'grants: { users: { "label:auth-user:mica": [hr] } }',
      'grants.users.label:auth-user:mica: is what somebody called',
    ],
    ['grants: { users: { LABEL:auth-none: [hr] } }', 'grants.users.LABEL:auth-none: is what somebody called'],
  ])('%s', async (text, line) => {
    expect(await firstLine(text)).toContain(`dashgate.yaml:2: ${line}`);
  });
});

it.each([
  ['credentials: { modes: [auth-user] }', 'credentials.modes: offers auth-user, which may open nothing'],
  ['grants: { modes: { auth-none: [hr] } }', 'grants.modes.auth-none: is a mode that is not among credentials.modes'],
  [`credentials: { ${SHARED} }`, 'credentials.password_file: is given, but no mode uses it'],
  [
    'credentials: { modes: [auth-none] }\ngrants: { modes: { auth-none: [_all_] } }',
    'grants.modes.auth-none: lets everyone open everything',
  ],
  [
    'credentials: { modes: [auth-none] }\ngrants: { modes: { auth-none: [slaes/hr] } }',
    'grants.modes.auth-none[0]: names an app that is not configured',
  ],
])('is warned of: %s', async (text, line) => {
  const { warnings } = await load(text);
  expect(warnings.filter((warning) => warning.includes(line))).toHaveLength(1);
});
