import { unfit } from '../config/unfit.ts';
import { ConfigInvalid } from '../errors.ts';
import { staysHttps } from '../nginx/origin.ts';
import { document } from './document.ts';
import { intro } from './intro.ts';
import type { FrontOptions } from './options.ts';
import { hostPort, type Place, placeOf } from './places.ts';
import { HIDDEN } from './question.ts';
import { besideOf, type FrontConfig, oneAHost, type Site, sites } from './sites.ts';
import { atHost, below, forwardAuth, ownMatch, PRIORITY, STREAM } from './traefik-rules.ts';

const DASHGATE = 'dashgate';
const HSTS = 'dashgate-hsts';
const HIDE = 'dashgate-hide';

/** Of one name, by name. */
type Named = readonly (readonly [string, object])[];

/**
 * A file for Traefik's file provider: routers, middlewares, services, and the certificate.
 * @throws ConfigInvalid for what Traefik cannot reach
 */
export function traefikFront(config: FrontConfig, options: FrontOptions): string {
  const { server, session } = config;
  const all = sites(config);
  const check = url(['server', 'check_listen'], placeOf(server.checkListen, options));
  const dashgate = url(['server', 'listen'], placeOf(server.listen, options));
  const beside = all.flatMap(({ apps, own }) => apps.map((app) => ({ app, own, at: besideOf(app) })));
  const isHttps = server.publicUrl.isHttps;
  const redirected = isHttps && options.redirectEntryPoint !== null ? oneAHost(all) : [];
  const middlewares: Named = [
    [HIDE, { headers: { customResponseHeaders: Object.fromEntries(HIDDEN.map((name) => [name, ''])) } }],
    ...(all.some(staysHttps) ? [[HSTS, { headers: { stsSeconds: 31_536_000 } }] as const] : []),
    ...redirected.map(
      ({ port }, i) =>
        [`redirect-${i}`, { redirectScheme: { scheme: 'https', port: `${port}`, permanent: false } }] as const,
    ),
    ...beside.flatMap(({ app, own, at }) =>
      at ? [[`ask-${app.name}`, { forwardAuth: forwardAuth(check, own, app, session.cookie.name) }] as const] : [],
    ),
  ];
  const services: Named = [
    [DASHGATE, { loadBalancer: { servers: [{ url: dashgate }] } }],
    ...beside.flatMap(({ app, at }) =>
      at
        ? [
            [
              `app-${app.name}`,
              {
                loadBalancer: { servers: [{ url: `http://${hostPort(at)}` }], serversTransport: `app-${app.name}` },
              },
            ] as const,
          ]
        : [],
    ),
  ];
  const transports: Named = beside.flatMap(({ app, at }) =>
    at ? [[`app-${app.name}`, { forwardingTimeouts: { responseHeaderTimeout: `${app.timeoutMs}ms` } }] as const] : [],
  );
  const content = {
    http: {
      routers: Object.fromEntries([
        ...all.flatMap((site, i) => routers(site, i, options)),
        ...redirected.map((site, i) => redirect(site, i, options.redirectEntryPoint)),
      ]),
      middlewares: Object.fromEntries(middlewares),
      services: Object.fromEntries(services),
      ...(transports.length > 0 && { serversTransports: Object.fromEntries(transports) }),
    },
    ...(isHttps &&
      options.tls && { tls: { certificates: [{ certFile: options.tls.cert, keyFile: options.tls.key }] } }),
  };
  const printed = document(content);
  // What Traefik reads is a template to it first.
  if (printed.includes('{{')) throw new ConfigInvalid('Traefik has no way to hold {{ in a file; choose another name');
  return [...intro('traefik', 'for its file provider, --providers.file.filename=FILE'), printed].join('\n');
}

function url(key: readonly string[], place: Place): string {
  if (place.kind === 'tcp') return `http://${hostPort(place)}`;
  throw unfit(key, 'Traefik reaches no unix socket; write host:port, as 127.0.0.1:8081');
}

function routers(site: Site, index: number, options: FrontOptions): Named {
  const { isHttps, apps } = site;
  const first = staysHttps(site) ? [HSTS] : [];
  const router = (
    rule: string,
    priority: number,
    service: string = DASHGATE,
    middlewares: readonly string[] = [],
  ): object => ({
    ...{ rule, priority, service, entryPoints: [options.entryPoint ?? (isHttps ? 'websecure' : 'web')] },
    ...(first.length + middlewares.length > 0 && { middlewares: [...first, ...middlewares] }),
    ...(isHttps && { tls: {} }),
  });
  return [
    [`dashgate-own-${index}`, router(ownMatch(site), PRIORITY.own)],
    [`dashgate-rest-${index}`, router(atHost(site), PRIORITY.rest)],
    ...apps.flatMap((app): Named => {
      const { name, at } = app;
      const match = below(site, at.prefix);
      const priority = PRIORITY.apps + at.prefix.length;
      if (!besideOf(app)) return [[`app-${name}`, router(match, priority)]];
      return [
        [`streams-${name}`, router(`${match} && ${STREAM}`, PRIORITY.streams + at.prefix.length)],
        [`app-${name}`, router(match, priority, `app-${name}`, [`ask-${name}`, HIDE])],
      ];
    }),
  ];
}

const redirect = (site: Site, index: number, entryPoint: string | null): readonly [string, object] => [
  `redirect-${index}`,
  { rule: atHost(site), service: DASHGATE, entryPoints: [entryPoint], middlewares: [`redirect-${index}`] },
];
