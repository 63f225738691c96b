import { expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { loadConfig } from '../config/load.ts';
import { checkWithNginx } from './check.ts';
import { defaults } from './options.ts';

it('says so where there is no nginx, and accepts nothing on its behalf', async () => {
  await using dir = await tempDir();
  const yaml =
    'server: { public_url: "http://localhost" }\napps: [{ name: a, at: /a/, upstream: "http://127.0.0.1:1" }]';
  const file = await dir.write('dashgate.yaml', yaml);
  const { config } = await loadConfig({ file, env: {}, flags: {} });
  expect(await checkWithNginx(config, defaults, ['/no/such/nginx', dir.path])).toEqual({ kind: 'no-nginx' });
});
