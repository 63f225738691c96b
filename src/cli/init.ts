import { resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema/config.ts';
import { UsageError } from '../errors.ts';
import { FRONTS } from '../fronts/options.ts';
import { checkWithNginx } from '../nginx/check.ts';
import { front } from '../nginx/front.ts';
import { defaults, type InitOptions, readOptions } from '../nginx/options.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { FRONT_FLAGS, initFront, FLAGS as OF_FRONTS } from './init/front.ts';
import { initKubernetes, KUBERNETES_FLAGS, FLAGS as OF_KUBERNETES } from './init/kubernetes.ts';
import { warn } from './init/warn.ts';
import { writeOutput } from './init/write-output.ts';
import { placed } from './placed.ts';

/**
 * The nginx configuration for a dashgate configuration.
 * @throws ConfigInvalid where nginx cannot hold what is configured
 */
export async function initNginx(config: Config, options: Partial<InitOptions> = {}): Promise<string> {
  return front(config, { ...defaults, ...options }).text;
}

const FLAGS = {
  ...({ config: 'text', output: 'text' } as const),
  ...({ cert: 'text', key: 'text', listen: 'text', 'redirect-listen': 'text' } as const),
  ...({
    dashgate: 'text',
    instances: 'text',
    'access-log': 'text',
    sockets: 'text',
    temp: 'text',
    'auth-cache': 'text',
    whole: 'switch',
  } as const),
};

export const init: Command = {
  name: 'init',
  summary: 'Print the configuration of a front: nginx, traefik, caddy, envoy or kubernetes',
  usage: `Usage: dashgate init nginx [OPTIONS] [--KEY VALUE ...]
       dashgate init traefik|caddy|envoy [OPTIONS] [--KEY VALUE ...]
       dashgate init kubernetes [OPTIONS]

init nginx prints the nginx configuration for a dashgate.yaml, and asks nginx -t about it
where nginx is on this machine.

  --config FILE            the configuration of dashgate; default dashgate.yaml
  --cert FILE, --key FILE  certificate chain and key, as nginx's machine names
                           them; default ${defaults.cert}
                           and ${defaults.key}
  --listen ADDRESSES       where nginx listens: 443 or 127.0.0.1:443,[::1]:443;
                           default the port of each public address
  --redirect-listen ADDRESSES
                           where plain http is sent on to https; none: nowhere;
                           default ${defaults.redirectListen.join(',')}
  --dashgate HOST          where nginx finds a dashgate that listens on every
                           address; default ${defaults.dashgate}
  --instances LIST         where several dashgates are: hosts, as a,b, or folders
                           with the sockets of one each, as /run/a,/run/b
  --sockets WAY            which way websockets and event streams go: proxy,
                           through dashgate, which has to reach the dashboards
                           and ends what is open with its session; verify, like
                           all else, where they stay open; default ${defaults.sockets}
  --auth-cache TIME        nginx goes by what dashgate allowed for so long, 2s to
                           10s, and does not ask again: faster, and a logout or
                           a grant taken away counts so much later; default none
  --access-log FILE        default ${defaults.accessLog}
  --whole                  a complete nginx.conf for nginx -c, which any user can
                           run; else a file for /etc/nginx/conf.d
  --temp FOLDER            with --whole: where the pid and temporary files go;
                           has to be there; default ${defaults.temp}
  --output FILE            write to this file; default standard output

init caddy prints a Caddyfile, init envoy a whole configuration, init traefik a file
for its file provider; Caddy and Envoy are asked about it where they are on this
machine.

${FRONT_FLAGS}

init kubernetes prints what a cluster needs for two dashgates and more, from the
file alone: variables and flags for its keys have no say.

${KUBERNETES_FLAGS}

Exit code 0: printed; 1: the front refuses it; 2: usage or configuration.`,

  async run(args, io) {
    // By the flags of all, so that what stands behind one is no name.
    const all = { ...FLAGS, ...OF_FRONTS, ...OF_KUBERNETES };
    const [name] = readArguments(args, all, { takesConfig: true, mostWords: args.length }).words;
    if (name === 'kubernetes') return initKubernetes(args, io);
    const front = FRONTS.find((each) => each === name);
    if (front) return initFront(front, args, io);
    const { options: given, config: flags, words } = readArguments(args, FLAGS, { takesConfig: true, mostWords: 1 });
    if (words[0] !== 'nginx')
      throw new UsageError('name what stands in front: dashgate init nginx, traefik, caddy, envoy or kubernetes');
    const options = readOptions(given);
    const file = typeof given.config === 'string' ? given.config : undefined;
    const loaded = await loadConfig({ file, env: io.env, flags, cwd: io.cwd });
    const { config } = loaded;
    const text = await placed(loaded, initNginx(config, options));
    const verdict = await checkWithNginx(config, options);
    if (verdict.kind === 'refused') {
      io.err(`dashgate: nginx refuses this configuration:\n${verdict.message}\n`);
      return 1;
    }
    if (typeof given.output === 'string') await writeOutput(resolve(io.cwd, given.output), text);
    else io.out(text);
    if (verdict.kind === 'no-nginx') io.err('nginx is not on this machine: run nginx -t where it is\n');
    else io.err(['nginx -t accepts it', ...verdict.notes].map((line) => `${line}\n`).join(''));
    warn(config, 'nginx', io);
    if (options.sockets === 'verify') io.err(STAYS_OPEN);
    return 0;
  },
};

const STAYS_OPEN =
  'warning: with --sockets verify a websocket or event stream that is open outlives its session: nginx asks once, and never again\n';
