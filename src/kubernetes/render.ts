import type { Config } from '../config/schema/config.ts';
import { unfit } from '../config/unfit.ts';
import { type NamedFile, namedFiles } from './config-files.ts';
import { autoscaler, configMap, deployment, disruptionBudget, service } from './deployment.ts';
import { gatewayFront } from './gateway.ts';
import { ingressFront } from './ingress-nginx.ts';
import { print } from './manifest.ts';
import { networkPolicy, type Place } from './network-policy.ts';
import { defaults, type KubernetesOptions, redisAt } from './options.ts';
import { hosts, routes } from './routes.ts';
import { traefikFront } from './traefik.ts';

const FRONTS = { gateway: gatewayFront, traefik: traefikFront, 'ingress-nginx': ingressFront };

/**
 * All that a cluster needs for several dashgates behind one of its fronts, as a stream of YAML documents.
 * @param text - dashgate.yaml as it stands, which the pods are given
 * @throws ConfigInvalid for what cannot be so in a cluster
 */
export function kubernetes(config: Config, text: string, options: KubernetesOptions): string {
  refuseOutside(config);
  const all = hosts(config, routes(config, options.namespace));
  const files = namedFiles(text);
  const { store, nodes } = redisOf(config.session.store, options);
  return print([
    { manifest: configMap(options, text), comment: intro(options, files) },
    { manifest: deployment(options, store, files) },
    { manifest: service(options) },
    { manifest: autoscaler(options) },
    { manifest: disruptionBudget(options) },
    {
      manifest: networkPolicy(config, options, nodes),
      comment:
        'Ports are those of pods: where a Service has another port than its pods, write theirs. A probe comes from the node,\nwhich a policy does not stop; let your Prometheus reach 9180 by a rule of its own.',
    },
    ...FRONTS[options.front](config, options, all),
  ]);
}

/** What the pods share: as the options say, else as the file says, else one that is called redis. */
function redisOf(
  said: Config['session']['store'],
  { redis }: KubernetesOptions,
): { store: string | null; nodes: readonly Place[] } {
  if (redis === null && said.kind === 'redis')
    return { store: null, nodes: said.address?.nodes ?? redisAt(defaults.redis).nodes };
  const { url, nodes } = redis ?? redisAt(defaults.redis);
  return { store: url, nodes };
}

function refuseOutside({ server }: Config): void {
  if (server.tls) throw unfit(['server', 'tls'], 'TLS ends at the front of the cluster; remove it');
  if (server.redirectListen)
    throw unfit(['server', 'redirect_listen'], 'the front sends plain http on to https; remove it');
  if (!server.trustedProxies.some(({ kind }) => kind === 'net'))
    throw unfit(
      ['server', 'trusted_proxies'],
      'names nobody by address, and only who is named may ask the check; write the range of the pods, as [10.244.0.0/16]',
    );
}

/** What has to be there first; nothing secret is printed. */
function intro({ namespace, front, tlsSecret }: KubernetesOptions, files: readonly NamedFile[]): string {
  const secret = (name: string, sources: readonly string[]): string =>
    `kubectl -n ${namespace} create secret generic ${name} ${sources.map((each) => `--from-file=${each}`).join(' ')}`;
  return [
    `dashgate for Kubernetes, behind ${front}. Printed by "dashgate init kubernetes --front ${front}" from dashgate.yaml; print it anew`,
    'after a change of server or apps. Before it is applied:',
    '',
    `  kubectl create namespace ${namespace}`,
    '  dashgate secret --output session.keys',
    `  ${secret('dashgate-keys', ['session.keys'])}`,
    ...(files.length > 0
      ? [
          `  ${secret(
            'dashgate-files',
            files.map(({ key, path }) => (key === path ? key : `${key}=${path}`)),
          )}`,
        ]
      : []),
    `  kubectl -n ${namespace} create secret tls ${tlsSecret} --cert fullchain.pem --key privkey.pem`,
  ].join('\n');
}
