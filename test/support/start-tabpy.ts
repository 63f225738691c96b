import { pbkdf2Sync } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { program } from './programs.ts';
import { type RunningProgram, startProgram } from './start-program.ts';
import { tempDir } from './temp-dir.ts';

export interface Tabpy extends RunningProgram {
  readonly port: number;
  /** Without a path: `http://127.0.0.1:…`. */
  readonly origin: string;
}

export interface TabpyOptions {
  /** By user name: with any, TabPy asks for passwords itself. */
  readonly passwords?: Readonly<Record<string, string>>;
  /** Lines of its `[TabPy]` section. */
  readonly settings?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const ON_LOOPBACK = join(import.meta.dirname, '../../examples/tabpy/on_loopback.py');

/** The real TabPy of the Python environment that scripts/setup.ts made, on loopback, with a state of its own. */
export async function startTabpy({ passwords = {}, settings = [], env = {} }: TabpyOptions = {}): Promise<Tabpy> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const port = await freePort();
  const users = Object.entries(passwords).map(([user, password]) => `${user} ${tabpyHash(user, password)}\n`);
  const passwordFile = await dir.write('passwords.txt', users.join(''));
  const config = await dir.write(
    'tabpy.conf',
    [
      '[TabPy]',
      `TABPY_PORT = ${port}`,
      `TABPY_STATE_PATH = ${dir.path}`,
      `TABPY_QUERY_OBJECT_PATH = ${dir.file('query_objects')}`,
      ...(users.length > 0 ? [`TABPY_PWD_FILE = ${passwordFile}`] : []),
      ...settings,
      '',
    ].join('\n'),
  );
  const running = await startProgram(program('python'), [ON_LOOPBACK, '--config', config, '--disable-auth-warning'], {
    cwd: dir.path,
    env: { PYTHONDONTWRITEBYTECODE: '1', ...env },
    ready: /Web service listening on port/,
  });
  closing.use(running);
  const all = closing.move();
  return {
    ...running,
    port,
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** As TabPy 2.16 hashes a password: the user name is the salt. */
const tabpyHash = (user: string, password: string): string =>
  pbkdf2Sync(password, `_$salt@tabpy:${user.toLowerCase()}$_`, 10_000, 64, 'sha512').toString('hex');
