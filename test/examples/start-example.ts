import { cp, readdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { program } from '../support/programs.ts';
import { quietly } from '../support/start-dashboard.ts';
import { type RunningProgram, startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';

const examples = join(import.meta.dirname, '../../examples');
const main = join(import.meta.dirname, '../../src/main.ts');

/** Where the command line is the one of this repository, and otherwise as it stands. */
const NPX = `npx() { shift; '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"; }; `;
const INSTALL = 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt';

export interface Recipe {
  /** The folder in examples/. */
  readonly name: string;
  /** The environment that has what its requirements.txt names. */
  readonly needs: 'python' | 'dashboards';
  /** What the app prints once it answers. */
  readonly ready: RegExp;
  /** Files in the home of who starts it, as a test does it that is root. */
  readonly home?: Record<string, string>;
}

export interface Example extends AsyncDisposable {
  /** Where browsers find dashgate, and the app's own address behind it. */
  readonly origin: string;
  readonly upstream: string;
  readonly app: RunningProgram;
  /** Runs a further line in its folder. */
  run(line: string): Promise<RunningProgram>;
  /** Ends dashgate and starts it anew, with further arguments and variables. */
  again(more: readonly string[], env: NodeJS.ProcessEnv): Promise<void>;
}

/** The lines of the first block of commands in a README. */
function commands(readme: string): string[] {
  return (/```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '').trim().split('\n');
}

/**
 * Runs the commands of an example's README in a copy of its folder, once `dashgate check` finds nothing in it. Only ports are others than
 * there, so that two may run at once; and what `pip install` brings is here already.
 */
export async function startExample({ name, needs, ready, home = {} }: Recipe): Promise<Example> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const [install, ...rest] = commands(await readFile(join(examples, name, 'README.md'), 'utf8'));
  if (install !== INSTALL) throw new Error(`${name}: the first command of its README is ${install}`);
  const config = await readFile(join(examples, name, 'dashgate.yaml'), 'utf8');
  const named = [...config.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port = '']) => port);
  const ports = new Map<string, number>();
  for (const port of new Set(named)) ports.set(port, await freePort());
  const elsewhere = (text: string): string =>
    text.replace(/\b\d{4,5}\b/g, (number) => `${ports.get(number) ?? number}`);

  for (const file of await filesOf(name)) {
    await dir.write(join(name, file), elsewhere(await readFile(join(examples, name, file), 'utf8')));
  }
  for (const [file, text] of Object.entries(home)) await dir.write(file, text);
  await cp(join(examples, 'compose/users.yaml'), dir.file('compose/users.yaml'));
  await symlink(dirname(dirname(program(needs))), dir.file(`${name}/.venv`));
  const run = (line: string, env: NodeJS.ProcessEnv = {}): Promise<RunningProgram> =>
    startProgram('bash', ['-c', NPX + elsewhere(line)], {
      cwd: dir.file(name),
      env: {
        ...quietly(dir.path),
        DASHGATE_SERVER_CHECK_LISTEN: '127.0.0.1:0',
        DASHGATE_ADMIN_LISTEN: '127.0.0.1:0',
        ...env,
      },
    });
  const starts = rest.filter((line) => line.endsWith(' &') || line === 'npx dashgate serve');
  for (const line of rest.filter((each) => !starts.includes(each))) {
    await using step = await run(line);
    const { code } = await step.ended;
    if (code !== 0) throw new Error(`${name}: ${line}\n${step.output()}`);
  }
  const [appLine = '', serveLine = ''] = starts;
  const app = closing.use(await run(appLine.replace(/ &$/, '')));
  const dashgate = closing.use(await run(serveLine));
  const check = closing.use(await run('npx dashgate check'));
  const listens = /"message":"listening"/;
  await Promise.all([
    app.printed(ready, 60_000),
    dashgate.printed(listens, 60_000),
    check.printed(/ is good: 1 app, 2 users, 0 warnings\n/, 60_000),
  ]);
  const [at = '', upstream = ''] = named;
  const all = closing.move();
  return {
    origin: `http://127.0.0.1:${elsewhere(at)}`,
    upstream: `http://127.0.0.1:${elsewhere(upstream)}`,
    app,
    run: async (line) => all.use(await run(line)),
    async again(more, env) {
      await dashgate.stop();
      const next = all.use(await run([serveLine, ...more].join(' '), env));
      await next.printed(listens, 60_000);
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What belongs to an example, without what was made where somebody ran it. */
async function filesOf(name: string): Promise<string[]> {
  const entries = await readdir(join(examples, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(join(examples, name), join(entry.parentPath, entry.name)))
    .filter(
      (file) =>
        !/^(?:state|query_objects|\.venv|\.ipynb_checkpoints|__pycache__)\/|\.(?:secret|log)$|^state\.ini/.test(file),
    );
}
