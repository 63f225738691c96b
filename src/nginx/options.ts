import { isAbsolute } from 'node:path';
import { UsageError } from '../errors.ts';

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
  /** A complete nginx.conf, for `nginx -c`, that keeps its pid and temporary files in `temp`. */
  readonly whole: boolean;
  readonly temp: string;
  readonly accessLog: string;
}

export const defaults: InitOptions = {
  cert: '/etc/nginx/tls/fullchain.pem',
  key: '/etc/nginx/tls/privkey.pem',
  listen: [],
  redirectListen: ['80'],
  dashgate: '127.0.0.1',
  whole: false,
  temp: '/tmp',
  accessLog: '/var/log/nginx/access.log',
};

/** By the names of the flags. */
export interface GivenOptions {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly listen?: readonly string[] | undefined;
  readonly 'redirect-listen'?: readonly string[] | undefined;
  readonly dashgate?: string | undefined;
  readonly whole?: boolean | undefined;
  readonly temp?: string | undefined;
  readonly 'access-log'?: string | undefined;
}

/** @throws UsageError for what nginx would take for something else */
export function readOptions(given: GivenOptions): InitOptions {
  if ((given.cert === undefined) !== (given.key === undefined)) throw new UsageError('--cert and --key go together');
  const redirect = given['redirect-listen'] ?? defaults.redirectListen;
  return {
    cert: file('--cert', given.cert ?? defaults.cert),
    key: file('--key', given.key ?? defaults.key),
    listen: (given.listen ?? []).map((at) => address('--listen', at)),
    redirectListen: redirect.includes('none') ? [] : redirect.map((at) => address('--redirect-listen', at)),
    dashgate: host('--dashgate', given.dashgate ?? defaults.dashgate),
    whole: given.whole ?? false,
    temp: file('--temp', given.temp ?? defaults.temp),
    accessLog: file('--access-log', given['access-log'] ?? defaults.accessLog),
  };
}

/** Relative names nginx looks up below its own prefix, and `data:` or `syslog:` it does not take for files. */
function file(flag: string, name: string): string {
  if (!isAbsolute(name)) throw new UsageError(`${flag}: is not an absolute path; write it as nginx's machine names it`);
  return name;
}

function address(flag: string, text: string): string {
  const [, port = ''] = /^(?:[\d.]+:|\[[\da-fA-F:.]+\]:|\*:)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) < 1 || Number(port) > 65_535) {
    throw new UsageError(`${flag}: is not an address for nginx; write 443, 127.0.0.1:443 or [::]:443`);
  }
  return text;
}

function host(flag: string, text: string): string {
  if (!/^[A-Za-z0-9.-]{1,253}$|^[\da-fA-F:]{2,39}$/.test(text))
    throw new UsageError(`${flag}: is not a host name or address`);
  return text;
}
