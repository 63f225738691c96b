import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { checkPrivate, createSecretFolder } from './secret-file.ts';
import { createFile, replaceFile } from './write-file-atomic.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the state folder', () => {
  it('is made for this user only, with all above it', () => {
    expect(createSecretFolder(join(folder, 'a', 'state'))).toBeNull();
    expect(statSync(join(folder, 'a', 'state')).mode & 0o777).toBe(0o700);
    expect(createSecretFolder(join(folder, 'a', 'state'))).toBeNull();
  });

  it('is left as it is where it exists, with a warning where others may write in it', () => {
    chmodSync(folder, 0o777);
    expect(createSecretFolder(folder)).toContain(`chmod 700 ${folder}`);
    expect(statSync(folder).mode & 0o777).toBe(0o777);
    chmodSync(folder, 0o1777);
    expect(createSecretFolder(folder)).toBeNull();
  });

  it('cannot be a file', () => {
    const file = join(folder, 'state');
    writeFileSync(file, '');
    expect(() => createSecretFolder(file)).toThrow(ConfigInvalid);
    expect(() => createSecretFolder(join(file, 'below'))).toThrow(ConfigInvalid);
  });
});

describe('a secret file', () => {
  it('is this user’s alone, or refused with what to do where that is ours to set', () => {
    const file = join(folder, 'key');
    writeFileSync(file, '', { mode: 0o600 });
    expect(checkPrivate(file)).toBeNull();
    chmodSync(file, 0o444);
    expect(() => checkPrivate(file)).toThrow(`chmod 600 ${file}`);
    expect(statSync(file).mode & 0o777).toBe(0o444);
  });

  it('is warned of where its mode is not ours to set, as of a secret that a platform mounts', () => {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      expect(checkPrivate('/etc/passwd')).toContain('mount it so that only this user can read it');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

const isRoot = process.geteuid?.() === 0;
describe.runIf(isRoot)('a secret of root’s, as Kubernetes mounts it', () => {
  it.each([
    [0o440, 4711, true],
    [0o444, 4711, false],
    [0o460, 4711, false],
    [0o440, 4712, false],
    [0o440, 0, false],
  ])('mode %o, group %i, read by a process of group 4711: as private as can be is %s', (mode, gid, isPrivate) => {
    const file = join(folder, 'key');
    writeFileSync(file, '');
    chownSync(file, 0, gid);
    chmodSync(file, mode);
    chmodSync(folder, 0o755);
    process.setegid?.(4711);
    process.seteuid?.(4711);
    try {
      expect(checkPrivate(file) === null).toBe(isPrivate);
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
  });
});

describe('writing a file', () => {
  it('replaces all of it or nothing', () => {
    const file = join(folder, 'users.yaml');
    replaceFile(file, 'one');
    replaceFile(file, 'two');
    expect(readFileSync(file, 'utf8')).toBe('two');
    expect(() => replaceFile(join(folder, 'missing', 'x'), 'three')).toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(['users.yaml']);
  });

  it('creates it once', () => {
    const file = join(folder, 'session.keys');
    expect([createFile(file, 'one'), createFile(file, 'two')]).toEqual([true, false]);
    expect(readFileSync(file, 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['session.keys']);
  });

  it('asks nothing of the folder where the file is there, as a mounted secret is', () => {
    const file = join(folder, 'session.keys');
    writeFileSync(file, 'one');
    chmodSync(folder, 0o555);
    expect(createFile(file, 'two')).toBe(false);
  });
});
