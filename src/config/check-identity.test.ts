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
