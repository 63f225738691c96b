import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { UsageError } from '../errors.ts';
import { checkWithNginx } from '../nginx/check.ts';
import { front } from '../nginx/front.ts';
import { defaults, type InitOptions, readOptions } from '../nginx/options.ts';
import type { Command, Io } from './command.ts';

/** The configuration text for a front proxy. @throws ConfigInvalid where nginx cannot hold what is configured */
export async function initNginx(config: Config, options: Partial<InitOptions> = {}): Promise<string> {
  return front(config, { ...defaults, ...options }).text;
}

export const init: Command = {
  name: 'init',
  summary: 'Print the configuration of the proxy in front: nginx.',
  usage: `Usage: dashgate init nginx [options]

Prints the nginx configuration for a dashgate.yaml, and asks nginx -t about it when nginx is on this machine.

  --config FILE             The configuration of dashgate. Default: dashgate.yaml
  --cert FILE               Certificate chain, as nginx's machine names it. Default: ${defaults.cert}
  --key FILE                Its private key. Default: ${defaults.key}
  --listen ADDRESS          Where nginx listens, as 443, 127.0.0.1:8443 or [::]:443; may be repeated.
                            Default: the port of each public address
  --redirect-listen ADDRESS Where plain http is sent on to https; may be repeated; none for nowhere. Default: 80
  --dashgate HOST           Where nginx finds a dashgate that listens on every address. Default: ${defaults.dashgate}
  --access-log FILE         Default: ${defaults.accessLog}
  --whole                   A complete nginx.conf for nginx -c, also for a user without rights.
                            Without it: a file for /etc/nginx/conf.d/
  --temp FOLDER             With --whole: an existing folder for the pid and temporary files. Default: ${defaults.temp}
  --output FILE             Write to this file. Default: standard output

Exit code: 0 printed, 1 nginx refuses it, 2 usage or configuration.`,

  async run(args, io) {
    const { options, config: file, output } = readArgs(args, io.cwd);
    const { config } = await loadConfig({ ...(file && { file }), env: io.env, flags: {}, cwd: io.cwd });
    const text = await initNginx(config, options);
    const verdict = await checkWithNginx(config, options);
    if (verdict.kind === 'refused') {
      io.err(`nginx refuses this configuration:\n${verdict.message}\n`);
      return 1;
    }
    if (output) await writeFile(output, text);
    else io.out(text);
    if (verdict.kind === 'no-nginx') io.err('nginx is not on this machine: check this with nginx -t where it is\n');
    else io.err(['nginx -t accepts it', ...verdict.notes].map((line) => `${line}\n`).join(''));
    warn(config, io);
    return 0;
  },
};

/** Behind nginx every client would have nginx's address, in the log and for the lockout. */
function warn({ server }: Config, io: Io): void {
  if (server.trustedProxies.length > 0) return;
  io.err(
    `server.trusted_proxies is empty, so that the login page does not believe nginx who its clients are; write ${server.listen.kind === 'unix' ? '[unix]' : '["127.0.0.1"], or where nginx comes from'}\n`,
  );
}

interface Read {
  readonly config: string | undefined;
  readonly output: string | undefined;
  readonly options: InitOptions;
}

function readArgs(args: readonly string[], cwd: string): Read {
  const { values, positionals } = parse(args);
  const [front, ...more] = positionals;
  if (front !== 'nginx' || more.length > 0) throw new UsageError('say which front: dashgate init nginx');
  return {
    config: values.config,
    output: values.output === undefined ? undefined : resolve(cwd, values.output),
    options: readOptions(values),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const list = { type: 'string', multiple: true } as const;
  const options = {
    ...{ config: text, output: text, cert: text, key: text, dashgate: text, temp: text, 'access-log': text },
    ...{ listen: list, 'redirect-listen': list, whole: { type: 'boolean' } as const },
  };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'the options are not understood');
  }
}
