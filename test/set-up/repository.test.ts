import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

interface LockedPackage {
  version?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(read('package-lock.json'));
const manifest: { scripts: Record<string, string>; optionalDependencies: Record<string, string> } = JSON.parse(
  read('package.json'),
);

describe('the lock file', () => {
  const locked = Object.entries(lock.packages).filter(([place]) => place !== '');

  it('names no registry: it installs from whichever one is configured', () => {
    expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(read('package-lock.json')).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  it('holds the packages of every platform, without which npm ci refuses it', () => {
    const names = new Set(locked.map(([place]) => place.slice(place.lastIndexOf('node_modules/') + 13)));
    const wanted = locked.flatMap(([, { optionalDependencies = {} }]) => Object.keys(optionalDependencies));
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('brings Node 24 without running a script', () => {
    for (const name of Object.keys(manifest.optionalDependencies)) {
      expect(lock.packages[`node_modules/${name}`]?.version).toMatch(/^24\./);
    }
    const withScript = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place);
    expect(withScript.filter((place) => !place.endsWith('/fsevents'))).toEqual([]);
  });
});

describe("npm's scripts", () => {
  it('name files that are there', () => {
    for (const line of Object.values(manifest.scripts)) {
      for (const [, name] of line.matchAll(/on-node-24\.mjs (\w+)/g)) {
        expect(existsSync(join(root, `scripts/${name}.ts`)), `scripts/${name}.ts`).toBe(true);
      }
    }
    expect(Object.keys(manifest.scripts)).toEqual(expect.arrayContaining(['start', 'test', 'check', 'build']));
  });

  it('run on Node 24, whichever node stands on the path', () => {
    expect(Number(process.versions.node.split('.')[0])).toBeGreaterThanOrEqual(24);
  });

  it('give npx something to run in a clone that nothing was installed in, which says what to do', async () => {
    await using clone = await tempDir();
    await clone.write('package.json', read('package.json'));
    await clone.write('scripts/prepare.mjs', read('scripts/prepare.mjs'));
    const run = (file: string) => spawnSync(process.execPath, [clone.file(file)], { encoding: 'utf8' });
    expect(run('scripts/prepare.mjs')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(run('dist/main.js')).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('run "npm ci"'),
    });
    expect(manifest.scripts.prepare).toBe('node scripts/prepare.mjs');
  });

  it('say what to do where Node is older and npm brought none', () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });";
    const preload = `data:text/javascript,${encodeURIComponent(old)}`;
    const args = ['--import', preload, join(root, 'scripts/on-node-24.mjs'), 'start'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('dashgate needs Node 24 or newer');
    expect(stderr).toContain('install Node 24 from');
    expect(stderr).not.toContain('    at ');
  });
});

describe('.ci/run', () => {
  it('is a bash script that can be run and has no mistake of syntax', () => {
    expect(statSync(join(root, '.ci/run')).mode & 0o111).not.toBe(0);
    execFileSync('bash', ['-n', join(root, '.ci/run')]);
  });

  it('runs the check first, and the test command of the README last', () => {
    const script = read('.ci/run');
    const check = script.indexOf('step npm run check\n');
    expect(check).toBeGreaterThan(0);
    expect(script.indexOf('npm cit |')).toBeGreaterThan(check);
  });

  it('and the README agrees', () => {
    expect(read('README.md')).toContain('npm cit');
  });
});

/** Spelled in pieces, so that this file does not find itself. */
const places = [
  ['registry.', 'npmjs'],
  ['pypi', '.org'],
  ['files.', 'pythonhosted'],
  ['deb.', 'debian.org'],
  ['security.', 'debian.org'],
  ['/ro', 'ot/'],
  ['/wo', 'rk/main'],
  ['/wo', 'rk/shared'],
  ['/Us', 'ers/'],
].map((pieces) => pieces.join(''));

needs('git')('the repository', () => {
  it.each(places)('nowhere names %s', (place) => {
    const args = ['-C', root, 'grep', '--untracked', '-nI', '-e', place, '--', '.', ':!node_modules'];
    const { status, stdout, stderr } = spawnSync(program('git'), args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    // git grep ends with 1 when it finds nothing.
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('keeps no file that was built, installed or made at run time', () => {
    const tracked = execFileSync(program('git'), ['-C', root, 'ls-files'], { encoding: 'utf8' }).split('\n');
    expect(tracked.filter((name) => /^(node_modules|dist|state|\.cache)\//.test(name))).toEqual([]);
    expect(globSync('**/*.sqlite', { cwd: root, exclude: ['node_modules/**'] })).toEqual([]);
  });
});
