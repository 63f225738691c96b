import { isIP } from 'node:net';
import { basename, isAbsolute, join } from 'node:path';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { asOf, unfit } from '../config/unfit.ts';
import { UsageError } from '../errors.ts';
import { authCache } from './auth-cache.ts';
import { isGuarded, isNoticed, upstreamName } from './location.ts';
import type { InitOptions } from './options.ts';
import { type ForwardedPath, forwardedPath } from './paths.ts';
import { type FrontConfig, servers } from './servers.ts';
import { render } from './template.ts';
import { join as joinText, nothing, Written, word } from './text.ts';

/**
 * The nginx configuration for a dashgate configuration.
 * @throws ConfigInvalid where nginx cannot hold what is configured
 */
export function front(config: FrontConfig, options: InitOptions): Written {
  refuseMixed(config.server, options);
  if (config.server.tls) {
    throw unfit(['server', 'tls'], 'with nginx in front TLS ends there; remove it, or use the proxy way without nginx');
  }
  for (const [i, { at }] of config.apps.entries()) asOf(['apps', i, 'at'], () => word(at.prefix));
  const paths = new Map(config.apps.map((app, index) => [app, forwardedPath(app.at.prefix, app.upstream.path, index)]));
  const http = render('http', {
    place: new Written(
      options.whole
        ? '# A complete configuration: nginx -c FILE'
        : '# Belongs in the http context: /etc/nginx/conf.d/dashgate.conf. In nginx.conf set worker_shutdown_timeout 60s; too,\n' +
            '# or after a reload old workers stay for as long as a websocket is open.',
    ),
    check: asOf(['server', 'check_listen'], () => reach(config.server.checkListen, options)),
    public: asOf(['server', 'listen'], () => reach(config.server.listen, options)),
    streams: options.sockets === 'proxy' ? render('streams') : nothing,
    notices: config.apps.some(isNoticed) ? render('notices') : nothing,
    cache: authCache(config, options),
    // Those that have sections are dashgate's to reach.
    upstreams: joinText(
      [...paths]
        .filter(([app]) => !isGuarded(app))
        .map(([app, path]) => asOf(['apps', config.apps.indexOf(app)], () => upstream(app, path))),
    ),
    servers: servers(config, options, paths),
  });
  return options.whole ? whole(http, options.temp) : http;
}

/** A folder has sockets, a host has ports. */
function refuseMixed({ listen, checkListen }: Config['server'], { instances }: InitOptions): void {
  for (const at of instances.length > 0 ? [listen, checkListen] : []) {
    if (instances.every((each) => isAbsolute(each) === (at.kind === 'unix'))) continue;
    throw new UsageError(
      '--instances: name hosts where server.listen and check_listen have ports, and folders where they are sockets',
    );
  }
}

const whole = (http: Written, temp: string): Written =>
  render('nginx', {
    pid: `${temp}/nginx.pid`,
    body_temp: `${temp}/nginx-body`,
    proxy_temp: `${temp}/nginx-proxy`,
    fastcgi_temp: `${temp}/nginx-fastcgi`,
    uwsgi_temp: `${temp}/nginx-uwsgi`,
    scgi_temp: `${temp}/nginx-scgi`,
    http,
  });

/**
 * Where nginx finds one of our listeners, in one dashgate or several. One on every address is found where the options say. Of
 * several, one that does not answer is left alone for a while, unless finding that out costs nothing, as with a socket.
 */
function reach(at: Config['server']['listen'], { dashgate, instances }: InitOptions): Written {
  const isEverywhere = at.kind === 'tcp' && (at.host === '0.0.0.0' || at.host === '::');
  const places = instances.map((each) =>
    at.kind === 'unix' ? `unix:${join(each, basename(at.path))}` : address(each, at.port),
  );
  const one = at.kind === 'unix' ? `unix:${at.path}` : address(isEverywhere ? dashgate : at.host, at.port);
  const failing = instances.length > 0 && at.kind === 'tcp' ? 'max_fails=1 fail_timeout=2s' : 'max_fails=0';
  return new Written(
    (places.length > 0 ? places : [one]).map((place) => `server ${word(place)} ${failing};\n`).join(''),
  );
}

const address = (host: string, port: number): string => `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;

function upstream(app: AppConfig, { map }: ForwardedPath): Written {
  return render('upstream', {
    label: new Written(`The app ${app.name}.`),
    upstream: upstreamName(app),
    address:
      app.upstream.kind === 'unix' ? `unix:${app.upstream.socketPath}` : address(app.upstream.host, app.upstream.port),
    path_map: map,
  });
}
