import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CLIENT, connectedApp, SECRET } from '../../test/support/connected.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { loadConfig } from './load.ts';

const problemsOf = async (connected: readonly object[], more: object = {}): Promise<string[]> => {
  await using dir = await tempDir();
  const settings = {
    server: { public_url: 'https://dash.example.com' },
    apps: [{ name: 'sales', at: '/', upstream: 'http://127.0.0.1:1', resource: 'hr' }],
    grants: { groups: { viewers: ['hr'] } },
  };
  await dir.write('dashgate.yaml', stringify({ connected_apps: connected, ...settings, ...more }));
  try {
    const { warnings } = await loadConfig({ env: {}, flags: {}, cwd: dir.path });
    return warnings;
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split('\n');
  }
};

const FILES = [{ file: 'users.yaml' }];
const secret = (id: string, value: string) => ({ id, value });
const byIssuer = { secrets: undefined, issuer: 'https://login.example.com' };

describe('connected apps in the configuration', () => {
  it('that are right are taken without a word', async () => {
    expect(await problemsOf([connectedApp()])).toEqual([]);
    expect(await problemsOf([connectedApp(byIssuer)])).toEqual([]);
    const on_demand = { groups: ['viewers'], resources: ['hr', 'sales/_all_'] };
    expect(await problemsOf([connectedApp({ on_demand, apps: ['_all_'] })])).toEqual([]);
  });

  it.each<[string, readonly object[], string, object?]>([
    ['no secrets', [connectedApp({ secrets: undefined })], 'secrets: has no secrets'],
    [
      'three secrets',
      [connectedApp({ secrets: ['a', 'b', 'c'].map((id) => secret(id, id.repeat(32))) })],
      'secrets: has',
    ],
    ['a short secret', [connectedApp({ secrets: [secret('a', 'x'.repeat(31))] })], 'value: is shorter than 32 bytes'],
    ['an empty secret', [connectedApp({ secrets: [secret('a', '')] })], 'value: is not a secret on one line'],
    ['a secret without a value', [connectedApp({ secrets: [{ id: 'a' }] })], 'secrets[0]: has no secret'],
    ['two values', [connectedApp({ secrets: [{ ...secret('a', SECRET), value_file: 'x' }] })], 'is given beside value'],
    [
      'one id twice',
      [connectedApp({ secrets: [secret('a', SECRET), secret('a', 'x'.repeat(32))] })],
      'secrets[1].id: is the id',
    ],
    [
      'an id of another connected app',
      [
        connectedApp(),
        connectedApp({ client_id: 'b', secrets: [{ ...connectedApp().secrets[0], value: 'x'.repeat(32) }] }),
      ],
      'connected_apps[1].secrets[0].id: is the id of connected_apps[0].secrets[0] too',
    ],
    [
      'the secret of another',
      [connectedApp(), connectedApp({ client_id: 'b', secrets: [secret('b', SECRET)] })],
      'secrets[0].value: is the value of connected_apps[0].secrets[0] too',
    ],
    ['one client twice', [connectedApp(), connectedApp(byIssuer)], 'connected_apps[1].client_id: is the client_id'],
    ['a client id with a colon', [connectedApp({ client_id: 'a:b' })], 'client_id: is not an id'],
    ['both trusts', [connectedApp({ issuer: 'https://login.example.com' })], 'issuer: is given beside secrets'],
    [
      'keys without an issuer',
      [connectedApp({ jwks_url: 'https://x.example/k' })],
      'jwks_url: is given without issuer',
    ],
    ['an issuer over plain http', [connectedApp({ ...byIssuer, issuer: 'http://x.example' })], 'issuer: is plain http'],
    [
      'dashgate as issuer',
      [connectedApp({ ...byIssuer, issuer: 'https://dash.example.com/' })],
      'issuer: is dashgate itself',
    ],
    ['an algorithm by secrets', [connectedApp({ ...byIssuer, algorithms: ['HS256'] })], 'algorithms[0]: '],
    ['a domain with a path', [connectedApp({ domains: ['https://a.example/x'] })], 'domains[0]: has a path'],
    [
      'a domain that would end a policy',
      [connectedApp({ domains: ['https://a;b.example'] })],
      'domains[0]: is not one host',
    ],
    [
      'a domain with a star',
      [connectedApp({ domains: ['https://*.example.com'] })],
      'domains[0]: stands for many hosts',
    ],
    ['a domain over plain http', [connectedApp({ domains: ['http://a.example'] })], 'domains[0]: is plain http'],
    [
      'one domain twice',
      [connectedApp({ domains: ['https://a.example', 'https://A.example:443'] })],
      'domains: has an entry twice',
    ],
    ['an app that is not there', [connectedApp({ apps: ['wiki'] })], 'apps[0]: is no app'],
    ['a lifetime of an hour', [connectedApp({ max_lifetime: '1h' })], 'max_lifetime: is out of range'],
    ['no scopes', [connectedApp({ scopes: [] })], 'scopes: is empty'],
    [
      'users of no directory',
      [connectedApp({ users: 'directory' })],
      'users: has directory, but there are no directories',
    ],
    [
      'a claim for users of a directory',
      [connectedApp({ users: 'directory', user_claim: 'x' })],
      'user_claim: is for users: own',
    ],
    [
      'on-demand grants to users of a directory',
      [connectedApp({ users: 'directory', on_demand: { groups: ['viewers'] } })],
      'on_demand: is for users: own',
    ],
    [
      'user names of others',
      [connectedApp({ user_claim: 'sub' })],
      'user_claim: could show dashboards',
      { directories: FILES },
    ],
    ['a key that is not there', [connectedApp({ domain: [] })], 'domain: there is no such key; did you mean domains?'],
  ])('refuses %s, with its line', async (_what, connected, expected, more = {}) => {
    const [first = ''] = await problemsOf(connected, more);
    expect(first).toMatch(/^dashgate\.yaml:\d+: connected_apps/);
    expect(first).toContain(expected);
    expect(first).not.toContain(SECRET);
  });

  it.each<[string, readonly object[], string, object?]>([
    ['no apps', [connectedApp({ apps: [] })], 'apps: is empty, so its tokens open nothing'],
    [
      'our own origin',
      [connectedApp({ domains: ['https://dash.example.com'] })],
      'domains[0]: is where dashboards are',
    ],
    [
      '_all_ on demand',
      [connectedApp({ on_demand: { resources: ['_all_'] } })],
      'resources[0]: lets its tokens give everything',
    ],
    [
      'a resource of no app',
      [connectedApp({ on_demand: { resources: ['q3'] } })],
      'resources[0]: is a resource that no app asks for',
    ],
    [
      'a group of nothing',
      [connectedApp({ on_demand: { groups: ['x'] } })],
      'groups[0]: is a group that has been granted nothing',
    ],
    [
      'a grant to no client',
      [connectedApp()],
      'is of no connected app',
      { grants: { users: { 'connected:x:y': ['hr'] } } },
    ],
    [
      'a grant to users of a directory',
      [connectedApp({ users: 'directory' })],
      'is of no connected app',
      { directories: FILES, grants: { users: { [`connected:${CLIENT}:y`]: ['hr'] } } },
    ],
  ])('warns of %s', async (_what, connected, expected, more = {}) => {
    expect((await problemsOf(connected, more)).join('\n')).toContain(expected);
  });

  it('has room in names for no provider or directory that could speak for its users', async () => {
    const provider = { id: 'connected', type: 'oidc', issuer: 'https://login.example.com', client_id: 'x' };
    expect((await problemsOf([], { providers: [provider] }))[0]).toContain('is a name that dashgate gives');
    const directories = [{ file: 'users.yaml', name: 'connected' }];
    expect((await problemsOf([], { directories }))[0]).toContain('is a name that dashgate gives itself');
  });
});
