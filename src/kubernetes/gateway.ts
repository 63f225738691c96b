import type { Config } from '../config/schema/config.ts';
import { ASKED, takenFor } from '../fronts/question.ts';
import { PORTS } from './deployment.ts';
import { type Commented, type Manifest, metadata, objectName } from './manifest.ts';
import type { KubernetesOptions } from './options.ts';
import type { AppRoute, Host } from './routes.ts';

const GROUP = 'gateway.networking.k8s.io';
const API = `${GROUP}/v1`;
const ENVOY = 'gateway.envoyproxy.io/v1alpha1';

/** Gateway API, and Envoy Gateway's external authorization for what the Gateway forwards by itself. */
export function gatewayFront(_: Config, options: KubernetesOptions, all: readonly Host[]): readonly Commented[] {
  const { namespace } = options;
  const hasHttps = all.some(({ isHttps }) => isHttps);
  return [
    { manifest: gateway(options, all) },
    {
      manifest: clientTraffic(options),
      comment: 'One reading of paths and header names, before anything is decided by them.',
    },
    ...(hasHttps ? [{ manifest: redirect(options, all) }] : []),
    ...all.flatMap((host) => [
      {
        manifest: route(`dashgate-own-${objectName(host.hostname)}-${host.port}`, options, host, [
          { matches: ownMatches(host), backendRefs: [DASHGATE], timeouts: NONE },
        ]),
      },
      ...host.routes.flatMap((each) => appRoutes(each, host, options)),
    ]),
    ...grants(all, namespace),
  ];
}

/** Uploads, downloads and streams take as long as they take; Envoy would end them after 15 s. */
const NONE = { request: '0s' };
const DASHGATE = { name: 'dashgate', port: PORTS.public };
const listenerOf = ({ hostname, port }: Host): string => `${objectName(hostname)}-${port}`.slice(-63);

const gateway = ({ namespace, className, tlsSecret }: KubernetesOptions, all: readonly Host[]): Manifest => ({
  apiVersion: API,
  kind: 'Gateway',
  metadata: metadata('dashgate', namespace),
  spec: {
    gatewayClassName: className,
    listeners: [
      ...all.map((host) => ({
        ...{ name: listenerOf(host), hostname: host.hostname, port: host.port },
        ...(host.isHttps
          ? { protocol: 'HTTPS', tls: { mode: 'Terminate', certificateRefs: [{ name: tlsSecret }] } }
          : { protocol: 'HTTP' }),
        allowedRoutes: { namespaces: { from: 'Same' } },
      })),
      ...(all.some(({ isHttps }) => isHttps)
        ? [{ name: 'redirect', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }]
        : []),
    ],
  },
});

const clientTraffic = ({ namespace }: KubernetesOptions): Manifest => ({
  apiVersion: ENVOY,
  kind: 'ClientTrafficPolicy',
  metadata: metadata('dashgate', namespace),
  spec: {
    targetRefs: [{ group: GROUP, kind: 'Gateway', name: 'dashgate' }],
    headers: { withUnderscoresAction: 'RejectRequest' },
    path: { escapedSlashesAction: 'RejectRequest', disableMergeSlashes: true },
  },
});

const redirect = ({ namespace }: KubernetesOptions, all: readonly Host[]): Manifest => ({
  apiVersion: API,
  kind: 'HTTPRoute',
  metadata: metadata('dashgate-redirect', namespace),
  spec: {
    parentRefs: [{ name: 'dashgate', sectionName: 'redirect' }],
    hostnames: [...new Set(all.map(({ hostname }) => hostname))],
    rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
  },
});

const route = (name: string, { namespace }: KubernetesOptions, host: Host, rules: readonly object[]): Manifest => ({
  apiVersion: API,
  kind: 'HTTPRoute',
  metadata: metadata(name, namespace),
  spec: { parentRefs: [{ name: 'dashgate', sectionName: listenerOf(host) }], hostnames: [host.hostname], rules },
});

const below = (value: string): object => ({ path: { type: 'PathPrefix', value } });

const ownMatches = ({ own, ownPaths }: Host): object[] => [
  below(own.prefix),
  ...ownPaths.map((value) => ({ path: { type: 'Exact', value } })),
];

/** What begins a websocket or an event stream: a longer match than the path alone, so it comes first. */
const streamMatches = (prefix: string): object[] =>
  [
    ['Upgrade', 'websocket'],
    ['Accept', 'text/event-stream'],
  ].map(([name, value]) => ({ ...below(prefix), method: 'GET', headers: [{ type: 'Exact', name, value }] }));

/** Envoy shows the app and the path behind it; it answers 403 to nobody but whom dashgate refused. */
function appRoutes({ app, name, service }: AppRoute, host: Host, options: KubernetesOptions): Commented[] {
  const { namespace } = options;
  const { prefix } = app.at;
  if (!service) {
    const rules = [{ matches: [below(prefix)], backendRefs: [DASHGATE], timeouts: NONE }];
    return [
      {
        manifest: route(name, options, host, rules),
        comment: `${app.name}: through dashgate, which judges by itself.`,
      },
    ];
  }
  const backend = {
    name: service.name,
    port: service.port,
    ...(service.namespace !== namespace && { namespace: service.namespace }),
  };
  return [
    {
      manifest: route(`${name}-streams`, options, host, [
        { matches: streamMatches(prefix), backendRefs: [DASHGATE], timeouts: NONE },
      ]),
      comment: `${app.name}: what stays open goes through dashgate, which ends it with its session; the rest is asked for.`,
    },
    { manifest: route(name, options, host, [{ matches: [below(prefix)], backendRefs: [backend], timeouts: NONE }]) },
    {
      manifest: {
        apiVersion: ENVOY,
        kind: 'SecurityPolicy',
        metadata: metadata(name, namespace),
        spec: {
          targetRefs: [{ group: GROUP, kind: 'HTTPRoute', name }],
          extAuth: {
            failOpen: false,
            // What Envoy answers for dashgate's own 5xx too.
            statusOnError: 503,
            headersToExtAuth: ASKED,
            http: {
              backendRefs: [{ name: 'dashgate', port: PORTS.check }],
              path: host.own.check.envoy + app.name,
              headersToBackend: [...takenFor(app), 'X-Forwarded-For'].map((each) => each.toLowerCase()),
            },
          },
        },
      },
    },
  ];
}

/** Lets the routes lead to Services of other namespaces. */
function grants(all: readonly Host[], namespace: string): Commented[] {
  const others = new Set(all.flatMap(({ routes }) => routes.flatMap(({ service }) => service?.namespace ?? [])));
  others.delete(namespace);
  return [...others].map((other) => ({
    manifest: {
      apiVersion: `${GROUP}/v1beta1`,
      kind: 'ReferenceGrant',
      metadata: metadata('dashgate', other),
      spec: { from: [{ group: GROUP, kind: 'HTTPRoute', namespace }], to: [{ group: '', kind: 'Service' }] },
    },
  }));
}
