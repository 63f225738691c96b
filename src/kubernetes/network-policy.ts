import { isIP } from 'node:net';
import type { Config } from '../config/schema/config.ts';
import { PORTS } from './deployment.ts';
import { LABELS, type Manifest, metadata } from './manifest.ts';
import type { KubernetesOptions } from './options.ts';
import { clusterService } from './routes.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

const namespaceIs = (name: string): object => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

/** Who may reach dashgate, and whom it may: the front on the two listeners that it needs; names, Redis, dashboards and directories. */
export const networkPolicy = (config: Config, options: KubernetesOptions, redis: readonly Place[]): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata('dashgate', options.namespace),
  spec: {
    podSelector: { matchLabels: LABELS },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [namespaceIs(options.frontNamespace)],
        ports: [PORTS.public, PORTS.check].map((port) => ({ protocol: 'TCP', port })),
      },
    ],
    egress: [
      {
        to: [{ ...namespaceIs('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
        ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })),
      },
      ...unique(
        [...redis, ...places(config)].map(({ host, port }) => ({
          to: to(host, options),
          ports: [{ protocol: 'TCP', port }],
        })),
      ),
    ],
  },
});

const unique = (rules: readonly object[]): object[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values(),
];

const places = (config: Config): readonly Place[] => [
  ...config.apps.flatMap(({ upstream }) => (upstream.kind === 'tcp' ? [upstream] : [])),
  ...config.directories.flatMap((each) => (each.kind === 'ldap' ? [each.ldap.url] : [])),
  ...config.providers.flatMap(addressesOf).map((address) => placeOf(new URL(address))),
];

/** Where a provider is asked, as far as the configuration says. */
const addressesOf = (provider: Config['providers'][number]): string[] =>
  'tokenUrl' in provider
    ? [provider.tokenUrl, provider.userUrl, provider.jwksUrl, provider.revokeUrl].filter((url) => url !== null)
    : [provider.issuer];

const placeOf = ({ hostname, port, protocol }: URL): Place => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
});

/** A policy knows no names: what is no Service of the cluster is any address, at that port. */
function to(host: string, { namespace }: KubernetesOptions): object[] {
  const version = isIP(host);
  if (version !== 0) return [{ ipBlock: { cidr: `${host}/${version === 4 ? 32 : 128}` } }];
  const service = clusterService(host);
  if (service) return [namespaceIs(service.namespace ?? namespace)];
  return [{ ipBlock: { cidr: '0.0.0.0/0' } }, { ipBlock: { cidr: '::/0' } }];
}
