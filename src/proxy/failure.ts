import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from '../access/app.ts';
import { DashgateError, UpstreamTimeout, UpstreamUnreachable } from '../errors.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { type Approved, type Exchange, isGone } from './exchange.ts';

/**
 * Writes the answer to a request that its upstream did not answer; at once, as the socket of an upgrade ends with it.
 * The request is as the client sent it.
 */
export type OnError = (
  error: DashgateError,
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  approved: Approved,
) => void;

export interface Failing {
  readonly log: Log;
  readonly onError: OnError;
}

/** What failed, and whom to tell: there is no exchange where the request could not even be begun. */
export interface Failed {
  readonly request: IncomingMessage;
  readonly approved: Approved;
  readonly exchange: Exchange | null;
  /** `null` where nobody is there to be answered. */
  readonly answer: () => ServerResponse | null;
}

/** Tells the client that its request came to nothing, if it is still there and has been told nothing yet. */
export function fail(error: Error, { request, approved, exchange, answer }: Failed, { log, onError }: Failing): void {
  if (exchange?.isSettled) return;
  exchange?.settle();
  const response = answer();
  if (!response || isGone(response)) return;
  const { app, requestId, setCookies } = approved;
  const failure = asFailure(error, app, exchange?.isTimedOut ?? false);
  log.warn('a request could not be forwarded', { app: app.name, request: requestId, ...errorFields(failure) });
  if (setCookies.length > 0) response.setHeader('Set-Cookie', setCookies);
  onError(failure, request, response, requestId, approved);
  // What is left of a body has nowhere to go, and the client would else wait to get rid of it.
  request.resume();
}

function asFailure(error: Error, { name }: App, isTimedOut: boolean): DashgateError {
  if (error instanceof DashgateError) return error;
  if (isTimedOut) return new UpstreamTimeout(`the upstream of ${name} did not answer in time`);
  return new UpstreamUnreachable(`the upstream of ${name} refused the connection or broke it`, { cause: error });
}
