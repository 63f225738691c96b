import type { DashgateOptions } from '../app.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { createLog } from '../telemetry/log.ts';
import { reloadOnChange } from '../telemetry/reload.ts';
import type { WorkersOptions } from '../workers/primary.ts';
import { readArguments } from './arguments.ts';
import { keepCodeByState, writeCodeSoon } from './code-cache.ts';
import type { Command, Io } from './command.ts';
import { placed } from './placed.ts';
import { usersFromEnv, type WithUsers } from './users-from-env.ts';

export const serve: Command = {
  name: 'serve',
  summary: 'Stand in front of the dashboards of a dashgate.yaml (the default command)',
  usage: `Usage: dashgate serve [--config FILE] [--users-from-env] [--KEY VALUE ...]

Answers browsers on server.listen, front proxies on server.check_listen, and
/healthz, /readyz and /metrics on admin.listen, until SIGTERM or SIGINT.

  --config FILE   the configuration (default: dashgate.yaml here)
  --users-from-env
                  let in the user of USERNAME and PASSWORD, who may see
                  everything, and those of the file that TABPY_PWD_FILE names,
                  where it is set; without this flag these three mean nothing
  --KEY VALUE     any key of it, as --session.lifetime 4h; it also reads
                  DASHGATE_SESSION_LIFETIME. Flag over environment over file.

The configuration, the users, the session keys and the certificate are read
again when they change; a bad new version is refused and the old one stays.`,

  async run(args, io) {
    const known = { config: 'text', 'users-from-env': 'switch' } as const;
    const { options, config: flags } = readArguments(args, known, { takesConfig: true });
    const file = typeof options.config === 'string' ? options.config : undefined;
    const sources = { file, env: io.env, flags, cwd: io.cwd };
    const hasEnvUsers = options['users-from-env'] === true;
    if (await isWorker()) {
      const { work } = await import('../workers/worker.ts');
      await work(async (text) => {
        const { config } = await loadConfig({ ...sources, text });
        return hasEnvUsers ? (await usersFromEnv(config, io))(config) : config;
      });
      return 0;
    }
    const loaded = await loadConfig(sources);
    const { config: read, warnings, files, text } = loaded;
    keepCodeByState(read.state);
    const withUsers = hasEnvUsers ? await usersFromEnv(read, io) : same;
    const config = withUsers(read);
    const log = createLog({ level: config.log.level, format: config.log.format });
    for (const line of warnings) log.warn(line);
    const begun = config.server.workers > 1 ? many(config, { log, text }) : one(config, { log });
    const serving = await placed(loaded, begun);
    writeCodeSoon();
    const reload = async (): Promise<void> => {
      const next = await loadConfig(sources);
      for (const line of next.warnings) log.warn(line);
      await placed(next, serving.reconfigure(next, withUsers));
    };
    const stop = files.length > 0 ? reloadOnChange(files, { what: 'configuration', log }, reload) : () => {};
    try {
      await Promise.race([untilAborted(io.signal), serving.failed]);
      log.info('ending: no new requests are taken, those under way are finished');
    } finally {
      stop();
      await serving.close();
    }
    log.info('ended');
    return 0;
  },
};

interface Serving {
  reconfigure(next: LoadedConfig, withUsers: WithUsers): Promise<void>;
  /** Rejects when it cannot go on. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

async function one(config: Config, options: DashgateOptions): Promise<Serving> {
  const { createDashgate } = await import('../app.ts');
  const { reconfigure, close } = await createDashgate(config, options);
  return {
    reconfigure: (next, withUsers) => reconfigure(withUsers(next.config)),
    failed: new Promise<never>(() => {}),
    close,
  };
}

/** Loaded only where it is used, as workers are. */
async function many(config: Config, options: WorkersOptions): Promise<Serving> {
  const { openWorkers } = await import('../workers/primary.ts');
  const { reconfigure, failed, close } = await openWorkers(config, options);
  return { reconfigure: ({ text }) => reconfigure(text), failed, close };
}

/** Whether this process was started by another dashgate, to answer requests with it. */
const isWorker = async (): Promise<boolean> =>
  process.channel !== undefined && (await import('node:cluster')).default.isWorker;

const same: WithUsers = (config) => config;

/** Settles when the process is asked to end. */
export async function untilAborted(signal: Io['signal']): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
