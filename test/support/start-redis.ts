import { createClient } from 'redis';
import { freePort } from './free-port.ts';
import { program } from './programs.ts';
import { type RunningProgram, startProgram } from './start-program.ts';
import { type TempDir, tempDir } from './temp-dir.ts';

/** The real Redis, on 127.0.0.1. */
export interface Redis extends AsyncDisposable {
  readonly dir: TempDir;
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** Sends one command, as an operator does. */
  ask(...command: string[]): Promise<unknown>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Stops it in its tracks, or lets it go on: it is there, and answers nothing. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Starts it again, at the same port, with what is on its disk. */
  start(): Promise<void>;
}

export interface RedisOptions {
  /** Lines of redis.conf, in which `$DIR` is its folder. By default nothing is kept on the disk. */
  readonly conf?: string;
  readonly port?: number;
  /** Runs as a sentinel. */
  readonly isSentinel?: boolean;
  /** Whom `ask` asks as. */
  readonly password?: string;
}

export async function startRedis({
  conf = 'save ""',
  port,
  isSentinel = false,
  password,
}: RedisOptions = {}): Promise<Redis> {
  await using closing = new AsyncDisposableStack();
  const dir = closing.use(await tempDir());
  const at = port ?? (await freePort());
  const lines = [`bind 127.0.0.1`, `port ${at}`, `dir ${dir.path}`, 'enable-debug-command yes', conf];
  const file = await dir.write(
    'redis.conf',
    `${lines
      .filter((line) => !isSentinel || !line.startsWith('enable-debug'))
      .join('\n')
      .replaceAll('$DIR', dir.path)}\n`,
  );
  const start = (): Promise<RunningProgram> =>
    startProgram(program('redis'), [file, ...(isSentinel ? ['--sentinel'] : [])], {
      ready: isSentinel ? /Sentinel ID is/ : /Ready to accept connections/,
    });
  let server = await start();
  closing.defer(async () => void (await server.stop()));
  const all = closing.move();
  return {
    dir,
    port: at,
    url: `redis://127.0.0.1:${at}`,
    get pid() {
      return server.pid;
    },
    async ask(...command) {
      const client = createClient({
        socket: { host: '127.0.0.1', port: at, reconnectStrategy: false },
        ...(password !== undefined && { password }),
      });
      client.on('error', () => {});
      await client.connect();
      try {
        return await client.sendCommand(command);
      } finally {
        client.destroy();
      }
    },
    async kill() {
      server.kill('SIGKILL');
      await server.ended;
    },
    signal: (signal) => server.kill(signal),
    async start() {
      server = await start();
    },
    async [Symbol.asyncDispose]() {
      server.kill('SIGCONT');
      await all.disposeAsync();
    },
  };
}
