import type { Config } from '../config/schema/config.ts';
import { dropped, takenFor } from '../fronts/question.ts';
import { PORTS } from './deployment.ts';
import { type Commented, type Manifest, metadata, objectName } from './manifest.ts';
import type { KubernetesOptions } from './options.ts';
import type { AppRoute, Host } from './routes.ts';

/** Written by ingress-nginx itself for every request; a second line of one name would send both. */
const ITS_OWN = [
  ...['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Proto', 'X-Forwarded-Scheme'],
  ...['X-Original-Forwarded-For', 'X-Real-IP', 'X-Scheme', 'Proxy'],
];

/** Annotations of ingress-nginx, none of them a snippet. It asks for everything, websockets too, and never again. */
export function ingressFront(_: Config, options: KubernetesOptions, all: readonly Host[]): readonly Commented[] {
  return all.flatMap((host) => {
    const through = host.routes.filter(({ service }) => !service);
    return [
      {
        manifest: ingress(`dashgate-own-${objectName(host.hostname)}-${host.port}`, options.namespace, options, host, {
          annotations: STREAMING,
          paths: [
            path('Prefix', host.own.prefix, DASHGATE),
            ...host.ownPaths.map((own) => path('Exact', own, DASHGATE)),
            ...through.map(({ app }) => path('Prefix', app.at.prefix, DASHGATE)),
          ],
        }),
        ...(through.length > 0 && {
          comment: `Our own pages, and through dashgate, which judges by itself: ${through.map(({ app }) => app.name).join(', ')}.`,
        }),
      },
      ...host.routes.flatMap((each) => asked(each, host, options)),
    ];
  });
}

interface Backend {
  readonly name: string;
  readonly port: number;
}
const DASHGATE: Backend = { name: 'dashgate', port: PORTS.public };

const path = (pathType: 'Prefix' | 'Exact', at: string, { name, port }: Backend): object => ({
  ...{ path: at, pathType },
  backend: { service: { name, port: { number: port } } },
});

const annotated = (given: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [`nginx.ingress.kubernetes.io/${name}`, value]));

/** Bodies of any size, both ways as they come. */
const STREAMING = annotated({
  'proxy-body-size': '0',
  'proxy-buffering': 'off',
  'proxy-request-buffering': 'off',
  'proxy-buffer-size': '64k',
  'proxy-read-timeout': '3600',
  'proxy-send-timeout': '3600',
});

function asked({ app, name, service }: AppRoute, host: Host, options: KubernetesOptions): Commented[] {
  if (!service) return [];
  const annotations = {
    ...STREAMING,
    ...annotated({
      'auth-url': `http://dashgate.${options.namespace}.svc.cluster.local:${PORTS.check}${host.own.check.nginx}?front=ingress-nginx&app=${app.name}`,
      'auth-signin': `${host.origin}${host.own.login}`,
      'auth-signin-redirect-param': 'return_to',
      'auth-response-headers': [...takenFor(app), ...dropped(app, ITS_OWN)].join(','),
    }),
  };
  const paths = [path('Prefix', app.at.prefix, service)];
  return [{ manifest: ingress(name, service.namespace, options, host, { annotations, paths }) }];
}

/** In the namespace of its Service: an Ingress leads to no other. */
const ingress = (
  name: string,
  namespace: string,
  { className, tlsSecret }: KubernetesOptions,
  { hostname, isHttps }: Host,
  { annotations, paths }: { annotations: Record<string, string>; paths: readonly object[] },
): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: metadata(name, namespace, { annotations }),
  spec: {
    ingressClassName: className,
    ...(isHttps && { tls: [{ hosts: [hostname], secretName: tlsSecret }] }),
    rules: [{ host: hostname, http: { paths } }],
  },
});
