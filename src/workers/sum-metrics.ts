import { AggregatorRegistry } from 'prom-client';
import type { Metrics } from '../telemetry/metrics.ts';

type Values = Awaited<ReturnType<Metrics['values']>>;

/** The metrics of all processes as one. What a worker that is gone had counted stays counted. */
export interface Sum extends Pick<Metrics, 'text' | 'contentType'> {
  /** What a worker says now. */
  learn(worker: object, values: Values): void;
  /** It is gone. */
  lose(worker: object): void;
}

/** @param ask - has each worker say what it has counted, if it can */
export function sumMetrics(own: Pick<Metrics, 'values' | 'contentType'>, ask: () => Promise<unknown>): Sum {
  const last = new Map<object, Values>();
  let departed: Promise<Values> = Promise.resolve([]);
  return {
    contentType: own.contentType,
    learn: (worker, values) => void last.set(worker, values),
    lose(worker) {
      const counted = (last.get(worker) ?? []).filter(onlyGrows);
      last.delete(worker);
      if (counted.length > 0)
        departed = departed.then((before) => AggregatorRegistry.aggregate([before, counted]).getMetricsAsJSON());
    },
    async text() {
      await ask();
      return await AggregatorRegistry.aggregate([await own.values(), await departed, ...last.values()]).metrics();
    },
  };
}

const onlyGrows = (metric: object): boolean =>
  'type' in metric && (metric.type === 'counter' || metric.type === 'histogram');
