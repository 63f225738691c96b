import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ownPath } from '../access/app.ts';
import type { AccessRequest } from '../access/request.ts';
import { askedOf, type ClientAnswer } from '../adapters/client-answer.ts';
import { askedOfApp } from '../adapters/proxy.ts';
import type { Tell } from '../apps/identity-adapter.ts';
import { kindOf } from '../apps/kinds.ts';
import type { AuthorizationFor } from '../apps/upstream-auth.ts';
import type { Config } from '../config/schema/config.ts';
import { createGuard } from '../dash/guard.ts';
import { isTimerBody } from '../dash/timer.ts';
import { createFramePages } from '../embedding/frame-pages.ts';
import { loadsFrame } from '../http/navigation.ts';
import { namesOf } from '../identity/identity.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { isOpened } from '../notice/insertion.ts';
import { openNotices } from '../notice/notices.ts';
import type { Approved } from '../proxy/exchange.ts';
import { peek } from '../proxy/peek.ts';
import { createProxy } from '../proxy/proxy.ts';
import { rewriteOk } from '../proxy/rewrite.ts';
import type { ProxiedApp } from '../proxy/routes.ts';
import { socketResponse } from '../proxy/socket-response.ts';
import { isOurCookie } from '../session/handoff-cookie.ts';
import type { GateParts } from './parts.ts';

export interface ForwardOptions {
  readonly own: OwnPaths;
  readonly config: Config;
  readonly parts: Pick<GateParts, 'log' | 'metrics' | 'library' | 'clock' | 'keysOf'>;
  readonly proxied: readonly ProxiedApp[];
  readonly cookieName: string;
  readonly authorizationFor: AuthorizationFor;
  readonly tell: Tell;
  /** What the directories say of anybody's resources. */
  readonly granted: () => Iterable<string> | null;
  readonly client: ClientAnswer;
}

/** Carries what has been let through to the apps; what sections watch goes by way of the guard. */
export interface Forward {
  web(incoming: IncomingMessage, response: ServerResponse, approved: Approved, request: AccessRequest): void;
  upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer, approved: Approved, request: AccessRequest): void;
  /** Another has taken over: what is open stays for as long as that one lets it. */
  retire(): Promise<void>;
  close(): void;
}

/** Callbacks of timers are small, and a browser sends them at once. */
const PEEK_BYTES = 64 * 1024;
const PEEK_MS = 5_000;

/** Unless a timer of the page asks, its session is in use. What is too long or too slow to be looked at counts as use. */
async function noteUse(incoming: IncomingMessage, onUse: NonNullable<Approved['onUse']>): Promise<readonly string[]> {
  const body = await peek(incoming, PEEK_BYTES, PEEK_MS);
  return body && isTimerBody(body) ? [] : onUse();
}

/** How long a request under way may still take when its app has moved. */
const GRACE_MS = 60_000;

/** @throws ConfigInvalid where a file of authorities cannot be used */
export async function createForward(options: ForwardOptions): Promise<Forward> {
  const { config, proxied, cookieName, authorizationFor, tell, client } = options;
  const { log, metrics, library, clock, keysOf } = options.parts;
  const jobKeys = keysOf('job');
  const notices = openNotices(options.own, config, log);
  const framePages = createFramePages({ own: options.own, clock, warn: log.warn });
  const proxy = await createProxy({
    apps: proxied,
    isOurCookie: isOurCookie(cookieName),
    log,
    library,
    authorizationFor,
    tell,
    rewriteFor(app, method, { decodedPath }) {
      const make = kindOf(app).rewrite(app, method, ownPath(app, decodedPath));
      return make && rewriteOk(make);
    },
    insertionFor({ app, frame, identity }, incoming) {
      if (frame) return loadsFrame(incoming.headers) ? framePages({ app, frame }) : null;
      return isOpened(incoming) ? notices(app, identity.act !== undefined) : null;
    },
    onBroken: (app) => metrics.upstreamFailed(app.name, 'broken-answer'),
    onForeignCookie: (app) => metrics.upstreamFailed(app.name, 'foreign-cookie'),
    onError(error, incoming, response, requestId, approved) {
      metrics.upstreamFailed(approved.app.name, error.code);
      client.fail(error, askedOfApp(incoming, requestId, approved), response);
    },
  });

  const { users, groups, modes } = config.grants;
  const granted = (): Iterable<string> => [
    ...Object.values(users).flat(),
    ...Object.values(groups).flat(),
    ...Object.values(modes).flatMap((list) => list ?? []),
    ...(options.granted() ?? []),
  ];
  const refuseSection = (
    missing: readonly string[],
    request: AccessRequest,
    { app, identity, setCookies }: Approved,
    response: ServerResponse,
  ): void => {
    const resources = missing.map((name) => ({ app: app.name, name }));
    const decision = { kind: 'deny', identity, reason: 'section-not-granted', missing: resources } as const;
    client.refuse({ decision, setCookies, ...namesOf(identity), isSignIn: false }, request, response);
  };
  const guard = createGuard({
    apps: proxied.map(({ app }) => app),
    proxy,
    granted,
    jobKeys: () => jobKeys().map(({ key }) => key),
    clock,
    log,
    refuse: refuseSection,
    fail: (error, request, response) => client.fail(error, askedOf(request), response),
  });

  const pass: Forward['web'] = (incoming, response, approved, request) => {
    if (guard.watches(approved)) void guard.web(incoming, response, approved, request);
    else proxy.web(incoming, response, approved);
  };
  return {
    web(incoming, response, approved, request) {
      const { onUse } = approved;
      if (!onUse) return pass(incoming, response, approved, request);
      noteUse(incoming, onUse)
        .then((more) =>
          pass(incoming, response, { ...approved, setCookies: [...approved.setCookies, ...more] }, request),
        )
        .catch((error: unknown) => client.fail(error, askedOf(request), response));
    },
    upgrade(incoming, socket, head, approved, request) {
      const switching = guard.watches(approved) ? guard.switching(approved) : approved;
      if (switching) proxy.upgrade(incoming, socket, head, switching);
      else refuseSection([], request, approved, socketResponse(incoming, socket));
    },
    retire: () => proxy.retire(GRACE_MS),
    close: proxy.close,
  };
}
