import {
  chmodSync,
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../test/support/temp-dir.ts';
import { removeLeftovers, replaceFile } from './write-file-atomic.ts';

describe('a file that is replaced', () => {
  it.each([0o600, 0o640, 0o664, 0o2660])('keeps its mode %o', async (mode) => {
    await using dir = await tempDir();
    const file = await dir.write('users', 'old');
    chmodSync(file, mode);
    replaceFile(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o7777).toBe(mode);
  });

  it('has mode 600 where it is new', async () => {
    await using dir = await tempDir();
    replaceFile(dir.file('users'), 'new');
    expect(statSync(dir.file('users')).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.getuid?.() === 0)('keeps its owner', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', 'old');
    chownSync(file, 1234, 5678);
    replaceFile(file, 'new');
    expect(statSync(file)).toMatchObject({ uid: 1234, gid: 5678 });
  });

  it('stays behind the link that leads to it', async () => {
    await using dir = await tempDir();
    const file = await dir.write('there/users', 'old');
    symlinkSync(file, dir.file('link'));
    replaceFile(dir.file('link'), 'new');
    expect(lstatSync(dir.file('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(dir.file('there'))).toEqual(['users']);
  });

  it('can be freed of what a killed process left, and of nothing else', async () => {
    await using dir = await tempDir();
    const file = await dir.write('users', '');
    for (const name of ['.users.0123456789ab.tmp', '.users.bak.tmp', '.users2.0123456789ab.tmp', 'users.tmp']) {
      writeFileSync(dir.file(name), '');
    }
    removeLeftovers(file);
    expect(readdirSync(dir.path).sort()).toEqual(['.users.bak.tmp', '.users2.0123456789ab.tmp', 'users', 'users.tmp']);
  });
});
