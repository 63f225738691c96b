import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** The Python environment that scripts/setup.ts makes: Dash, gunicorn and what the examples pin. */
export const venv = join(root, '.cache/venv');

const fronts = join(root, '.cache/venv-fronts');

/** The examples whose packages are in the environment `dashboards`; those of all others are in {@link venv}. */
const ofOtherMakers = ['gradio', 'jupyter', 'marimo', 'panel', 'shiny', 'streamlit', 'voila'];

/**
 * Further ones, each made from lists of packages: other versions of Dash than the examples pin, and what else Dash runs on;
 * the dashboards of other makers; the fronts that Debian does not have, and the schemas of Kubernetes.
 */
export const furtherVenvs = [
  ...(['dash2', 'dash3', 'dash4'] as const).map((name) => ({
    name,
    folder: join(root, `.cache/venv-${name}`),
    requirements: [`test/support/dash-sections/requirements-${name}.txt`],
  })),
  {
    name: 'dashboards' as const,
    folder: join(root, '.cache/venv-dashboards'),
    requirements: [
      'test/support/dashboards/requirements.txt',
      ...ofOtherMakers.map((name) => `examples/${name}/requirements.txt`),
    ],
  },
  {
    name: 'tableau' as const,
    folder: join(root, '.cache/venv-tableau'),
    requirements: ['test/support/tableau-client/requirements.txt'],
  },
  { name: 'fronts' as const, folder: fronts, requirements: ['test/interop/fronts/requirements.txt'] },
];

/** Where Go modules are unpacked that carry the schemas of custom resources. */
export const modules = join(root, '.cache/go');

interface Recipe {
  /** Tried in this order: a name is looked up on the path. */
  files: string[];
  /** Each is run with the program; all must end with 0. A program that is installed but does not work counts as missing. */
  probes: string[][];
  /** What Debian and Homebrew call it. Absent: not ours to install. */
  apt?: string[];
  brew?: string;
}

/** Ends with 0 where all of these can be imported. */
const finds = (...modules: string[]): string[] => [
  '-c',
  `import sys, importlib.util as u; sys.exit(not all(u.find_spec(name) for name in ${JSON.stringify(modules)}))`,
];
const pythonIn = (folder: string): string => join(root, '.cache', folder, 'bin/python');

const recipes = {
  nginx: { files: ['nginx', '/usr/sbin/nginx'], probes: [['-v']], apt: ['nginx'], brew: 'nginx' },
  chromium: {
    files: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    probes: [['--version']],
    apt: ['chromium', 'fonts-liberation'],
    brew: '--cask chromium',
  },
  openssl: { files: ['openssl'], probes: [['version']], apt: ['openssl'], brew: 'openssl' },
  curl: { files: ['curl'], probes: [['--version']], apt: ['curl'], brew: 'curl' },
  git: { files: ['git'], probes: [['--version']], apt: ['git'], brew: 'git' },
  python: {
    files: [join(venv, 'bin/python')],
    probes: [finds('dash', 'flask', 'gunicorn', 'tabpy', 'tornado')],
    apt: ['python3', 'python3-venv'],
  },
  dash2: { files: [pythonIn('venv-dash2')], probes: [finds('dash', 'gunicorn', 'diskcache', 'multiprocess')] },
  dash3: { files: [pythonIn('venv-dash3')], probes: [finds('dash', 'gunicorn')] },
  dash4: {
    files: [pythonIn('venv-dash4')],
    probes: [finds('dash', 'gunicorn', 'starlette', 'uvicorn_worker', 'quart', 'celery', 'dash_bootstrap_components')],
  },
  dashboards: {
    files: [pythonIn('venv-dashboards')],
    probes: [
      finds('bokeh', 'cryptography', 'gradio', 'ipywidgets', 'jupyterlab', 'marimo'),
      finds('panel', 'shiny', 'streamlit', 'voila'),
    ],
  },
  /** Tableau's own client of its REST API. */
  tableau: { files: [pythonIn('venv-tableau')], probes: [finds('tableauserverclient')] },
  slapd: {
    files: ['/usr/sbin/slapd', '/opt/homebrew/opt/openldap/libexec/slapd', '/usr/local/opt/openldap/libexec/slapd'],
    probes: [['-VV']],
    apt: ['slapd'],
    brew: 'openldap',
  },
  ldapmodify: { files: ['ldapmodify'], probes: [['-VV']], apt: ['ldap-utils'], brew: 'openldap' },
  redis: { files: ['redis-server'], probes: [['--version']], apt: ['redis-server'], brew: 'redis' },
  'redis-cli': { files: ['redis-cli'], probes: [['--version']], apt: ['redis-tools'], brew: 'redis' },
  // Of the benchmarks. No way to run it for nothing ends with 0.
  wrk: { files: ['wrk'], probes: [], apt: ['wrk'], brew: 'wrk' },
  caddy: { files: ['caddy'], probes: [['version']], apt: ['caddy'], brew: 'caddy' },
  haproxy: { files: ['haproxy', '/usr/sbin/haproxy'], probes: [['-v']], apt: ['haproxy'], brew: 'haproxy' },
  /** Envoy and Traefik beside it, and the schemas of Kubernetes in it. */
  fronts: { files: [pythonIn('venv-fronts')], probes: [finds('envoy', 'kubernetes_validate')] },
  // Brings the schemas of custom resources.
  go: { files: ['go'], probes: [['version']], apt: ['golang-go'], brew: 'go' },
  docker: { files: ['docker'], probes: [['info'], ['compose', 'version']] },
} satisfies Record<string, Recipe>;

export type Program = keyof typeof recipes;
export const everyProgram = Object.keys(recipes).filter((name): name is Program => name in recipes);

/** What Debian's packages for it are called; empty when it is not ours to install. */
export function packagesOf(name: Program): { apt: string[]; brew?: string } {
  const recipe: Recipe = recipes[name];
  return { apt: recipe.apt ?? [], ...(recipe.brew !== undefined && { brew: recipe.brew }) };
}

const found = new Map<Program, string>();

function find(name: Program): string | undefined {
  const known = found.get(name);
  if (known !== undefined) return known;
  const { files, probes }: Recipe = recipes[name];
  const works = (file: string): boolean =>
    probes.every((args) => spawnSync(file, args, { stdio: 'ignore', timeout: 20_000 }).status === 0);
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = files.flatMap((name) => (isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))));
  const file = candidates.find((candidate) => existsSync(candidate) && works(candidate));
  if (file !== undefined) found.set(name, file);
  return file;
}

/** Those of the programs that are not here, or do not work. Looks by running them, each at most once when it is there. */
export function missing(...names: Program[]): Program[] {
  return names.filter((name) => find(name) === undefined);
}

/** The file to run, by its full name. @throws when it is missing: ask in a suite that `needs` it. */
export function program(name: Program): string {
  const file = find(name);
  if (file === undefined) throw new Error(`${name} is not on this machine: put the suite under needs('${name}')`);
  return file;
}

/** A program of the Python environment of fronts: ask in a suite that `needs('fronts')`. */
export const frontProgram = (name: 'envoy' | 'traefik' | 'python'): string => join(fronts, 'bin', name);
