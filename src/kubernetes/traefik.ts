import type { AppConfig, Config } from '../config/schema/config.ts';
import { atHost, below, forwardAuth, ownMatch, PRIORITY, STREAM } from '../fronts/traefik-rules.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { PORTS } from './deployment.ts';
import { type Commented, type Manifest, metadata, objectName } from './manifest.ts';
import type { KubernetesOptions } from './options.ts';
import type { AppRoute, Host } from './routes.ts';

const API = 'traefik.io/v1alpha1';

/** Traefik's ForwardAuth, and its routes. */
export function traefikFront(
  { session }: Config,
  options: KubernetesOptions,
  all: readonly Host[],
): readonly Commented[] {
  const { namespace } = options;
  const isHttps = all.some((host) => host.isHttps);
  return [
    ...(isHttps ? redirects(options, all) : []),
    ...all.flatMap((host) => [
      { manifest: ingressRoute(options, host, 'own', [rule(ownMatch(host), PRIORITY.own)]) },
      ...host.routes.flatMap((each) => appRoutes(each, host, options)),
    ]),
    ...all.flatMap(({ own, routes }) =>
      routes.flatMap(({ app, name, service }) =>
        service ? [{ manifest: check(own, app, name, namespace, session.cookie.name) }] : [],
      ),
    ),
  ];
}

interface Backend {
  readonly name: string;
  readonly port: number;
  readonly namespace?: string;
}
const DASHGATE: Backend = { name: 'dashgate', port: PORTS.public };

const rule = (
  match: string,
  priority: number,
  to: Backend = DASHGATE,
  middlewares: readonly string[] = [],
): object => ({
  ...{ kind: 'Rule', match, priority, services: [to] },
  ...(middlewares.length > 0 && { middlewares: middlewares.map((name) => ({ name })) }),
});

const ingressRoute = (
  { namespace, tlsSecret }: KubernetesOptions,
  host: Host,
  name: string,
  rules: readonly object[],
): Manifest => ({
  apiVersion: API,
  kind: 'IngressRoute',
  metadata: metadata(name === 'own' ? `dashgate-own-${objectName(host.hostname)}-${host.port}` : name, namespace),
  spec: {
    entryPoints: [host.isHttps ? 'websecure' : 'web'],
    routes: rules,
    ...(host.isHttps && { tls: { secretName: tlsSecret } }),
  },
});

function appRoutes({ app, name, service }: AppRoute, host: Host, options: KubernetesOptions): Commented[] {
  const { prefix } = app.at;
  const match = below(host, prefix);
  const priority = PRIORITY.apps + prefix.length;
  if (!service) {
    const comment = `${app.name}: through dashgate, which judges by itself.`;
    return [{ manifest: ingressRoute(options, host, name, [rule(match, priority)]), comment }];
  }
  const backend: Backend = {
    ...{ name: service.name, port: service.port },
    ...(service.namespace !== options.namespace && { namespace: service.namespace }),
  };
  const rules = [
    rule(`${match} && ${STREAM}`, PRIORITY.streams + prefix.length),
    rule(match, priority, backend, [name]),
  ];
  const comment = `${app.name}: what stays open goes through dashgate, which ends it with its session; the rest is asked for.`;
  return [{ manifest: ingressRoute(options, host, name, rules), comment }];
}

const check = (own: OwnPaths, app: AppConfig, name: string, namespace: string, cookieName: string): Manifest => ({
  apiVersion: API,
  kind: 'Middleware',
  metadata: metadata(name, namespace),
  spec: { forwardAuth: forwardAuth(`http://dashgate.${namespace}.svc:${PORTS.check}`, own, app, cookieName) },
});

const redirects = ({ namespace }: KubernetesOptions, all: readonly Host[]): Commented[] => [
  {
    manifest: {
      apiVersion: API,
      kind: 'Middleware',
      metadata: metadata('dashgate-redirect', namespace),
      spec: { redirectScheme: { scheme: 'https', permanent: true } },
    },
  },
  {
    manifest: {
      apiVersion: API,
      kind: 'IngressRoute',
      metadata: metadata('dashgate-redirect', namespace),
      spec: {
        entryPoints: ['web'],
        routes: [rule([...new Set(all.map(atHost))].join(' || '), PRIORITY.apps, DASHGATE, ['dashgate-redirect'])],
      },
    },
  },
];
