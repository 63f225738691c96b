import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { loadConfig } from './load.ts';

it.each(['signed', 'encrypted'])(
  '%s_cookie by the keys of sessions is refused, as the app could sign in as anybody',
  async (way) => {
    await using dir = await tempDir();
    const write = (secret: string): Promise<string> =>
      dir.write(
        'dashgate.yaml',
        `directories: [{ file: users.yaml }]
state: state
apps:
  - name: sales
    at: /
    upstream: http://127.0.0.1:8050
    identity: [${way}-cookie]
    ${way}_cookie: { name: app_jwt, secret_file: ${secret} }
`,
      );
    const load = (file: string) =>
      loadConfig({ file, env: {}, flags: {} }).then(({ config }) => config.apps[0]?.name, String);
    for (const same of ['state/session.keys', './state/../state/session.keys', dir.file('state/session.keys')])
      expect(await load(await write(same)), same).toMatch(/dashgate\.yaml:8: .*is session\.secret_file/);
    expect(await load(await write('app.keys'))).toBe('sales');
  },
);

const answerTo = async (lines: string): Promise<string> => {
  await using dir = await tempDir();
  const file = await dir.write(
    'dashgate.yaml',
    `directories: [{ file: users.yaml }]
apps:
  - name: sales
    at: /
    upstream: http://127.0.0.1:8050
${lines.replace(/^/gm, '    ')}
`,
  );
  return await loadConfig({ file, env: {}, flags: {} }).then(
    ({ config: { apps }, warnings }) =>
      `${apps[0]?.upstreamAuth} ${apps[0]?.identityHeaders.map(({ name }) => name)}${warnings.join('')}`,
    (error: Error) => error.message.split('\n')[0] ?? '',
  );
};

it.each([
  ...['Host', 'Cookie', 'authorization', 'Content-Type', 'Transfer-Encoding', 'Connection', 'TE', 'Upgrade', 'Trailer'],
  ...['X-Request-Id', 'X-Forwarded-For', 'x-forwarded-host', 'X-Forwarded-Proto', 'X-Forwarded-Prefix', 'Origin'],
  ...['X-Dashgate-User', 'X-Dashgate-Upstream-Cookie', 'X-Accel-Redirect', 'Set-Cookie', 'Sec-Fetch-Site', 'Referer'],
  ...['WWW-Authenticate', 'X-HTTP-Method-Override', 'X-Original-URI', 'Proxy-Authorization', 'Accept', 'User-Agent'],
  ...['X-Envoy-Auth-Headers-To-Remove', 'Expect', 'Keep-Alive', 'Date', 'Location', 'Retry-After', 'Cache-Control'],
])('%s says something else, and tells nobody’s name', async (name) => {
  const answer = await answerTo(`identity_headers: [{ user: ${name} }]`);
  expect(answer).toContain(
    'dashgate.yaml:6: apps[0].identity_headers[0].user: is the name of a header that says something else; choose another, as X-My-User',
  );
});

it.each(['X_My_User', 'X.My.User', 'X--User', '-User', 'User-', '"X User"', '"X-User:"', '"X-\\nUser"', 'Ünser', '""'])(
  '%s is no name of a header',
  async (name) => {
    expect(await answerTo(`identity_headers: [{ user: ${name} }]`)).toContain('is not a header name; write');
  },
);

it.each([
  ['identity_headers: [oauth2-proxy]', ':6: apps[0].identity_headers[0]: is not known; write forwarded, remote'],
  ['identity_headers: [{}]', ':6: apps[0].identity_headers[0]: names nothing'],
  ['identity_headers: [{ who: X-My-User }]', ':6: apps[0].identity_headers[0].who: is not known; write user, name'],
  ['identity_headers: [[user]]', ':6: apps[0].identity_headers[0]: is not of the right kind'],
  ['identity_headers: [remote, { name: REMOTE-USER }]', ':6: apps[0].identity_headers: names REMOTE-USER twice'],
  ['identity: [bearer]\nupstream_auth: own', ':7: apps[0].upstream_auth: is own, but identity has bearer'],
  [
    'identity: [bearer]\nupstream_auth: fixed\nupstream_credentials: { user: a, password_file: b }',
    ':7: apps[0].upstream_auth: is fixed, but identity has bearer',
  ],
  ['identity: [basic, bearer]', ':6: apps[0].identity: has basic and bearer'],
  [
    'identity: [assertion, bearer]\nassertion: { sent_as: bearer }',
    ':6: apps[0].identity: has bearer and assertion, sent as bearer',
  ],
  [
    'identity: [assertion, basic]\nassertion: { sent_as: bearer }',
    ':6: apps[0].identity: has basic and assertion, sent as bearer',
  ],
  [
    'identity: [assertion]\nassertion: { sent_as: bearer }\nupstream_auth: own',
    ':8: apps[0].upstream_auth: is own, but identity has assertion, sent as bearer',
  ],
  ['identity: [assertion]\nassertion: { algorithm: HS256 }', ':7: apps[0].assertion.algorithm: '],
  [
    'identity: [basic]\nupstream_auth: own\nupstream_credentials: { user: a, password_file: b }',
    ':7: apps[0].upstream_auth: is own, but upstream_credentials are given',
  ],
])('%j is refused', async (lines, why) => {
  expect(await answerTo(lines)).toContain(`dashgate.yaml${why}`);
});

it('identity: [basic] is the service credential where there is one, and else the client’s own', async () => {
  expect(await answerTo('identity: [basic]')).toBe('own ');
  expect(await answerTo('identity: [basic]\nupstream_credentials: { user: a, password_file: b }')).toBe('fixed ');
  expect(await answerTo('identity: [headers, bearer]')).toMatch(
    /^told .*identity: has bearer, but there are no providers/,
  );
  expect(await answerTo('identity: [headers]\nidentity_headers: [{ groups: X-G, user: X-U }]')).toBe('none X-G,X-U');
});
