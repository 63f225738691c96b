import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A program that answers, in a process of its own, whose output goes to a file: nobody here spends time on reading it. */
export interface Server extends AsyncDisposable {
  readonly pid: number;
  /** From the start of the process to its first connection, in milliseconds. */
  readonly startedMs: number;
}

export interface ServerOptions {
  readonly file: string;
  readonly args: readonly string[];
  /** Where its output goes. */
  readonly log: string;
  /** A port of 127.0.0.1, or a socket: it is ready once that takes connections. */
  readonly at: number | string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const READY_WITHIN_MS = 90_000;
const GRACE_MS = 9000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export async function startServer({ file, args, log, at, env, cwd }: ServerOptions): Promise<Server> {
  const output = openSync(log, 'a');
  const beganMs = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', output, output], env: { ...process.env, ...env }, cwd });
  closeSync(output);
  const ended = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  running.add(child);
  child.once('exit', () => running.delete(child));
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await once(child, 'spawn');
  while (!(await takes(at))) {
    if (isOver() || performance.now() - beganMs > READY_WITHIN_MS) {
      kill();
      throw new Error(`${file} does not answer:\n${readFileSync(log, 'utf8').slice(-2000)}`);
    }
    await wait(2);
  }
  return {
    pid: child.pid ?? -1,
    startedMs: performance.now() - beganMs,
    async [Symbol.asyncDispose]() {
      if (isOver()) return;
      child.kill('SIGTERM');
      const late = setTimeout(kill, GRACE_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

function takes(at: number | string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
