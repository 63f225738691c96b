import { keepCodeByProgram } from './code-cache.ts';
import { main } from './main.ts';
import { keepYoungSmallWhileLoading } from './young-generation.ts';

/** One Ctrl-C comes twice, from the terminal and by npm or an older Node, which pass it on; a second one of a person is later. */
const SAME_KEY_MS = 500;
const LOOK_EVERY_MS = 500;

/** The command line as a process: its words, its streams, its signals. @returns the exit code */
export function run(): Promise<number> {
  quieten();
  keepCodeByProgram();
  keepYoungSmallWhileLoading();
  const ending = new AbortController();
  let askedAtMs: number | null = null;
  const end = (): void => {
    askedAtMs ??= performance.now();
    if (performance.now() - askedAtMs > SAME_KEY_MS) process.exit(1);
    ending.abort();
  };
  // Who reads has gone, as head does after its lines: nobody is left to be told.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(1);
  });
  process.on('SIGTERM', end).on('SIGINT', end);
  endWithParent(() => ending.abort());
  return main(process.argv.slice(2), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    signal: ending.signal,
  });
}

/** What --disable-warning=ExperimentalWarning does, however this was started: node:sqlite has such a warning. */
function quieten(): void {
  const listeners = process.listeners('warning');
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') for (const tell of listeners) tell(warning);
  });
}

/**
 * npm, the shell that it starts and an older Node that stood here before may go without passing a signal on. Who started this
 * by other means and goes, as a shell that is closed, may well want it to stay.
 */
function endWithParent(end: () => void): void {
  if (process.channel) {
    process.channel.unref();
    process.once('disconnect', end);
  }
  if (process.env.npm_command === undefined && process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end();
  }, LOOK_EVERY_MS);
  watch.unref();
}
