import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { loadConfig } from './load.ts';

const BASE = 'id: corp, type: oidc, issuer: "https://login.example.com", client_id: dashgate';

const problemsOf = async (providers: string, more = ''): Promise<string[]> => {
  await using dir = await tempDir();
  const text = `server: { public_url: "https://dash.example.com" }\nproviders: [${providers}]\napps: [{ name: sales, at: "/", upstream: "http://127.0.0.1:1" }]\n${more}`;
  await dir.write('dashgate.yaml', text);
  try {
    const { warnings } = await loadConfig({ env: {}, flags: {}, cwd: dir.path });
    return warnings;
  } catch (error) {
    return String(error instanceof Error ? error.message : error).split('\n');
  }
};

describe('providers in the configuration', () => {
  it.each([
    ['a name of ours', `{ ${BASE.replace('corp', 'file')} }`, 'providers[0].id: is a name that dashgate gives'],
    ['no name', `{ ${BASE.replace('corp', 'Corp')} }`, 'providers[0].id: is not a name'],
    [
      'a discovery document',
      `{ ${BASE.replace('.com', '.com/.well-known/openid-configuration')} }`,
      'providers[0].issuer: is where the provider describes itself; write only what stands before /.well-known/',
    ],
    ['plain http elsewhere', `{ ${BASE.replace('https', 'http')} }`, 'providers[0].issuer: is plain http'],
    ['an unknown type', `{ ${BASE.replace('oidc', 'saml')} }`, 'providers[0].type: '],
    ['one id twice', `{ ${BASE} }, { ${BASE}, name: Other }`, 'providers[1].id: is the id of providers[0] too'],
    [
      'two secrets',
      `{ ${BASE}, client_secret: a, client_secret_file: b }`,
      'providers[0].client_secret: is given beside',
    ],
    ['scopes without openid', `{ ${BASE}, scope: email }`, 'providers[0].scope: is not a list of scopes'],
    ['a parameter of ours', `{ ${BASE}, authorize_params: { state: x } }`, 'authorize_params.state: is a parameter'],
    ['a prompt that would ask nobody', `{ ${BASE}, authorize_params: { prompt: none } }`, 'prompt: has to be consent'],
    ['an empty allow', `{ ${BASE}, allow: {} }`, 'providers[0].allow: says not who'],
    ['an allow of nobody', `{ ${BASE}, allow: { emails: [] } }`, 'providers[0].allow.emails: is empty'],
    ['groups without a claim', `{ ${BASE}, allow: { groups: [a] } }`, 'providers[0].allow.groups: needs groups_claim'],
    [
      'a domain with an @',
      `{ ${BASE}, allow: { email_domains: ["@example.com"] } }`,
      'email_domains[0]: is not a domain',
    ],
    ['_all_ without a claim', `{ ${BASE}, allow_all: true }`, 'providers[0].allow_all: is given without'],
    [
      'a key of another type',
      '{ id: g, type: google, client_id: x, url: "https://a" }',
      'providers[0].url: there is no such key; known here: id, type, name, icon_file, client_id',
    ],
    [
      'a key that is missing',
      '{ id: o, type: okta, client_id: x, ulr: "https://a" }',
      'providers[0].ulr: there is no such key; did you mean url?',
    ],
    [
      'a type that is nearly one',
      '{ id: g, type: githab, client_id: x }',
      'providers[0].type: is not known; did you mean github?',
    ],
    [
      'a file without its folder',
      '{ id: g, type: portal.js, client_id: x }',
      'oauth2, generic, auth_code or a plug-in as ./my-provider.js',
    ],
    ['no type', '{ id: g, client_id: x }', 'providers[0].type: is missing; add it'],
    [
      'a tenant that is no id',
      '{ id: a, type: azurev2, client_id: x, allow: { tenants: [acme.com] } }',
      'providers[0].allow.tenants[0]: is not the id of a tenant',
    ],
    [
      'a domain beside a subdomain',
      '{ id: a, type: auth0, client_id: x, subdomain: a, domain: b.org }',
      'providers[0].domain: is given beside subdomain',
    ],
    ['neither', '{ id: a, type: auth0, client_id: x }', 'providers[0].subdomain: is missing; add it'],
    [
      'nothing that says who somebody is',
      '{ id: a, type: oauth2, client_id: x, authorize_url: "https://a/a", token_url: "https://a/t" }',
      'providers[0].user_url: is missing; add it, or issuer and jwks_url',
    ],
    [
      'keys of nobody',
      '{ id: a, type: generic, client_id: x, authorize_url: "https://a/a", token_url: "https://a/t", jwks_url: "https://a/j" }',
      'providers[0].jwks_url: is given without issuer',
    ],
    [
      'a secret of a public client',
      '{ id: a, type: auth_code, client_id: x, client_secret: s, authorize_url: "https://a/a", token_url: "https://a/t", user_url: "https://a/u" }',
      'providers[0].client_secret: there is no such key',
    ],
    [
      'a token address without TLS',
      '{ id: a, type: oauth2, client_id: x, authorize_url: "https://a/a", token_url: "http://a.org/t", user_url: "https://a/u" }',
      'providers[0].token_url: is plain http',
    ],
    [
      'a rule that gives nothing',
      `{ ${BASE}, rules: [{ claim: a, is: [b] }] }`,
      'providers[0].rules[0]: gives nothing; write groups or resources',
    ],
  ])('refuses %s, with its line', async (_what, providers, expected) => {
    const [first = ''] = await problemsOf(providers);
    expect(first).toMatch(/^dashgate\.yaml:2: /);
    expect(first).toContain(expected);
  });

  it('refuses user names that two sources could have, unless it is said that they mean the same person', async () => {
    const two = `{ ${BASE}, user_claim: email }, { ${BASE.replace('corp', 'other')}, user_claim: email }`;
    expect((await problemsOf(two)).join('\n')).toContain('providers[0].user_claim: could show dashboards');
    const said = two.replaceAll('user_claim: email', 'user_claim: email, shares_user_names: true');
    expect(await problemsOf(said)).toEqual([]);
    expect(await problemsOf(`{ ${BASE}, user_claim: email }`)).toEqual([]);
    const beside = await problemsOf(`{ ${BASE}, user_claim: email }`, 'directories: [{ file: users.yaml }]');
    expect(beside.join()).toContain('user_claim');
    const named = await problemsOf(`{ ${BASE} }`, 'directories: [{ file: users.yaml, name: corp }]');
    expect(named.join()).toContain('is the name of a directory too');
  });

  it('refuses a user name that people of two tenants could have, unless it is said that they do not', async () => {
    const azure = 'id: a, type: azurev2, client_id: x, user_claim: preferred_username';
    const [one, two] = ['8eaef023-2b34-4da1-9baa-8bc8c9d6a490', '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'];
    const refused = /user_claim: could show dashboards one user name for people of two tenants/;
    for (const several of [
      '',
      ', tenant: organizations',
      `, allow: { tenants: [${one}, ${two}] }`,
      ', allow: { groups: [g] }',
    ])
      expect((await problemsOf(`{ ${azure}${several} }`)).join(), several).toMatch(refused);
    for (const single of [
      `, tenant: ${one}`,
      ', tenant: acme.onmicrosoft.com',
      `, allow: { tenants: [${one}] }`,
      ', shares_user_names: true',
    ])
      expect((await problemsOf(`{ ${azure}${single} }`)).join(), single).not.toContain('user_claim');
  });

  it('warns of what reaches further than it seems', async () => {
    expect((await problemsOf(`{ ${BASE}, resources_claim: r, allow_all: true }`)).join()).toContain('open everything');
    const azure = 'id: a, type: azurev2, client_id: x';
    expect((await problemsOf(`{ ${azure} }`)).join()).toContain('tenant: lets people of every tenant sign in');
    const [id, at] = ['8eaef023-2b34-4da1-9baa-8bc8c9d6a490', '{ email_domains: [example.com] }'];
    expect((await problemsOf(`{ ${azure}, allow: ${at} }`)).join()).toContain('every tenant');
    expect(await problemsOf(`{ ${azure}, allow: { tenants: [${id}] } }`)).toEqual([]);
    expect(await problemsOf(`{ ${azure}, tenant: ${id} }`)).toEqual([]);
    const auto = await problemsOf(`{ ${BASE} }`, 'login: { auto: true }\ndirectories: [{ file: users.yaml }]');
    expect(auto.join()).toContain('login.auto: is for one provider');
  });
});
