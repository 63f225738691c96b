import { expect, it } from 'vitest';
import { loadConfig } from '../load.ts';

const load = (more: string) => {
  const apps = `[{ name: tabpy, at: /, kind: tabpy, upstream: "http://127.0.0.1:9004", ${more} }]`;
  return loadConfig({ env: {}, flags: { 'server.listen': '127.0.0.1:8080', apps }, cwd: '/etc/dashgate' });
};
const FILE = 'password_file: tabpy.password';

it('a service credential is read with its file name made absolute', async () => {
  const { config, warnings } = await load(`upstream_auth: fixed, upstream_credentials: { user: dash, ${FILE} }`);
  expect(config.apps[0]).toMatchObject({
    upstreamAuth: 'fixed',
    upstreamCredentials: { user: 'dash', passwordFile: '/etc/dashgate/tabpy.password' },
    realm: null,
  });
  expect(warnings).toEqual([]);
});

it.each([
  ['upstream_auth: basic', 'apps[0].upstream_auth: is not known; write none, own or fixed'],
  ['upstream_auth: fixed', 'apps[0].upstream_auth: is fixed, but upstream_credentials is missing'],
  [
    `upstream_credentials: { user: "a:b", ${FILE} }`,
    'apps[0].upstream_credentials.user: is not a user name for Basic; write 1 to 255 characters without a colon',
  ],
  [`realm: 'a "b"'`, 'apps[0].realm: is not a realm; write 1 to 64 ASCII characters without " and \\'],
  ['identity: [signed-cookie]', 'apps[0].identity: has signed-cookie, but signed_cookie is missing'],
  [
    'identity: [signed-cookie], signed_cookie: { name: "a=b", secret_file: b }',
    'apps[0].signed_cookie.name: is not a cookie name',
  ],
  [
    'identity: [signed-cookie, encrypted-cookie], signed_cookie: { name: a, secret_file: b }, encrypted_cookie: { name: a, secret_file: b }',
    'apps[0].encrypted_cookie.name: is the name of signed_cookie too',
  ],
  ['credentials: []', 'apps[0].credentials: is empty, so nobody could sign in;'],
  ['credentials: [], public: ["/**"], resources: [{ resource: a, paths: [/x] }]', 'apps[0].credentials: is empty'],
])('%s is refused', async (more, said) => {
  await expect(load(more)).rejects.toThrow(said);
});

it.each([
  [`upstream_credentials: { user: a, ${FILE} }`, 'is given, but upstream_auth is not fixed, so nothing uses it'],
  ['encrypted_cookie: { name: a, secret_file: b }', 'is given, but identity has no encrypted-cookie'],
  ['credentials: [], public: ["/**"]', 'lets everyone run code in TabPy, without a password'],
  ['public: ["/**"]', 'lets everyone run code in TabPy, without a password'],
  ['credentials: [cookie]', 'has no basic, and Tableau signs in by nothing else'],
])('%s is warned of', async (more, said) => {
  expect((await load(more)).warnings.join()).toContain(said);
});
