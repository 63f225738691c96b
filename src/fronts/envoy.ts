import { isIP } from 'node:net';
import type { OwnPaths } from '../lib/own-paths.ts';
import { staysHttps } from '../nginx/origin.ts';
import { document } from './document.ts';
import { intro } from './intro.ts';
import { type FrontOptions, listening } from './options.ts';
import { listensOf, type Place, placeOf } from './places.ts';
import { ASKED, HIDDEN, takenFor } from './question.ts';
import { type Beside, besideOf, type FrontConfig, oneAHost, type Site, sites } from './sites.ts';

/** Of Envoy's own messages, by the folder that their name begins with. */
const typed = (name: string, more: object = {}): object => ({ '@type': `type.googleapis.com/envoy.${name}`, ...more });
const PUBLIC = 'dashgate_public';
const CHECK = 'dashgate_check';
const clusterOf = (app: Site['apps'][number]): string => `app_${app.name}`;
const filterOf = (app: Site['apps'][number]): string => `dashgate.${app.name}`;

/** A whole configuration, without an admin listener. */
export function envoyFront(config: FrontConfig, options: FrontOptions): string {
  const { server } = config;
  const all = sites(config);
  const beside = all
    .flatMap(({ apps, own }) => apps.map((app) => ({ app, own })))
    .flatMap(({ app, own }) => {
      const at = besideOf(app);
      return at ? [{ app, own, at }] : [];
    });
  const redirectListen = server.publicUrl.isHttps ? options.redirectListen : [];
  const filters = [
    ...beside.map(({ app, own }) => authorization(app, own)),
    { name: 'envoy.filters.http.router', typed_config: typed('extensions.filters.http.router.v3.Router') },
  ];
  const content = {
    static_resources: {
      listeners: [
        ...[...new Set(all.flatMap((site) => listensOf(options, site)))].map((at) => {
          const here = all.filter((site) => listensOf(options, site).includes(at));
          const isHttps = here.some((site) => site.isHttps);
          return listener(at, 'apps', here.map(virtualHost), filters, isHttps ? options.tls : null);
        }),
        ...redirectListen.map((at) =>
          listener(at, 'redirect', oneAHost(all).map(redirectHost), filters.slice(-1), null),
        ),
      ],
      clusters: [
        cluster(PUBLIC, placeOf(server.listen, options)),
        cluster(CHECK, placeOf(server.checkListen, options)),
        ...beside.map(({ app, at }) => cluster(clusterOf(app), { kind: 'tcp', ...at })),
      ],
    },
  };
  return [...intro('envoy', 'a whole configuration: envoy -c FILE'), document(content)].join('\n');
}

function listener(
  at: string,
  name: string,
  virtualHosts: readonly object[],
  filters: readonly object[],
  tls: FrontOptions['tls'],
): object {
  const { host, port } = listening(at);
  return {
    name: `${name}-${at}`,
    address: { socket_address: { address: host || '0.0.0.0', port_value: port } },
    filter_chains: [
      {
        ...(tls && { transport_socket: downstreamTls(tls) }),
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: typed('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
              ...{ stat_prefix: name, use_remote_address: true },
              // One reading of paths and header names, before anything is decided by them.
              ...{ normalize_path: true, merge_slashes: false, path_with_escaped_slashes_action: 'REJECT_REQUEST' },
              common_http_protocol_options: { headers_with_underscores_action: 'REJECT_REQUEST' },
              // dashgate knows when a dashboard is silent for too long, and when a session is over.
              stream_idle_timeout: '86400s',
              request_headers_timeout: '60s',
              upgrade_configs: [{ upgrade_type: 'websocket' }],
              route_config: { virtual_hosts: virtualHosts },
              http_filters: filters,
            }),
          },
        ],
      },
    ],
  };
}

const downstreamTls = ({ cert, key }: NonNullable<FrontOptions['tls']>): object => ({
  name: 'envoy.transport_sockets.tls',
  typed_config: typed('extensions.transport_sockets.tls.v3.DownstreamTlsContext', {
    common_tls_context: {
      alpn_protocols: ['h2', 'http/1.1'],
      tls_params: { tls_minimum_protocol_version: 'TLSv1_2' },
      tls_certificates: [{ certificate_chain: { filename: cert }, private_key: { filename: key } }],
    },
  }),
});

/** Envoy's `*` takes several labels, of which dashgate then knows none, and has no room for another one behind it. */
const domains = ({ hostname, port }: Site): string[] =>
  hostname.startsWith('*.') ? [hostname, `${hostname}:${port}`] : [hostname, `${hostname}:*`];

const redirectHost = (site: Site): object => ({
  ...{ name: site.hostname, domains: domains(site) },
  routes: [
    {
      match: { prefix: '/' },
      redirect: {
        ...{ scheme_redirect: 'https', port_redirect: site.port },
        ...(!site.hostname.startsWith('*.') && { host_redirect: site.hostname }),
        response_code: 'TEMPORARY_REDIRECT',
      },
    },
  ],
});

/** What no app's rule takes is dashgate's: its pages, what stays open, apps that it has to change something of, and the 404. */
function virtualHost(site: Site): object {
  const toDashgate = { cluster: PUBLIC, timeout: '0s', idle_timeout: '86400s' };
  return {
    ...{ name: site.origin, domains: domains(site) },
    ...(staysHttps(site) && {
      response_headers_to_add: [
        {
          header: { key: 'Strict-Transport-Security', value: 'max-age=31536000' },
          append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
        },
      ],
    }),
    routes: [
      { match: { path_separated_prefix: site.own.prefix }, route: toDashgate },
      ...site.ownPaths.map((path) => ({ match: { path }, route: toDashgate })),
      ...STREAMS.map((headers) => ({ match: { prefix: '/', headers }, route: toDashgate })),
      ...site.apps.map((app) =>
        besideOf(app) ? appRoute(app) : { match: { prefix: app.at.prefix }, route: toDashgate },
      ),
      { match: { prefix: '/' }, route: toDashgate },
    ],
  };
}

const GET = { name: ':method', string_match: { exact: 'GET' } };
/** What begins a websocket, or an event stream. */
const STREAMS = [
  [GET, { name: 'upgrade', string_match: { exact: 'websocket', ignore_case: true } }],
  [GET, { name: 'accept', string_match: { contains: 'text/event-stream', ignore_case: true } }],
];

const appRoute = (app: Site['apps'][number]): object => ({
  match: { prefix: app.at.prefix },
  route: { cluster: clusterOf(app), timeout: '0s', idle_timeout: `${app.timeoutMs / 1000}s` },
  typed_per_filter_config: { [filterOf(app)]: typed('config.route.v3.FilterConfig', { config: {} }) },
  response_headers_to_remove: HIDDEN.map((name) => name.toLowerCase()),
});

const patterns = (names: readonly string[]): object => ({
  patterns: names.map((name) => ({ exact: name.toLowerCase(), ignore_case: true })),
});

/** On for the route of its app alone: the address that is asked names it. */
const authorization = (app: Site['apps'][number], { check }: OwnPaths): object => ({
  ...{ name: filterOf(app), disabled: true },
  typed_config: typed('extensions.filters.http.ext_authz.v3.ExtAuthz', {
    // What Envoy answers for dashgate's own 5xx too.
    ...{ transport_api_version: 'V3', failure_mode_allow: false, status_on_error: { code: 'ServiceUnavailable' } },
    allowed_headers: patterns(ASKED),
    http_service: {
      server_uri: { uri: 'http://dashgate', cluster: CHECK, timeout: '30s' },
      path_prefix: check.envoy + app.name,
      authorization_response: {
        allowed_upstream_headers: patterns([...takenFor(app), 'X-Forwarded-For']),
        allowed_client_headers_on_success: patterns(['Set-Cookie']),
      },
    },
  }),
});

/** A name is looked up for as long as Envoy runs. */
function cluster(name: string, place: Place | ({ readonly kind: 'tcp' } & Beside)): object {
  const address =
    place.kind === 'unix'
      ? { pipe: { path: place.path } }
      : { socket_address: { address: place.host, port_value: place.port } };
  const isFixed = place.kind === 'unix' || isIP(place.host) !== 0;
  return {
    ...{ name, type: isFixed ? 'STATIC' : 'STRICT_DNS', connect_timeout: '5s' },
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}
