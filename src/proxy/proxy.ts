import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { App } from '../access/app.ts';
import { delegateOf } from '../apps/delegation.ts';
import type { Tell } from '../apps/identity-adapter.ts';
import { BadHeaders } from '../errors.ts';
import { isWebsocket } from '../http/navigation.ts';
import type { Identity } from '../identity/identity.ts';
import { createEndOfTurn } from '../lib/end-of-turn.ts';
import type { Target } from '../lib/target.ts';
import type { Log } from '../telemetry/log.ts';
import { cutAnswer, NOWHERE, relayAnswer } from './answer.ts';
import {
  type Approved,
  beginExchange,
  delegatedTarget,
  type Exchange,
  isGone,
  mayBeRepeated,
  mayTryAgain,
} from './exchange.ts';
import { type Failed, fail, type OnError } from './failure.ts';
import { type Fetched, fetchFrom } from './fetch.ts';
import type { InsertionFor } from './insertion.ts';
import { asError, createProxyLibrary, type ProxyLibrary, type Way } from './library.ts';
import { askPlainly, type Rewrite } from './rewrite.ts';
import { openRoutes, type ProxiedApp } from './routes.ts';
import { socketResponse } from './socket-response.ts';
import { createTunnel, type Tunnel } from './tunnel.ts';
import { guardUpgrade } from './upgrade.ts';
import { byName, changed, upstreamHeaders } from './upstream-headers.ts';

export type { Approved } from './exchange.ts';

export interface ProxyOptions {
  readonly apps: readonly ProxiedApp[];
  /** Whether a cookie of that name is a session of ours, or a chunk of one. */
  readonly isOurCookie: (name: string) => boolean;
  readonly log: Log;
  readonly onError: OnError;
  /** The `Authorization` that goes upstream for the client's own; empty: none. */
  readonly authorizationFor: (
    asked: { app: App; method: string; target: Target; identity: Identity },
    given: string,
  ) => string;
  /** What apps are told of who dashgate itself is, where it asks them for something. */
  readonly tell?: Tell;
  /** What changes the body of an answer, where something has to. */
  readonly rewriteFor?: (app: App, method: string, target: Target) => Rewrite | null;
  /** What is put into answers to this request, where something may be. It then asks for all of the page, plain. */
  readonly insertionFor?: (approved: Approved, request: IncomingMessage) => InsertionFor | null;
  /** An answer or a websocket broke off on the upstream's side after it had begun. */
  readonly onBroken?: (app: App) => void;
  /** An answer was to set a cookie of ours, and did not. Once an answer. */
  readonly onForeignCookie?: (app: App) => void;
  /** To be shared by the proxies that follow each other on one server. */
  readonly library?: ProxyLibrary;
}

/** The forwarding half of the proxy way: what comes here has been let through. */
export interface ReverseProxy {
  web(request: IncomingMessage, response: ServerResponse, approved: Approved): void;
  /** For requests that node:http has taken for an upgrade. Only websockets are let through. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, approved: Approved): void;
  /**
   * Asks an app's upstream for a path of its own, as `identity`, with nothing of any client.
   * @throws UpstreamUnreachable, UpstreamUnusable, BadHeaders
   */
  fetch(app: App, target: Target, identity: Identity, mostBytes: number): Promise<Fetched>;
  /**
   * Another proxy takes over: what is open stays until it ends or is ended, and then the kept connections are closed. What
   * belongs elsewhere by now is cut after the grace.
   * @param graceMs - milliseconds
   */
  retire(graceMs: number): Promise<void>;
  /** Ends all that is open at once. */
  close(): void;
}

/** @throws ConfigInvalid where a file of authorities cannot be used */
export async function createProxy(options: ProxyOptions): Promise<ReverseProxy> {
  const {
    isOurCookie,
    authorizationFor,
    rewriteFor = () => null,
    insertionFor: insertionInto = () => null,
    log,
    onBroken,
    onForeignCookie,
    tell = () => null,
    library = createProxyLibrary(),
  } = options;
  const later = createEndOfTurn();
  const routes = await openRoutes(options.apps);
  const underWay = new Set<ServerResponse>();
  const tunnels = new Set<Tunnel>();
  /** By what ends them: answers of requests that would be forwarded elsewhere now. */
  const moved = new Set<() => void>();
  let isGraceOver = false;
  let onIdle = (): void => {};

  interface Begin {
    readonly isUpgrade: boolean;
    readonly isRewritten: boolean;
    readonly onTimeout: () => void;
  }

  function begin(request: IncomingMessage, approved: Approved, how: Begin): Exchange {
    const route = routes.get(approved.app.name);
    if (!route) throw new TypeError('an app without an upstream was approved');
    return beginExchange(request, approved, { ...route, ...how, isOurCookie, authorizationFor });
  }

  /** What to watch for while an answer comes in. */
  function watch({ app, requestId, ancestors }: Approved) {
    let isTold = false;
    return {
      ancestors,
      isOurCookie,
      later,
      toldCookies: app.toldCookies,
      publicAnswer: routes.get(app.name)?.publicAnswerAt(app) ?? null,
      onForeignCookie() {
        if (isTold) return;
        isTold = true;
        log.warn('the upstream tried to set a cookie of dashgate', { app: app.name, request: requestId });
        onForeignCookie?.(app);
      },
      onBroken() {
        log.warn('the upstream broke off', { app: app.name, request: requestId });
        onBroken?.(app);
      },
    };
  }

  function web(request: IncomingMessage, response: ServerResponse, approved: Approved): void {
    if (isGone(response)) return;
    let exchange: Exchange | null = null;
    const onUnusable = (error: unknown): void => {
      const failed: Failed = { request, approved, exchange, answer: () => response };
      fail(asError(error), failed, options);
    };
    let unfollow = (): void => {};
    const cut = (): void => cutAnswer(exchange, response);
    underWay.add(response);
    response.once('close', () => {
      unfollow();
      moved.delete(cut);
      underWay.delete(response);
      exchange?.settle();
      // Of what has come to its end nothing is left to be ended.
      exchange?.abort();
      if (underWay.size === 0) onIdle();
    });
    try {
      unfollow = approved.follow((why) => {
        if (why !== 'moved' || isGraceOver) cut();
        else moved.add(cut);
      });
      // It was over before it began.
      if (isGone(response)) return;
      const rewrite = approved.rewrite ?? rewriteFor(approved.app, request.method ?? '', approved.target);
      const insertionFor = insertionInto(approved, request);
      const onTimeout = (): void => {
        onUnusable(new Error('no answer in time'));
        begun.abort();
      };
      const isRewritten = rewrite !== null || insertionFor !== null;
      const begun = begin(request, approved, { isUpgrade: false, isRewritten, onTimeout });
      exchange = begun;
      let { headers } = begun;
      let partsSent = 0;
      let isSent = false;
      const way: Way = {
        lines: begun.upstream.lines,
        path: begun.path,
        headers: begun.headers,
        owner: begun.owner,
        body: approved.body,
        onMoved() {
          partsSent++;
        },
        onSent() {
          isSent = true;
          begun.silence.sent();
        },
        onAnswer(answer) {
          const renewal = answer.statusCode === 401 && !begun.isRenewed ? approved.told?.tableauRenewal : undefined;
          if (renewal?.isWorthIt() && !begun.isSettled && mayBeRepeated(request)) {
            begun.isRenewed = true;
            answer.abort();
            renewal.renew().then((token) => {
              headers = changed(headers, ['x-tableau-auth'], ['x-tableau-auth', token]);
              if (!begun.isSettled && !isGone(response)) send();
            }, onUnusable);
            return NOWHERE;
          }
          return relayAnswer(begun, answer, response, { ...watch(approved), onUnusable, rewrite, insertionFor });
        },
        onError(error, isReused) {
          if (begun.isSettled || isGone(response) || !mayTryAgain(begun, request, isReused, error)) onUnusable(error);
          else {
            begun.isSecondTry = true;
            send();
          }
        },
      };
      const send = (): void => {
        const call = library.web(request, { ...way, headers });
        begun.abort = () => call.abort();
      };
      begun.silence.watch({ howFar: () => partsSent, isSent: () => isSent });
      send();
    } catch (error) {
      onUnusable(error);
    }
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, approved: Approved): void {
    if (!(socket instanceof Socket)) throw new TypeError('an upgrade has to come on a socket');
    let exchange: Exchange | null = null;
    const onUnusable = (error: unknown): void => {
      const answer = () => (socket.writable ? socketResponse(request, socket) : null);
      fail(asError(error), { request, approved, exchange, answer }, options);
    };
    const tunnel = createTunnel(socket, approved);
    socket.on('error', () => socket.destroy());
    try {
      const unfollow = approved.follow(tunnel.end);
      tunnels.add(tunnel);
      socket.once('close', () => {
        unfollow();
        tunnels.delete(tunnel);
      });
      if (socket.destroyed) return;
      if (!isWebsocket(request)) throw new BadHeaders('only a websocket can be upgraded to');
      const onTimeout = (): void => {
        onUnusable(new Error('no answer in time'));
        begun.abort();
      };
      const begun = begin(request, approved, { isUpgrade: true, isRewritten: false, onTimeout });
      exchange = begun;
      const { url, headers } = request;
      // The library sends what it finds there; whoever answers or logs later sees the client's request again.
      Object.assign(request, { url: begun.path, headers: byName(begun.headers) });
      begun.onSettled = () => void Object.assign(request, { url, headers });
      library.upgrade(request, socket, head, {
        target: begun.upstream.target,
        agent: begun.upstream.agent,
        onOutgoing: (outgoing) => guardUpgrade(begun, outgoing, socket, { ...watch(approved), tunnel, onUnusable }),
        onError: onUnusable,
        onGone: begun.settle,
      });
    } catch (error) {
      onUnusable(error);
    }
  }

  async function fetch(app: App, target: Target, identity: Identity, mostBytes: number): Promise<Fetched> {
    const route = routes.get(app.name);
    if (!route) throw new TypeError('an app without an upstream was asked for');
    const { upstream, timeoutMs } = route;
    const known = {
      ...{
        app,
        identity,
        told: await tell(app, identity),
        clientAddress: '',
        requestId: '',
        isUpgrade: false,
        isOurCookie,
      },
      authorizationFor: (given: string) => authorizationFor({ app, method: 'GET', target, identity }, given),
    };
    const headers = byName(askPlainly(upstreamHeaders([], { ...known, strippedPrefix: upstream.strippedPrefix })));
    return fetchFrom(upstream, {
      path: upstream.locate(delegatedTarget({ app, target }, delegateOf(app, identity))),
      headers,
      mostBytes,
      withinMs: timeoutMs,
    });
  }

  const closeKept = (): void => {
    for (const { upstream } of routes.values()) {
      upstream.agent.destroy();
      upstream.lines.close();
    }
  };

  async function retire(graceMs: number): Promise<void> {
    const grace = setTimeout(() => {
      isGraceOver = true;
      for (const cut of moved) cut();
    }, graceMs).unref();
    if (underWay.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      await promise;
    }
    clearTimeout(grace);
    closeKept();
  }

  function close(): void {
    for (const tunnel of tunnels) tunnel.end('shutdown');
    closeKept();
    onIdle();
  }

  return { web, upgrade, fetch, retire, close };
}
