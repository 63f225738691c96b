import type { AppConfig, Config } from '../config/schema/config.ts';
import { PREFIX } from '../http/prefix.ts';
import { PORTS } from './deployment.ts';
import { type Commented, type Manifest, metadata, objectName } from './manifest.ts';
import type { KubernetesOptions } from './options.ts';
import { cookieNames, dropped, takenFor } from './question.ts';
import type { AppRoute, Host } from './routes.ts';

const API = 'traefik.io/v1alpha1';

/** Set by Traefik itself, whatever a client said, before anything is asked. */
const ITS_OWN = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Server',
  'X-Real-IP',
];

/** Traefik's ForwardAuth, and its routes. */
export function traefikFront(
  { session }: Config,
  options: KubernetesOptions,
  all: readonly Host[],
): readonly Commented[] {
  const { namespace } = options;
  const cookies = cookieNames(session.cookie.name);
  const isHttps = all.some((host) => host.isHttps);
  return [
    ...(isHttps ? redirects(options, all) : []),
    ...all.flatMap((host) => [
      { manifest: ingressRoute(options, host, 'own', [rule(ownMatch(host), OWN)]) },
      ...host.routes.flatMap((each) => appRoutes(each, host, options)),
    ]),
    ...all.flatMap(({ routes }) =>
      routes.flatMap(({ app, name, service }) => (service ? [{ manifest: check(app, name, namespace, cookies) }] : [])),
    ),
  ];
}

/** Higher comes first. A path counts by its length, and is no longer than 1024. */
const [OWN, STREAMS, APPS] = [1_000_000, 20_000, 10_000];

/** Quoted as Go does, whose scanner reads a rule: of the same escapes JSON has those that can occur here. */
const quoted = (text: string): string => JSON.stringify(text);
const at = ({ hostname }: Host): string => `Host(${quoted(hostname)})`;
const below = (host: Host, prefix: string): string => `${at(host)} && PathPrefix(${quoted(prefix)})`;
const ownMatch = (host: Host): string =>
  `${at(host)} && (${[`PathPrefix(${quoted(`${PREFIX}/`)})`, ...host.ownPaths.map((path) => `Path(${quoted(path)})`)].join(' || ')})`;
const STREAM =
  'Method("GET") && (HeaderRegexp("Upgrade", "(?i)^websocket$") || HeaderRegexp("Accept", "(?i)text/event-stream"))';

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
  const priority = APPS + prefix.length;
  if (!service) {
    const comment = `${app.name}: through dashgate, which judges by itself.`;
    return [{ manifest: ingressRoute(options, host, name, [rule(match, priority)]), comment }];
  }
  const backend: Backend = {
    ...{ name: service.name, port: service.port },
    ...(service.namespace !== options.namespace && { namespace: service.namespace }),
  };
  const rules = [rule(`${match} && ${STREAM}`, STREAMS + prefix.length), rule(match, priority, backend, [name])];
  const comment = `${app.name}: what stays open goes through dashgate, which ends it with its session; the rest is asked for.`;
  return [{ manifest: ingressRoute(options, host, name, rules), comment }];
}

/** Traefik takes away every header that is listed here before it takes over those that the answer has. */
const check = (app: AppConfig, name: string, namespace: string, cookies: readonly string[]): Manifest => ({
  apiVersion: API,
  kind: 'Middleware',
  metadata: metadata(name, namespace),
  spec: {
    forwardAuth: {
      address: `http://dashgate.${namespace}.svc:${PORTS.check}${PREFIX}/auth/forward?front=traefik&app=${app.name}`,
      trustForwardHeader: false,
      maxResponseBodySize: 1_048_576,
      authResponseHeaders: [...takenFor(app), ...dropped(app, ITS_OWN)],
      addAuthCookiesToResponse: cookies,
    },
  },
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
        routes: [rule([...new Set(all.map(at))].join(' || '), APPS, DASHGATE, ['dashgate-redirect'])],
      },
    },
  },
];
