import type { NamedFile } from './config-files.ts';
import { LABELS, type Manifest, metadata } from './manifest.ts';
import type { KubernetesOptions } from './options.ts';

/** Of the pods; a Service has the first two as well. */
export const PORTS = { public: 8080, check: 8081, admin: 9180 };

/** What a pod has in another place than dashgate.yaml says. A variable counts before the file. */
const environment = (store: string | null): { name: string; value: string }[] =>
  Object.entries({
    DASHGATE_SERVER_LISTEN: `0.0.0.0:${PORTS.public}`,
    DASHGATE_SERVER_CHECK_LISTEN: `0.0.0.0:${PORTS.check}`,
    DASHGATE_ADMIN_LISTEN: `0.0.0.0:${PORTS.admin}`,
    DASHGATE_STATE: '/var/lib/dashgate',
    DASHGATE_SESSION_SECRET_FILE: '/run/secrets/dashgate/session.keys',
    ...(store !== null && { DASHGATE_SESSION_STORE: store }),
    DASHGATE_LOG_FORMAT: 'json',
  }).map(([name, value]) => ({ name, value }));

const probe = (path: string, more: object): object => ({
  httpGet: { path, port: 'admin' },
  timeoutSeconds: 3,
  ...more,
});

/** @param store - `session.store`, where the file does not say it */
export function deployment(
  { namespace, image }: KubernetesOptions,
  store: string | null,
  files: readonly NamedFile[],
): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata('dashgate', namespace),
    spec: {
      replicas: 2,
      selector: { matchLabels: LABELS },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: LABELS },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          // 5 s until no front sends anything here, 8 s for what is under way.
          terminationGracePeriodSeconds: 30,
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
            ...{ maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway' },
            labelSelector: { matchLabels: LABELS },
          })),
          containers: [
            {
              name: 'dashgate',
              image,
              args: ['serve', '--config', '/etc/dashgate/dashgate.yaml'],
              env: environment(store),
              ports: Object.entries(PORTS).map(([name, containerPort]) => ({ name, containerPort })),
              startupProbe: probe('/healthz', { periodSeconds: 1, failureThreshold: 60 }),
              livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 3 }),
              readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 2 }),
              lifecycle: { preStop: { sleep: { seconds: 5 } } },
              resources: { requests: { cpu: '250m', memory: '192Mi' }, limits: { memory: '768Mi' } },
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'config', mountPath: '/etc/dashgate', readOnly: true },
                { name: 'keys', mountPath: '/run/secrets/dashgate', readOnly: true },
                { name: 'state', mountPath: '/var/lib/dashgate' },
              ],
            },
          ],
          volumes: [
            { name: 'config', projected: { defaultMode: 0o440, sources: configSources(files) } },
            { name: 'keys', secret: { secretName: 'dashgate-keys', defaultMode: 0o440 } },
            { name: 'state', emptyDir: { sizeLimit: '64Mi' } },
          ],
        },
      },
    },
  };
}

/** One folder, so that relative names in dashgate.yaml lead to the files beside it, and all change at once. */
const configSources = (files: readonly NamedFile[]): object[] => [
  { configMap: { name: 'dashgate', items: [{ key: 'dashgate.yaml', path: 'dashgate.yaml' }] } },
  ...(files.length > 0 ? [{ secret: { name: 'dashgate-files', items: files } }] : []),
];

export const configMap = ({ namespace }: KubernetesOptions, text: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata('dashgate', namespace),
  data: { 'dashgate.yaml': text },
});

export const disruptionBudget = ({ namespace }: KubernetesOptions): Manifest => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata('dashgate', namespace),
  spec: { maxUnavailable: 1, selector: { matchLabels: LABELS } },
});

export const autoscaler = ({ namespace }: KubernetesOptions): Manifest => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: metadata('dashgate', namespace),
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'dashgate' },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
    // Each pod that goes ends the websockets that run through it.
    behavior: {
      scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] },
    },
  },
});

export const service = ({ namespace }: KubernetesOptions): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('dashgate', namespace),
  spec: {
    selector: LABELS,
    ports: [
      { name: 'public', port: PORTS.public, targetPort: 'public', appProtocol: 'http' },
      { name: 'check', port: PORTS.check, targetPort: 'check', appProtocol: 'http' },
    ],
  },
});
