import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  everyProgram,
  furtherVenvs,
  missing,
  modules,
  type Program,
  packagesOf,
  venv,
} from '../test/support/programs.ts';

// Brings what the tests run besides Node: nginx, Chromium, Dash … Never fails the run by itself: a suite that lacks
// something is skipped by name, and CI counts that as a failure. Says nothing but one line when all is there.

const root = join(import.meta.dirname, '..');
const say = (line: string): void => console.log(`set-up: ${line}`);
const canInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');

/** Runs one step with its noise kept back; what it said comes out only when it failed. */
function step(name: string, run: () => SpawnSyncReturns<string>): boolean {
  const startMs = Date.now();
  const { status, stdout, stderr, error } = run();
  const took = `${((Date.now() - startMs) / 1000).toFixed(0)} s`;
  if (status === 0) {
    say(`${name}: done in ${took}`);
    return true;
  }
  const last = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-15).join('\n  ');
  say(`${name}: failed after ${took}\n  ${error?.message ?? ''}${last}`);
  return false;
}

const run = (file: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd = root): SpawnSyncReturns<string> =>
  spawnSync(file, args, {
    cwd,
    encoding: 'utf8',
    timeout: 15 * 60_000,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });

const apt = (...args: string[]): SpawnSyncReturns<string> =>
  run('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    DEBIAN_FRONTEND: 'noninteractive',
  });

/** Debian starts a service as it installs it, which would take port 80: this says not to, for as long as `install` runs. */
function withoutServices<T>(install: () => T): T {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return install();
  } finally {
    rmSync(policy, { force: true });
  }
}

function installPackages(names: readonly string[]): void {
  if (names.length === 0) return;
  step('apt-get update', () => apt('update'));
  step(`apt-get install ${names.join(' ')}`, () =>
    withoutServices(() => apt('install', '-y', '--no-install-recommends', ...names)),
  );
}

interface Wanted {
  readonly name: Program;
  readonly folder: string;
  /** What pip is asked for: files, or names where there are none. */
  readonly args: readonly string[];
  /** Of all that it is made from. */
  readonly fingerprint: string;
}

function wanted(name: Program, folder: string, files: readonly string[]): Wanted {
  const args = files.length > 0 ? files.flatMap((file) => ['-r', file]) : ['dash', 'gunicorn'];
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return { name, folder, args, fingerprint: hash.update(args.join(' ')).digest('hex') };
}

/** What the examples pin, or the newest of what they are built on while there are none; and what further suites run. */
const elsewhere = new Set(furtherVenvs.flatMap(({ requirements }) => requirements));
const environments = [
  wanted(
    'python',
    venv,
    globSync('examples/*/requirements*.txt', { cwd: root })
      .filter((file) => !elsewhere.has(file))
      .sort(),
  ),
  ...furtherVenvs.map(({ name, folder, requirements }) => wanted(name, folder, requirements)),
];
const isMade = ({ name, folder, fingerprint }: Wanted): boolean => {
  const stamp = join(folder, '.made-from');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint && missing(name).length === 0;
};

/** The Python environments in .cache/, each made anew when its list of packages is another. */
function makeVenvs(): void {
  const lacking = environments.filter((each) => !isMade(each));
  if (lacking.length === 0) return;
  if (run('python3', ['-c', 'import venv, ensurepip']).status !== 0) {
    if (!canInstall) return;
    installPackages(packagesOf('python').apt);
  }
  // apt's Python may now stand beside another python3 on the path that lacks venv.
  const python = ['python3', '/usr/bin/python3'].find(
    (file) => run(file, ['-c', 'import venv, ensurepip']).status === 0,
  );
  if (python === undefined) return;
  mkdirSync(join(root, '.cache'), { recursive: true });
  for (const { folder, args, fingerprint } of lacking) {
    // Not `venv --clear`: of a link to somebody else's environment only the link goes.
    rmSync(folder, { recursive: true, force: true });
    const made = step(`Python environment in ${relative(root, folder)}`, () => run(python, ['-m', 'venv', folder]));
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args];
    if (made && step(`pip install ${args.join(' ')}`, () => run(join(folder, 'bin/python'), pip))) {
      writeFileSync(join(folder, '.made-from'), fingerprint);
    }
  }
}

const isPython = (name: Program): boolean => environments.some((each) => each.name === name);

/** Modules of Go that carry the schemas of custom resources, in .cache/, anew when their list is another. */
function downloadModules(): void {
  const list = readFileSync(join(root, 'test/interop/fronts/modules.txt'), 'utf8');
  const stamp = join(modules, '.made-from');
  if ((existsSync(stamp) && readFileSync(stamp, 'utf8') === list) || missing('go').length > 0) return;
  const names = list.trim().split('\n');
  const env = { GOMODCACHE: modules, GOFLAGS: '-modcacherw -mod=mod', GOTOOLCHAIN: 'local' };
  mkdirSync(modules, { recursive: true });
  // From a folder that belongs to no module.
  const download = () => run('go', ['mod', 'download', ...names], env, modules);
  if (step(`go mod download ${names.join(' ')}`, download)) writeFileSync(stamp, list);
}

function howToGet(name: (typeof everyProgram)[number]): string {
  const { apt: debian, brew } = packagesOf(name);
  if (name === 'docker') return 'start a Docker engine with the compose plugin';
  if (process.platform === 'darwin')
    return isPython(name) ? 'brew install python, then npm test' : `brew install ${brew}`;
  const names = isPython(name) ? packagesOf('python').apt : debian;
  return `sudo apt-get install ${names.join(' ')}${isPython(name) ? ', then npm test' : ''}`;
}

if (canInstall) {
  const lacking = missing(...everyProgram.filter((name) => !isPython(name)));
  installPackages(lacking.flatMap((name) => packagesOf(name).apt));
}
makeVenvs();
downloadModules();

const lacking = missing(...everyProgram);
const here = everyProgram.filter((name) => !lacking.includes(name));
say(`here: ${here.join(', ') || 'none of the programs that tests run'}`);
for (const name of lacking) say(`missing: ${name}; its suites are skipped. To have them: ${howToGet(name)}`);
