import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import type { App } from '../access/app.ts';
import type { Upstream as UpstreamAddress } from '../config/schema/app-address.ts';
import { BadHeaders, DashgateError, UpstreamTimeout, UpstreamUnreachable } from '../errors.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { relayAnswer } from './answer.ts';
import { type Approved, beginExchange, type Exchange, isGone, mayTryAgain } from './exchange.ts';
import { socketResponse } from './socket-response.ts';
import { guardUpgrade, isWebsocket, type Tunnels } from './upgrade.ts';
import { openUpstream, type UpstreamTls } from './upstream.ts';

export type { Approved } from './exchange.ts';

export interface ProxiedApp {
  readonly app: App;
  readonly upstream: UpstreamAddress;
  readonly upstreamTls: UpstreamTls | null;
  /** How long the upstream may be silent before its answer begins, in milliseconds. */
  readonly timeoutMs: number;
}

export interface ProxyOptions {
  readonly apps: readonly ProxiedApp[];
  /** Whether a cookie of that name is a session of ours, or a chunk of one. */
  readonly isOurCookie: (name: string) => boolean;
  readonly log: Log;
  /**
   * Writes the answer to a request that its upstream did not answer; at once, as the socket of an upgrade ends with it.
   * The request is as the client sent it.
   */
  readonly onError: (
    error: DashgateError,
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    app: App,
  ) => void;
  /** An answer or a websocket broke off on the upstream's side after it had begun. */
  readonly onBroken?: (app: App) => void;
}

/** The forwarding half of the proxy way: what comes here has been let through. */
export interface ReverseProxy {
  web(request: IncomingMessage, response: ServerResponse, approved: Approved): void;
  /** For requests that node:http has taken for an upgrade. Only websockets are let through. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, approved: Approved): void;
  /**
   * Ends open websockets at once, requests under way after the grace, and then the kept connections.
   * @param graceMs - milliseconds
   */
  close(graceMs?: number): Promise<void>;
}

/** A dashboard may set as many cookies as a browser keeps. */
const LARGEST_HEAD = 64 * 1024;

/** @throws ConfigInvalid where a file of authorities cannot be used */
export async function createProxy({ apps, isOurCookie, log, onError, onBroken }: ProxyOptions): Promise<ReverseProxy> {
  const routes = new Map(
    await Promise.all(
      apps.map(async ({ app, upstream, upstreamTls, timeoutMs }) => {
        const opened = await openUpstream(upstream, upstreamTls, app.prefix);
        return [app.name, { upstream: opened, timeoutMs }] as const;
      }),
    ),
  );
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const underWay = new Set<ServerResponse>();
  const tunnels: Tunnels = new Set();
  let onIdle = (): void => {};

  function begin(request: IncomingMessage, approved: Approved, isUpgrade: boolean, onTimeout: () => void): Exchange {
    const route = routes.get(approved.app.name);
    if (!route) throw new TypeError('an app without an upstream was approved');
    const exchange = beginExchange(request, approved, { ...route, isUpgrade, isOurCookie, onTimeout });
    exchanges.set(request, exchange);
    return exchange;
  }

  /** Tells the client, if it is still there and has been told nothing yet. */
  function fail(error: Error, request: IncomingMessage, response: () => ServerResponse | null, known?: Approved): void {
    const exchange = exchanges.get(request);
    const approved = exchange?.approved ?? known;
    if (!approved || exchange?.isSettled) return;
    exchange?.settle();
    const answer = response();
    if (!answer || isGone(answer)) return;
    const failure = asFailure(error, approved.app, exchange?.isTimedOut ?? false);
    log.warn('a request could not be forwarded', {
      app: approved.app.name,
      request: approved.requestId,
      ...errorFields(failure),
    });
    if (approved.setCookies.length > 0) answer.setHeader('Set-Cookie', approved.setCookies);
    onError(failure, request, answer, approved.requestId, approved.app);
  }

  const broken = ({ approved: { app, requestId } }: Exchange): void => {
    log.warn('the upstream broke off its answer', { app: app.name, request: requestId });
    onBroken?.(app);
  };
  const notTheirs = ({ approved: { app, requestId } }: Exchange) => ({
    isOurCookie,
    onForeignSession: () =>
      log.warn('the upstream tried to set the session cookie', { app: app.name, request: requestId }),
  });

  const events: Plugin = (library) => {
    library.on('proxyReq', (outgoing, request, response) => {
      exchanges.get(request)?.onOutgoing(outgoing);
      outgoing.once('upgrade', (_answer, socket) => {
        socket.destroy();
        fail(new Error('the upstream switched to a protocol that nobody asked for'), request, () => response);
      });
    });
    library.on('proxyReqWs', (outgoing, request, socket) => {
      const exchange = exchanges.get(request);
      if (!exchange) return;
      guardUpgrade(exchange, outgoing, socket, {
        ...notTheirs(exchange),
        tunnels,
        onUnusable: (error) => fail(error, request, () => answerOn(request, socket)),
        onBroken: () => broken(exchange),
      });
    });
    library.on('proxyRes', (answer, request, response) => {
      const exchange = exchanges.get(request);
      if (!exchange) return;
      relayAnswer(exchange, answer, response, {
        ...notTheirs(exchange),
        onUnusable: (error) => fail(error, request, () => response),
        onBroken: () => broken(exchange),
      });
    });
    library.on('error', (error, request, response) => {
      const exchange = request && exchanges.get(request);
      if (!request || !exchange || exchange.isSettled) return;
      if (response instanceof Socket) {
        fail(error, request, () => answerOn(request, response));
      } else if (response && !isGone(response) && mayTryAgain(exchange, request, error)) {
        exchange.isSecondTry = true;
        send(request, response);
      } else if (response) {
        fail(error, request, () => response);
        // What is left of the body has nowhere to go, and the client would else wait to get rid of it.
        request.resume();
      }
    });
    library.on('econnreset', (_error, request) => exchanges.get(request)?.settle());
  };

  // The library's own plugins print the address, answer by themselves and log: none of them is wanted.
  const middleware = createProxyMiddleware({
    ejectPlugins: true,
    plugins: [events],
    selfHandleResponse: true,
    pathFilter: () => true,
    router(request, _response, options) {
      const exchange = exchanges.get(request);
      if (!exchange) throw new TypeError('a request without an approval was to be forwarded');
      Object.assign(options, { agent: exchange.upstream.agent, ssl: { maxHeaderSize: LARGEST_HEAD } });
      return exchange.upstream.target;
    },
  });

  const send = (request: IncomingMessage, response: ServerResponse): void => {
    const notSent = (error: unknown): void => fail(asError(error), request, () => response);
    middleware(request, response, notSent).catch(notSent);
  };

  return {
    web(request, response, approved) {
      if (isGone(response)) return;
      underWay.add(response);
      response.once('close', () => {
        underWay.delete(response);
        exchanges.get(request)?.settle();
        if (underWay.size === 0) onIdle();
      });
      try {
        const exchange = begin(request, approved, false, () => {
          fail(new Error('no answer in time'), request, () => response);
          exchange.outgoing?.destroy();
        });
        send(request, response);
      } catch (error) {
        fail(asError(error), request, () => response, approved);
      }
    },

    upgrade(request, socket, head, approved) {
      if (!(socket instanceof Socket)) throw new TypeError('an upgrade has to come on a socket');
      const refused = (error: unknown): void =>
        fail(asError(error), request, () => answerOn(request, socket), approved);
      socket.on('error', () => socket.destroy());
      try {
        if (!isWebsocket(request)) throw new BadHeaders('only a websocket can be upgraded to');
        const exchange = begin(request, approved, true, () => {
          refused(new Error('no answer in time'));
          exchange.outgoing?.destroy();
        });
        middleware.upgrade(request, socket, head);
      } catch (error) {
        refused(error);
      }
    },

    async close(graceMs = 0) {
      for (const end of tunnels) end();
      if (underWay.size > 0 && graceMs > 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const cut = setTimeout(resolve, graceMs);
        onIdle = resolve;
        await promise;
        clearTimeout(cut);
      }
      for (const { upstream } of routes.values()) upstream.agent.destroy();
    },
  };
}

const answerOn = (request: IncomingMessage, socket: Socket): ServerResponse | null =>
  socket.writable ? socketResponse(request, socket) : null;

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error('the request was not sent'));

function asFailure(error: Error, { name }: App, isTimedOut: boolean): DashgateError {
  if (error instanceof DashgateError) return error;
  if (isTimedOut) return new UpstreamTimeout(`the upstream of ${name} did not answer in time`);
  return new UpstreamUnreachable(`the upstream of ${name} refused the connection or broke it`, { cause: error });
}
