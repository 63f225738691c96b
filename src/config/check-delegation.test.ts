import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { initNginx } from '../cli/init.ts';
import { besideOf } from '../fronts/sites.ts';
import { loadConfig } from './load.ts';

const SERVICE = 'upstream_credentials: { user: svc, password_file: p }';

async function load(lines: string, rest = '') {
  await using dir = await tempDir();
  const text = `server: { public_url: "https://dash.example.com" }
directories: [{ file: users.yaml }]
${rest}
apps:
  - name: data
    at: /
    upstream: http://127.0.0.1:8050
${lines.replace(/^/gm, '    ')}
`;
  const file = await dir.write('dashgate.yaml', text);
  return await loadConfig({ file, env: {}, flags: {} });
}

it.each([
  ['header: DelegationUID', { by: 'header', name: 'DelegationUID', tells: 'user' }],
  ['query: doAs, user: email', { by: 'query', name: 'doAs', tells: 'email' }],
  ['basic_user: DelegationUID', { by: 'basic_user', name: '{service};DelegationUID={user}', tells: 'user' }],
  ['basic_user: "{service}[{user}]"', { by: 'basic_user', name: '{service}[{user}]', tells: 'user' }],
])('delegation: { %s } is read', async (written, expected) => {
  const { config, warnings } = await load(`delegation: { ${written} }\n${SERVICE}`);
  expect(config.apps[0]).toMatchObject({ delegation: expected, upstreamAuth: 'fixed' });
  expect(warnings).toEqual([]);
});

it.each([
  ['{}', /does not say how/],
  ['{ header: X-A, query: b }', /says it in several ways/],
  ['{ header: Authorization }', /the name of a header that says something else/],
  ['{ header: X_A }', /is not a header name/],
  ['{ query: "a&b" }', /is not the name of a parameter/],
  ['{ basic_user: "{user}" }', /is neither a name/],
  ['{ basic_user: "{service}{user}" }', /has no sign between/],
  ['{ basic_user: "{service}as{user}" }', /has no sign between/],
  ['{ basic_user: "{service}:{user}" }', /is neither a name/],
])('delegation: %s is refused', async (written, message) => {
  await expect(load(`delegation: ${written}\n${SERVICE}`)).rejects.toThrow(message);
});

it.each(['', 'upstream_auth: own', 'identity: [bearer]', `identity: [bearer]\n${SERVICE}`])(
  'without a service credential of its own (%s) it is refused',
  async (more) => {
    await expect(load(`delegation: { header: X-A }\n${more}`)).rejects.toThrow(/needs a service credential/);
  },
);

it.each([
  ['public: ["/x"]', '', /public\), so the upstream is asked by the service credential alone/],
  ['guests: ["/**"]', '', /guests/],
  ['', 'credentials: { modes: [auth-user] }', /auth-user/],
])('who comes without a name is warned of: %s%s', async (line, rest, message) => {
  const { warnings } = await load(`delegation: { header: X-A }\n${SERVICE}\n${line}`, rest);
  expect(warnings.join('\n')).toMatch(message);
});

it('every front leads such an app to dashgate itself, as its own pool is for all', async () => {
  const { config } = await load(`delegation: { query: doAs }\n${SERVICE}`);
  const printed = await initNginx(config);
  expect(printed).toContain('whose connections to it are nobody else');
  expect(printed).not.toContain('127.0.0.1:8050');
  expect(config.apps.map(besideOf)).toEqual([null]);
});
