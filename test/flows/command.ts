import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { type Ending, type ProgramOptions, type RunningProgram, startProgram } from '../support/start-program.ts';
import type { TempDir } from '../support/temp-dir.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

/** The real command line, as a process of its own. */
export const startDashgate = (args: readonly string[], options: ProgramOptions = {}): Promise<RunningProgram> =>
  startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], options);

/** The same, to its end. */
export async function dashgate(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Ending & { stdout: string; stderr: string }> {
  await using program = await startDashgate(args, options);
  const ending = await program.ended;
  return { ...ending, stdout: program.stdout(), stderr: program.stderr() };
}

export interface Served extends RunningProgram {
  /** Where it answers browsers. */
  readonly origin: string;
  readonly adminPort: number;
}

/** Keys of a configuration for ports that are free now. */
export async function freeServer(): Promise<{ port: number; adminPort: number; text: string }> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const text = `server: { listen: "127.0.0.1:${port}", check_listen: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:${adminPort}" }\n`;
  return { port, adminPort, text };
}

/**
 * `dashgate serve` in a folder with a users file (mica and mike), ready.
 * @param rest - the configuration without `server` and `admin`
 */
export async function serve(dir: TempDir, rest: string, server = freeServer()): Promise<Served> {
  const { port, adminPort, text } = await server;
  await dir.write('dashgate.yaml', text + rest);
  const program = await startDashgate(['serve'], { cwd: dir.path, ready: /"message":"listening"/ });
  return { ...program, origin: `http://127.0.0.1:${port}`, adminPort };
}
