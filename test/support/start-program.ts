import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramOptions {
  /** What it prints, on either stream, once it is ready. Absent: ready as soon as it runs. */
  ready?: RegExp;
  cwd?: string;
  /** Added to the test's own environment; `undefined` takes a name away. */
  env?: NodeJS.ProcessEnv;
  input?: string;
  readyWithinMs?: number;
}

export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** All that it has printed so far, both streams in the order they came. */
  output(): string;
  stdout(): string;
  stderr(): string;
  /** Waits until it has printed this, from its start or later. @throws with its output when it ends or `withinMs` is over before */
  printed(pattern: RegExp, withinMs?: number): Promise<RegExpMatchArray>;
  /** The program alone, not its group: what an operator's `kill` does. */
  kill(signal: NodeJS.Signals): void;
  /** How it ended, waiting for it. */
  readonly ended: Promise<Ending>;
  /** SIGTERM to its whole group, SIGKILL after `graceMs`. Comes back once it is gone. */
  stop(graceMs?: number): Promise<Ending>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Starts a real program in a process group of its own, and waits until it is ready. */
export async function startProgram(
  file: string,
  args: readonly string[] = [],
  { ready, cwd, env = {}, input, readyWithinMs = 30_000 }: ProgramOptions = {},
): Promise<RunningProgram> {
  const shown = [file, ...args].join(' ');
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: 'pipe' });
  running.add(child);
  const text = { stdout: '', stderr: '', both: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      text.both += chunk;
      child.emit('printed');
    });
  }
  // What it no longer reads is not this side's error.
  child.stdin.on('error', () => {}).end(input);
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    });
  });
  await once(child, 'spawn').catch((error: unknown) => {
    running.delete(child);
    throw new Error(`${shown} does not start`, { cause: error });
  });

  const printed = (pattern: RegExp, withinMs = readyWithinMs): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        child.off('printed', look).off('close', close);
        settle();
      };
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${shown}: ${why} before it printed ${pattern}. It printed:\n${text.both}`)));
      const look = (): void => {
        const match = text.both.match(pattern);
        if (match) finish(() => resolve(match));
      };
      const close = (code: number | null, signal: string | null): void => fail(`ended with ${code ?? signal}`);
      const timer = setTimeout(() => fail(`${withinMs} ms were over`), withinMs);
      child.on('printed', look).once('close', close);
      look();
      if (!running.has(child)) fail('had ended');
    });

  const stop = async (graceMs = 5_000): Promise<Ending> => {
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
    const ending = await ended;
    clearTimeout(timer);
    // The program is gone, its children perhaps not.
    signalGroup(child, 'SIGKILL');
    return ending;
  };

  const program: RunningProgram = {
    pid: child.pid ?? -1,
    output: () => text.both,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    printed,
    kill: (signal) => void child.kill(signal),
    ended,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
  if (ready) {
    await printed(ready).catch(async (error: unknown) => {
      await stop(0);
      throw error;
    });
  }
  return program;
}
