import { isIP } from 'node:net';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import { droppedLines, IDENTITY_HEADERS, identityLines } from './headers.ts';
import type { InitOptions } from './options.ts';
import { type ForwardedPath, forwardedPath } from './paths.ts';
import { render } from './template.ts';
import { join, nothing, word, Written } from './text.ts';

type FrontConfig = Pick<Config, 'server' | 'apps'>;

interface Origin {
  readonly origin: string;
  readonly isHttps: boolean;
}

/**
 * The nginx configuration for a dashgate configuration.
 * @throws ConfigInvalid where nginx cannot hold what is configured
 */
export function front(config: FrontConfig, options: InitOptions): Written {
  if (config.server.tls) {
    throw new ConfigInvalid('server.tls: with nginx in front TLS ends there; remove it, or use the proxy way without nginx');
  }
  const paths = new Map(
    config.apps.map((app, index) => [app.name, forwardedPath(app.at.prefix, app.upstream.path, index)]),
  );
  const http = render('http', {
    place: new Written(
      options.whole
        ? '# A complete configuration: nginx -c FILE'
        : '# Belongs in the http context: /etc/nginx/conf.d/dashgate.conf. In nginx.conf set worker_shutdown_timeout 60s; too,\n' +
            '# or after a reload old workers stay for as long as a websocket is open.',
    ),
    check: reach(config.server.checkListen, options),
    public: reach(config.server.listen, options),
    upstreams: join(config.apps.map((app) => upstream(app, pathOf(paths, app)))),
    servers: servers(config, options, paths),
  });
  return options.whole ? whole(http, options.temp) : http;
}

const whole = (http: Written, temp: string): Written =>
  render('nginx', {
    pid: `${temp}/nginx.pid`,
    body_temp: `${temp}/body`,
    proxy_temp: `${temp}/proxy`,
    fastcgi_temp: `${temp}/fastcgi`,
    uwsgi_temp: `${temp}/uwsgi`,
    scgi_temp: `${temp}/scgi`,
    http,
  });

/** Where nginx finds one of our listeners. One on every address is found where the options say. */
function reach(at: Config['server']['listen'], { dashgate }: InitOptions): string {
  if (at.kind === 'unix') return `unix:${at.path}`;
  return address(at.host === '0.0.0.0' || at.host === '::' ? dashgate : at.host, at.port);
}

const address = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

const upstreamName = ({ name }: AppConfig): string => `dashgate_app_${name}`;

function upstream(app: AppConfig, { map }: ForwardedPath): Written {
  return render('upstream', {
    label: new Written(`The app ${app.name}.`),
    upstream: upstreamName(app),
    address: app.upstream.kind === 'unix' ? `unix:${app.upstream.socketPath}` : address(app.upstream.host, app.upstream.port),
    path_map: map,
  });
}

/** One server a public origin, and those that refuse or redirect what comes by another name. */
function servers(config: FrontConfig, options: InitOptions, paths: ReadonlyMap<string, ForwardedPath>): Written {
  const origins = new Map<string, Origin>();
  for (const at of [config.server.publicUrl, ...config.apps.map((app) => app.at)]) origins.set(at.origin, at);
  const all = [...origins.values()];
  const isAnyHttps = all.some(({ isHttps }) => isHttps);
  const redirectAt = isAnyHttps ? options.redirectListen : [];
  const listens = listensOf(all, options);
  refuseTwice(all, listens);

  const parts: Written[] = [];
  for (const at of new Set([...redirectAt, ...all.flatMap((each) => listens(each))])) {
    const here = all.filter((each) => listens(each).includes(at));
    parts.push(refuseServer(at, here, options));
  }
  for (const [name, origin] of redirects(all, redirectAt, listens)) parts.push(redirectServer(name, origin, redirectAt, options));
  for (const each of all) {
    const apps = config.apps.filter((app) => app.at.origin === each.origin);
    parts.push(server(each, apps, listens(each), options, paths));
  }
  return join(parts);
}

type Listens = (origin: Origin) => readonly string[];

function listensOf(all: readonly Origin[], { listen }: InitOptions): Listens {
  const isMixed = new Set(all.map(({ isHttps }) => isHttps)).size > 1;
  return ({ origin, isHttps }) => {
    const { port } = new URL(origin);
    const own = port === '' ? (isHttps ? '443' : '80') : port;
    return listen.length > 0 && (isHttps || !isMixed) ? listen : [own];
  };
}

const hostOf = ({ origin }: Origin): string => new URL(origin).hostname;

/** nginx takes the first of two servers with one name and address, and only warns of the other. */
function refuseTwice(all: readonly Origin[], listens: Listens): void {
  const seen = new Map<string, Origin>();
  for (const each of all) {
    for (const at of listens(each)) {
      const key = `${at} ${hostOf(each)}`;
      const other = seen.get(key);
      if (other) {
        throw new ConfigInvalid(
          `${other.origin} and ${each.origin} would both be ${hostOf(each)} on ${at}, and nginx could not tell them apart; leave out --listen, or use one origin`,
        );
      }
      seen.set(key, each);
    }
  }
}

/** Host names that are sent on to https; not one that has a plain http server of its own at that address. */
function redirects(all: readonly Origin[], redirectAt: readonly string[], listens: Listens): Map<string, string> {
  const plain = all.filter((each) => !each.isHttps && listens(each).some((at) => redirectAt.includes(at))).map(hostOf);
  const found = new Map<string, string>();
  for (const each of redirectAt.length > 0 ? all : []) {
    const name = hostOf(each);
    if (each.isHttps && !plain.includes(name) && !found.has(name)) found.set(name, each.origin);
  }
  return found;
}

const listenLines = (at: readonly string[], parameters: string): Written =>
  new Written(at.map((each) => `listen ${word(each)}${parameters};\n`).join(''));

const common = ({ accessLog }: InitOptions): Written => render('common', { access_log: accessLog });

function tls({ cert, key }: InitOptions): Written {
  const certificate = `ssl_certificate ${word(cert)};\nssl_certificate_key ${word(key)};`;
  return render('tls', { certificate: new Written(cert === '' ? 'ssl_reject_handshake on;' : certificate) });
}

function refuseServer(at: string, here: readonly Origin[], options: InitOptions): Written {
  const isHttps = here.some((each) => each.isHttps);
  // A client names no address in the handshake (RFC 6066 §3): then the refusal has to wait for the Host header.
  const isByAddress = here.some((each) => isIP(hostOf(each).replace(/^\[|\]$/g, '')) !== 0);
  return render('refuse-server', {
    listen: listenLines([at], isHttps ? ' ssl http2 default_server' : ' default_server'),
    tls: isHttps ? tls(isByAddress ? options : { ...options, cert: '' }) : nothing,
    common: common(options),
  });
}

const redirectServer = (name: string, origin: string, at: readonly string[], options: InitOptions): Written =>
  render('redirect-server', {
    listen: listenLines(at, ''),
    name,
    common: common(options),
    to: new Written(word(origin, '$request_uri')),
  });

function server(
  origin: Origin,
  apps: readonly AppConfig[],
  at: readonly string[],
  options: InitOptions,
  paths: ReadonlyMap<string, ForwardedPath>,
): Written {
  const hasRoot = apps.some((app) => app.at.prefix === '/');
  const question = render('question', { scheme: schemeOf(origin) });
  return render('server', {
    listen: listenLines(at, origin.isHttps ? ' ssl http2' : ''),
    name: hostOf(origin),
    tls: origin.isHttps ? tls(options) : nothing,
    common: common(options),
    question,
    hsts: hsts(origin),
    dropped: join([
      new Written(IDENTITY_HEADERS.map((name) => `proxy_set_header ${name} "";\n`).join('')),
      droppedLines(['X-Forwarded-For']),
    ]),
    apps: join([...apps.map((app) => location(app, pathOf(paths, app))), ...(hasRoot ? [] : [render('nowhere')])]),
  });
}

const schemeOf = ({ isHttps }: Origin): string => (isHttps ? 'https' : 'http');

/**
 * A person types a password here, so a browser that has once come by https stays with it. Only this name and no preload list:
 * the domain's other names are not ours to speak for. Not for this machine or a bare address, where certificates are often
 * self-made and HSTS would leave no way past the warning (RFC 6797 §8.1.1, §12.1).
 */
function hsts(origin: Origin): Written {
  const host = hostOf(origin);
  const isLocal = host === 'localhost' || host.endsWith('.localhost') || isIP(host.replace(/^\[|\]$/g, '')) !== 0;
  if (!origin.isHttps || isLocal) return nothing;
  return new Written('add_header Strict-Transport-Security "max-age=31536000" always;\n');
}

function location(app: AppConfig, { variable }: ForwardedPath): Written {
  const { prefix } = app.at;
  const bare = prefix.slice(0, -1);
  const isHttpsUpstream = app.upstream.kind === 'tcp' && app.upstream.protocol === 'https:';
  const isCut = app.upstream.path !== null && app.upstream.path !== prefix;
  return render('app', {
    slash:
      bare === '' ? nothing : render('slash', { bare, to: new Written(word(prefix, '$is_args$args')) }),
    prefix,
    app: app.name,
    hsts: hsts(app.at),
    target: new Written(word(`${isHttpsUpstream ? 'https' : 'http'}://${upstreamName(app)}`, variable)),
    upstream_tls: isHttpsUpstream ? upstreamTls(app) : nothing,
    scheme: schemeOf(app.at),
    forwarded_prefix: isCut && bare !== '' ? bare : '',
    identity: identityLines(app.identity.includes('headers')),
    dropped: droppedLines(['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'X-Forwarded-Prefix']),
    timeout: new Written(`${app.timeoutMs}ms`),
  });
}

/** Where Debian, and what is built on it, keeps the certificates that a system trusts. */
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';

function upstreamTls({ upstream, upstreamTls: given }: AppConfig): Written {
  const name = given?.serverName ?? (upstream.kind === 'tcp' ? upstream.host : '');
  return new Written(
    [
      'proxy_ssl_verify on;',
      'proxy_ssl_verify_depth 4;',
      'proxy_ssl_protocols TLSv1.2 TLSv1.3;',
      `proxy_ssl_trusted_certificate ${word(given?.caFile ?? SYSTEM_CA)};`,
      'proxy_ssl_server_name on;',
      `proxy_ssl_name ${word(name)};`,
    ].join('\n'),
  );
}

function pathOf(paths: ReadonlyMap<string, ForwardedPath>, { name }: AppConfig): ForwardedPath {
  const path = paths.get(name);
  if (!path) throw new Error(`no path for ${name}`);
  return path;
}
