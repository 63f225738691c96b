import { freePort } from './free-port.ts';
import { program } from './programs.ts';
import { type RunningProgram, startProgram } from './start-program.ts';

export interface Dashboard extends RunningProgram {
  readonly port: number;
  /** Without a path: `http://127.0.0.1:…`. */
  readonly origin: string;
}

/**
 * A real Dash app under gunicorn, in the Python environment that scripts/setup.ts made.
 * @param folder - where the app lies; `entry` names module and server in it
 */
export async function startGunicorn(
  folder: string,
  env: NodeJS.ProcessEnv = {},
  entry = 'app:server',
  /** Another Python environment, and what gunicorn needs for another kind of app. */
  { python = program('python'), more = [] }: { readonly python?: string; readonly more?: readonly string[] } = {},
): Promise<Dashboard> {
  const port = await freePort();
  // Preloaded: an app that does not import ends it before it listens, instead of at the first request.
  const args = [
    '-m',
    'gunicorn',
    '--preload',
    '--bind',
    `127.0.0.1:${port}`,
    '--workers',
    '1',
    '--threads',
    '4',
    ...more,
    entry,
  ];
  const running = await startProgram(python, args, {
    cwd: folder,
    env: { PYTHONDONTWRITEBYTECODE: '1', ...env },
    ready: /Booting worker with pid/,
  });
  return { ...running, port, origin: `http://127.0.0.1:${port}` };
}
