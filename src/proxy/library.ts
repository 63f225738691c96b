import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createProxyMiddleware, type Options, type Plugin } from 'http-proxy-middleware';

/** One request's way: where it goes, and who is told of what comes of it. */
export interface Way {
  readonly target: NonNullable<Options['target']>;
  readonly agent: Agent;
  /** Sent in the place of the request's own body. */
  readonly body?: Buffer | undefined;
  /** The request has a connection, or is about to be sent as an upgrade. */
  onOutgoing(outgoing: ClientRequest): void;
  /** The head of an answer is there; what becomes of it is up to the listener. Not called for upgrades. */
  onAnswer(answer: IncomingMessage): void;
  /** At any time, more than once too. */
  onError(error: Error): void;
  /** The client has left. */
  onGone(): void;
}

/**
 * The proxy library, held to sending: it adds no header, answers and logs nothing by itself, and never sees a request that
 * has no way. It keeps a listener on each server that requests come from, so one of it serves every configuration.
 */
export interface ProxyLibrary {
  /** Sends method and body with the `url` and `headers` that the request has now. */
  web(request: IncomingMessage, response: ServerResponse, way: Way): void;
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, way: Way): void;
}

/** A dashboard may set as many cookies as a browser keeps. */
const LARGEST_HEAD = 64 * 1024;

export function createProxyLibrary(): ProxyLibrary {
  const ways = new WeakMap<IncomingMessage, Way>();
  const listen: Plugin = (library) => {
    library.on('proxyReq', (outgoing, request) => ways.get(request)?.onOutgoing(outgoing));
    library.on('proxyReqWs', (outgoing, request) => ways.get(request)?.onOutgoing(outgoing));
    library.on('proxyRes', (answer, request) => ways.get(request)?.onAnswer(answer));
    library.on('error', (error, request) => request && ways.get(request)?.onError(error));
    library.on('econnreset', (_error, request) => ways.get(request)?.onGone());
  };
  const middleware = createProxyMiddleware({
    // Its own plugins print addresses with their queries, and write error pages that echo them.
    ejectPlugins: true,
    plugins: [listen],
    selfHandleResponse: true,
    pathFilter: () => true,
    router(request, _response, options) {
      const way = ways.get(request);
      if (!way) throw new TypeError('a request without a way was to be sent');
      Object.assign(options, {
        agent: way.agent,
        ssl: { maxHeaderSize: LARGEST_HEAD },
        buffer: way.body && Readable.from([way.body]),
      });
      return way.target;
    },
  });
  return {
    web(request, response, way) {
      ways.set(request, way);
      const notSent = (error: unknown): void => way.onError(asError(error));
      middleware(request, response, notSent).catch(notSent);
    },
    upgrade(request, socket, head, way) {
      ways.set(request, way);
      middleware.upgrade(request, socket, head);
    },
  };
}

export const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error('the request was not sent');
