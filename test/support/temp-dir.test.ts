import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from './free-port.ts';
import { tempDir } from './temp-dir.ts';

it('is gone after its scope, with all that is in it', async () => {
  let path: string;
  {
    await using dir = await tempDir();
    path = dir.path;
    const file = await dir.write('keys/session.keys', 'k', 0o600);
    expect(await readFile(file, 'utf8')).toBe('k');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(existsSync(path)).toBe(false);
});

it('a free port can be listened on', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  expect(server.listening).toBe(true);
  server.close();
});
