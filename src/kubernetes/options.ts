import { type RedisNode, readRedisUrl } from '../config/schema/store.ts';
import { Refused } from '../config/schema/values.ts';
import { UsageError } from '../errors.ts';

/** What dashgate.yaml does not say: the cluster around it. */
export interface KubernetesOptions {
  readonly front: 'gateway' | 'traefik' | 'ingress-nginx';
  readonly namespace: string;
  readonly image: string;
  /** As `session.store`, without a password: that is in a Secret. `null`: what the file says. */
  readonly redis: { readonly url: string; readonly nodes: readonly RedisNode[] } | null;
  /** Where the pods of the front run. */
  readonly frontNamespace: string;
  /** Of the Gateway, or of the Ingresses. */
  readonly className: string;
  /** The Secret with the certificate of all public hosts. */
  readonly tlsSecret: string;
}

const FRONTS = {
  gateway: { frontNamespace: 'envoy-gateway-system', className: 'eg' },
  traefik: { frontNamespace: 'traefik', className: '' },
  'ingress-nginx': { frontNamespace: 'ingress-nginx', className: 'nginx' },
} as const;

export const defaults = {
  front: 'gateway',
  namespace: 'dashgate',
  image: 'dashgate',
  redis: 'redis://redis:6379',
  tlsSecret: 'dashgate-tls',
} as const;

/**
 * @param given - flags, by name without dashes
 * @throws UsageError for what Kubernetes would refuse
 */
export function readOptions(given: Readonly<Record<string, string | true>>): KubernetesOptions {
  const text = (flag: string, byDefault: string): string => (typeof given[flag] === 'string' ? given[flag] : byDefault);
  const label = (flag: string, byDefault: string): string => {
    const name = text(flag, byDefault);
    if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
    throw new UsageError(`--${flag}: is not a name in Kubernetes; write lower-case letters, digits and -`);
  };
  const front = text('front', defaults.front);
  if (!isFront(front)) throw new UsageError('--front: is none of gateway, traefik and ingress-nginx');
  const image = text('image', defaults.image);
  if (!/^[a-z0-9][\w.:/@-]{0,254}$/.test(image)) throw new UsageError('--image: is not the name of an image');
  const redis = typeof given.redis === 'string' ? redisAt(given.redis) : null;
  const { frontNamespace, className } = FRONTS[front];
  return {
    ...{ front, image, redis },
    namespace: label('namespace', defaults.namespace),
    frontNamespace: label('front-namespace', frontNamespace),
    className: className === '' ? '' : label('class', className),
    tlsSecret: label('tls-secret', defaults.tlsSecret),
  };
}

/** Throws UsageError. */
export function redisAt(url: string): NonNullable<KubernetesOptions['redis']> {
  const read = readRedisUrl(url);
  if (read instanceof Refused) throw new UsageError(`--redis: ${read.why}`);
  if (read.password !== null)
    throw new UsageError(
      '--redis: holds a password, which anybody who sees the Deployment could read; name a session.store_password_file in dashgate.yaml',
    );
  return { url, nodes: read.address.nodes };
}

const isFront = (word: string): word is KubernetesOptions['front'] => Object.hasOwn(FRONTS, word);
