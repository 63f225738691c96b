import { join } from 'node:path';
import { expect, it } from 'vitest';
import { initNginx } from '../../src/cli/init.ts';
import { loadConfig } from '../../src/config/load.ts';

const ROOT = join(import.meta.dirname, '../..');

it('nginx/example.conf is what init nginx prints for the compose example; vitest -u writes it anew', async () => {
  const { config } = await loadConfig({ file: join(ROOT, 'examples/compose/dashgate.yaml'), env: {}, flags: {} });
  await expect(await initNginx(config)).toMatchFileSnapshot(join(ROOT, 'nginx/example.conf'));
});
