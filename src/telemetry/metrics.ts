import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from '../access/decide.ts';

/** What is counted. Labels come from closed sets, so that no client can grow them. */
export interface Metrics {
  decided(way: string, kind: Decision['kind'] | 'error', reason: string, seconds: number): void;
  /** What a request brought to say who asks, and what came of it. */
  credential(kind: string, result: string): void;
  signedIn(result: 'signed-in' | 'refused' | 'delayed' | 'unavailable'): void;
  signedOut(): void;
  /** A connected app's token: where it was brought, and what came of it: `taken`, the code of a refusal, or that of an error. */
  connectedToken(at: string, result: string): void;
  upstreamFailed(app: string, code: string): void;
  /** The Prometheus text format, version 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
  /** The same, to be summed with those of others. */
  values(): Promise<object[]>;
}

export interface MetricsSources {
  readonly hashQueue: { readonly waiting: number; readonly running: number };
  readonly store: { isReady(): boolean; waiting(): number };
}

/** @param sources - `null`: what they tell of is another process's to say */
export function createMetrics(sources: MetricsSources | null): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry, prefix: 'dashgate_' });
  const decisions = new Counter({
    name: 'dashgate_decisions_total',
    help: 'Decisions about requests, by the way in, the kind of decision and its reason.',
    labelNames: ['way', 'kind', 'reason'],
    registers,
  });
  const latency = new Histogram({
    name: 'dashgate_decision_seconds',
    help: 'Time from a request to its decision.',
    labelNames: ['way'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const credentials = new Counter({
    name: 'dashgate_credentials_total',
    help: 'Credentials that came with requests, by their kind and what was found.',
    labelNames: ['kind', 'result'],
    registers,
  });
  const signIns = new Counter({
    name: 'dashgate_sign_ins_total',
    help: 'Attempts to sign in at the login page, by their result.',
    labelNames: ['result'],
    registers,
  });
  const signOuts = new Counter({ name: 'dashgate_sign_outs_total', help: 'Sessions ended by their user.', registers });
  const connectedTokens = new Counter({
    name: 'dashgate_connected_tokens_total',
    help: 'Tokens of connected apps that were brought, by the door and their result.',
    labelNames: ['at', 'result'],
    registers,
  });
  const upstream = new Counter({
    name: 'dashgate_upstream_errors_total',
    help: 'Requests that the dashboard behind an app did not answer as it has to, by app and error code.',
    labelNames: ['app', 'code'],
    registers,
  });
  if (sources) gauge(sources, registers);
  return {
    decided(way, kind, reason, seconds) {
      decisions.inc({ way, kind, reason });
      latency.observe({ way }, seconds);
    },
    credential: (kind, result) => credentials.inc({ kind, result }),
    signedIn: (result) => signIns.inc({ result }),
    signedOut: () => signOuts.inc(),
    connectedToken: (at, result) => connectedTokens.inc({ at, result }),
    upstreamFailed: (app, code) => upstream.inc({ app, code }),
    text: () => registry.metrics(),
    values: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}

function gauge({ hashQueue, store }: MetricsSources, registers: Registry[]): void {
  new Gauge({
    name: 'dashgate_hash_queue',
    help: 'Passwords that wait to be checked, and that are being checked.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'waiting' }, hashQueue.waiting);
      this.set({ state: 'running' }, hashQueue.running);
    },
  });
  new Gauge({
    name: 'dashgate_store_up',
    help: 'Whether the session store takes writes: 1, or 0.',
    registers,
    collect() {
      this.set(store.isReady() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'dashgate_store_unwritten',
    help: 'Ends of sessions that count here and are not written down yet.',
    registers,
    collect() {
      this.set(store.waiting());
    },
  });
}
