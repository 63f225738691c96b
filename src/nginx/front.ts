import { isIP } from 'node:net';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import { isNoticed, upstreamName } from './location.ts';
import type { InitOptions } from './options.ts';
import { type ForwardedPath, forwardedPath } from './paths.ts';
import { servers } from './servers.ts';
import { render } from './template.ts';
import { join, nothing, Written } from './text.ts';

/**
 * The nginx configuration for a dashgate configuration.
 * @throws ConfigInvalid where nginx cannot hold what is configured
 */
export function front(config: Pick<Config, 'server' | 'apps'>, options: InitOptions): Written {
  if (config.server.tls) {
    throw new ConfigInvalid(
      'server.tls: with nginx in front TLS ends there; remove it, or use the proxy way without nginx',
    );
  }
  const paths = new Map(config.apps.map((app, index) => [app, forwardedPath(app.at.prefix, app.upstream.path, index)]));
  const http = render('http', {
    place: new Written(
      options.whole
        ? '# A complete configuration: nginx -c FILE'
        : '# Belongs in the http context: /etc/nginx/conf.d/dashgate.conf. In nginx.conf set worker_shutdown_timeout 60s; too,\n' +
            '# or after a reload old workers stay for as long as a websocket is open.',
    ),
    check: reach(config.server.checkListen, options),
    public: reach(config.server.listen, options),
    streams: options.sockets === 'proxy' ? render('streams') : nothing,
    notices: config.apps.some(isNoticed) ? render('notices') : nothing,
    // Those that have sections are dashgate's to reach.
    upstreams: join([...paths].filter(([app]) => !app.sections).map(([app, path]) => upstream(app, path))),
    servers: servers(config, options, paths),
  });
  return options.whole ? whole(http, options.temp) : http;
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

/** Where nginx finds one of our listeners. One on every address is found where the options say. */
function reach(at: Config['server']['listen'], { dashgate }: InitOptions): string {
  if (at.kind === 'unix') return `unix:${at.path}`;
  return address(at.host === '0.0.0.0' || at.host === '::' ? dashgate : at.host, at.port);
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
