import type { RequestListener } from 'node:http';
import type { Metrics } from '../telemetry/metrics.ts';

export interface AdminOptions {
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
  /** Whether requests are answered at all. */
  readonly isAlive?: () => boolean;
  /** Names what is not ready; empty: all is. */
  readonly notReady: () => readonly string[];
  /** Names what is wrong although requests are served. */
  readonly butLacks?: () => readonly string[];
}

/** `/healthz`: the process answers; `/readyz`: it can let people in; `/metrics`: Prometheus. Never on a public listener. */
export const createAdmin =
  ({ metrics, isAlive = () => true, notReady, butLacks = () => [] }: AdminOptions): RequestListener =>
  (request, response) => {
    const say = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'GET only\n');
    switch (request.url?.split('?', 1)[0]) {
      case '/healthz':
        return isAlive() ? say(200, 'ok\n') : say(503, 'no worker is up\n');
      case '/readyz': {
        const missing = notReady();
        if (missing.length > 0) return say(503, `not ready: ${missing.join(', ')}\n`);
        const lacking = butLacks();
        return say(200, lacking.length === 0 ? 'ready\n' : `ready, but ${lacking.join(', ')}\n`);
      }
      case '/metrics':
        metrics.text().then(
          (text) => say(200, text, metrics.contentType),
          () => say(500, 'the metrics cannot be read\n'),
        );
        return;
      default:
        return say(404, 'healthz, readyz or metrics\n');
    }
  };
