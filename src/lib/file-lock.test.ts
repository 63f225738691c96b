import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { ConfigInvalid } from '../errors.ts';
import { withFileLock } from './file-lock.ts';

const module = JSON.stringify(join(import.meta.dirname, 'file-lock.ts'));
const run = (script: string) =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

describe('a locked file', () => {
  it('is changed by one at a time, in this process and in others, and nothing is left behind', async () => {
    await using dir = await tempDir();
    const file = await dir.write('count', '0');
    const others = [1, 2, 3].map(() =>
      run(`
        import { withFileLock } from ${module};
        import { readFileSync, writeFileSync } from 'node:fs';
        const file = ${JSON.stringify(file)};
        for (let i = 0; i < 10; i++) await withFileLock(file, async () => {
          const count = Number(readFileSync(file, 'utf8'));
          await new Promise(setImmediate);
          writeFileSync(file, String(count + 1));
        });
      `),
    );
    const own = Array.from({ length: 10 }, () =>
      withFileLock(file, async () => {
        const count = Number(await readFile(file, 'utf8'));
        await writeFile(file, String(count + 1));
      }),
    );
    await Promise.all([...own, ...others.map((other) => once(other, 'exit'))]);
    expect(await readFile(file, 'utf8')).toBe('40');
    expect(await readdir(dir.path)).toEqual(['count']);
  });

  it('is free again when the process that locked it was killed', async () => {
    await using dir = await tempDir();
    const file = dir.file('users');
    const holder = run(`
      import { withFileLock } from ${module};
      setInterval(() => {}, 1000);
      await withFileLock(${JSON.stringify(file)}, () => { console.log('locked'); return new Promise(() => {}); });
    `);
    await once(holder.stdout, 'data');
    await expect(withFileLock(file, async () => 1, { waitMs: 50 })).rejects.toThrow(ConfigInvalid);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await expect(withFileLock(file, async () => 2, { waitMs: 50 })).resolves.toBe(2);
  });

  it('is one, whatever link leads to it; and is free after a task that failed', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', '');
    await symlink(file, dir.file('link'));
    await withFileLock(file, async () => {
      await expect(withFileLock(dir.file('link'), async () => 1, { waitMs: 30 })).rejects.toThrow(/being changed/);
    });
    await expect(withFileLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withFileLock(file, async () => 3, { waitMs: 0 })).resolves.toBe(3);
  });

  it('must be in a folder that is there', async () => {
    await using dir = await tempDir();
    await expect(withFileLock(dir.file('no/users'), async () => 1)).rejects.toThrow(/cannot be written/);
  });
});
