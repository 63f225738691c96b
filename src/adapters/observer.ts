import { DashgateError } from '../errors.ts';
import type { Audit } from '../telemetry/audit.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Observe } from './answer.ts';

export interface ObserverOptions {
  readonly audit: Audit;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Counts every decision, and writes the audit line of each refusal, once: what nginx asks again only to answer is counted. */
export const createObserver =
  ({ audit, metrics, log }: ObserverOptions): Observe =>
  ({ way, id, kind, reason, seconds, request, from, who, actor, isSignIn, credential, error }) => {
    metrics.decided(way, kind, reason, seconds);
    if (credential && way !== 'refuse') metrics.credential(credential.kind, credential.result);
    if (error !== undefined && !(error instanceof DashgateError && error.status < 500)) {
      log.error('a request was refused because of an error', { request: id, way, ...errorFields(error) });
    }
    if (isSignIn) audit({ event: 'login', who, what: 'Basic', why: 'password', from, request: id });
    if (way === 'refuse' || (kind === 'allow' && actor === undefined)) return;
    const unread = reason === 'ERR_NOTHING_HERE' ? 'a request for no app' : 'a request that could not be read';
    const what = request ? `${request.method} ${request.app.name} ${request.target.path}` : unread;
    const event = kind === 'allow' ? 'acted' : 'refused';
    audit({ event, who, ...(actor !== undefined && { actor }), what, why: reason, from, request: id });
  };
