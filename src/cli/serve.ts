import { loadConfig } from '../config/load.ts';
import { createLog } from '../telemetry/log.ts';
import { reloadOnChange } from '../telemetry/reload.ts';
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
    const loaded = await loadConfig(sources);
    const { config: read, warnings, files } = loaded;
    keepCodeByState(read.state);
    const { createDashgate } = await import('../app.ts');
    const withUsers = options['users-from-env'] ? await usersFromEnv(read, io) : same;
    const config = withUsers(read);
    const log = createLog({ level: config.log.level, format: config.log.format });
    for (const line of warnings) log.warn(line);
    const dashgate = await placed(loaded, createDashgate(config, { log }));
    writeCodeSoon();
    const reload = async (): Promise<void> => {
      const next = await loadConfig(sources);
      for (const line of next.warnings) log.warn(line);
      await placed(next, dashgate.reconfigure(withUsers(next.config)));
    };
    const stop = files.length > 0 ? reloadOnChange(files, { what: 'configuration', log }, reload) : () => {};
    await untilAborted(io.signal);
    stop();
    log.info('ending: no new requests are taken, those under way are finished');
    await dashgate.close();
    log.info('ended');
    return 0;
  },
};

const same: WithUsers = (config) => config;

/** Settles when the process is asked to end. */
export async function untilAborted(signal: Io['signal']): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}
