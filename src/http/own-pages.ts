import type { RequestListener } from 'node:http';
import cookieParser from 'cookie-parser';
import express, { type ErrorRequestHandler, type Router } from 'express';
import { BadBody, BodyTooLarge, DashgateError, NothingHere, UnsupportedBody } from '../errors.ts';
import { secure } from './security-headers.ts';

/** What the listener found out about a request before it came to a page of ours. */
export interface Arrival {
  readonly requestId: string;
  readonly clientAddress: string;
  /** The configured origin that was asked. */
  readonly origin: string;
}

export interface OwnPagesOptions {
  readonly router: Router;
  /** Throws where the request cannot be understood, or no page of ours is at that host. */
  readonly arrive: (request: express.Request) => Omit<Arrival, 'requestId'>;
  /** What log and pages call the request. */
  readonly idOf: (request: express.Request) => string;
  readonly fail: (error: unknown, request: express.Request, response: express.Response, requestId: string) => void;
}

/** More than any form of ours, less than would hurt. */
const MOST_BODY = '16kb';
/** More than such a body takes on the slowest line. */
const BODY_WITHIN_MS = 30_000;

/** The Express application behind the prefix: what people and programs call, as against what front proxies ask. */
export function createOwnPages({ router, idOf, arrive, fail }: OwnPagesOptions): RequestListener {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple');
  app.use((request, response, next) => {
    const requestId = idOf(request);
    response.locals.requestId = requestId;
    response.locals.arrival = { ...arrive(request), requestId };
    secure(request, response);
    response.set('X-Request-Id', requestId);
    const late = setTimeout(() => request.destroy(), BODY_WITHIN_MS);
    request.once('end', () => clearTimeout(late)).once('close', () => clearTimeout(late));
    next();
  });
  app.use(cookieParser());
  app.use(express.urlencoded({ extended: false, limit: MOST_BODY, parameterLimit: 20, inflate: false }));
  app.use(express.json({ limit: MOST_BODY, inflate: false }));
  app.use(router);
  app.use(() => {
    throw new NothingHere('no such page');
  });
  const onError: ErrorRequestHandler = (error, request, response, _next) =>
    fail(ours(error), request, response, response.locals.requestId);
  app.use(onError);
  return app;
}

/** What Express and its parsers throw, as an error of ours. */
function ours(error: unknown): unknown {
  if (error instanceof DashgateError || !(error instanceof Error) || !('status' in error)) return error;
  const { status } = error;
  if (status === 413) return new BodyTooLarge('the body is too large', { cause: error });
  if (status === 415) return new UnsupportedBody('the body is in an encoding that is not taken', { cause: error });
  return status === 400 ? new BadBody('the body cannot be read', { cause: error }) : error;
}
