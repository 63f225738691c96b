import { isAbsolute } from 'node:path';
import { UsageError } from '../errors.ts';
import { absolute, addresses, host } from '../fronts/option-values.ts';

/** What dashgate.yaml does not say: where nginx stands, and where it finds things. */
export interface InitOptions {
  /** Certificate chain in PEM, as nginx's machine names it; empty: the handshake is refused. */
  readonly cert: string;
  readonly key: string;
  /** Where nginx listens, as `443` or `[::]:443`; empty: on the port of each origin. */
  readonly listen: readonly string[];
  /** Addresses from which plain http is sent on to https; empty: none. */
  readonly redirectListen: readonly string[];
  /** Host name or address where nginx finds a dashgate that listens on every address. */
  readonly dashgate: string;
  /** Where several dashgates are: hosts, or folders with the sockets of one each; empty: there is one, where the configuration says. */
  readonly instances: readonly string[];
  /** A complete nginx.conf, for `nginx -c`, that keeps its pid and temporary files in `temp`. */
  readonly whole: boolean;
  readonly temp: string;
  readonly accessLog: string;
  /**
   * Which way websockets and event streams go: `proxy`, through dashgate, which ends them with their session; or `verify`, like
   * everything else, where they stay open.
   */
  readonly sockets: 'proxy' | 'verify';
  /** So long nginx goes by what was allowed before, in seconds; 0: it asks each time. */
  readonly authCacheSec: number;
}

export const defaults: InitOptions = {
  cert: '/etc/nginx/tls/fullchain.pem',
  key: '/etc/nginx/tls/privkey.pem',
  listen: [],
  redirectListen: ['80'],
  dashgate: '127.0.0.1',
  instances: [],
  whole: false,
  temp: '/tmp',
  accessLog: '/var/log/nginx/access.log',
  sockets: 'proxy',
  authCacheSec: 0,
};

/**
 * @param given - flags, by name without dashes
 * @throws UsageError for what nginx would take for something else
 */
export function readOptions(given: Readonly<Record<string, string | true>>): InitOptions {
  const text = (flag: string): string | undefined => (typeof given[flag] === 'string' ? given[flag] : undefined);
  const file = (flag: string, byDefault: string): string => absolute(flag, text(flag) ?? byDefault, 'nginx');
  if ((text('cert') === undefined) !== (text('key') === undefined))
    throw new UsageError('--cert and --key go together');
  return {
    cert: file('cert', defaults.cert),
    key: file('key', defaults.key),
    listen: addresses('listen', text('listen'), 'nginx') ?? defaults.listen,
    redirectListen:
      text('redirect-listen') === 'none'
        ? []
        : (addresses('redirect-listen', text('redirect-listen'), 'nginx') ?? defaults.redirectListen),
    dashgate: host('dashgate', text('dashgate') ?? defaults.dashgate),
    instances: (text('instances')?.split(',') ?? defaults.instances).map((each) =>
      isAbsolute(each) ? each : host('instances', each),
    ),
    whole: given.whole === true,
    temp: file('temp', defaults.temp),
    accessLog: file('access-log', defaults.accessLog),
    sockets: way(text('sockets') ?? defaults.sockets),
    authCacheSec: seconds(text('auth-cache') ?? 'none'),
  };
}

function way(text: string): InitOptions['sockets'] {
  if (text === 'proxy' || text === 'verify') return text;
  throw new UsageError('--sockets: is neither proxy nor verify');
}

/** Longer, and people would see that a logout does not hold; and nginx counts in whole seconds. */
const [LEAST_SEC, MOST_SEC] = [2, 10];

function seconds(text: string): number {
  if (text === 'none') return 0;
  const sec = Number(/^(\d{1,2})s$/.exec(text)?.[1]);
  if (sec >= LEAST_SEC && sec <= MOST_SEC) return sec;
  throw new UsageError(`--auth-cache: write ${LEAST_SEC}s to ${MOST_SEC}s, or none`);
}
