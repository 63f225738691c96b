import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ownPath } from './access/app.ts';
import { compileApp } from './access/compile-app.ts';
import type { AccessRequest } from './access/request.ts';
import { countsAsUse } from './access/use.ts';
import { answer, type OnUnwritten } from './adapters/answer.ts';
import { askedOf, createClientAnswer } from './adapters/client-answer.ts';
import { refuseRepeated } from './adapters/front.ts';
import { createJudge } from './adapters/judge.ts';
import { judgeAside } from './adapters/judge-aside.ts';
import { createNginxAdapter } from './adapters/nginx.ts';
import { createObserver } from './adapters/observer.ts';
import { askedFor, askedOfApp, createProxyAdapter } from './adapters/proxy.ts';
import { createRefuseAdapter } from './adapters/refuse.ts';
import { createRejudge } from './adapters/rejudge.ts';
import { kindOf } from './apps/kinds.ts';
import { openUpstreamAuth } from './apps/upstream-auth.ts';
import { isLocal, isLoopback } from './config/schema/address.ts';
import type { AppConfig, Config } from './config/schema/config.ts';
import type { OpenConnections, Rejudge } from './connections/open-connections.ts';
import { createGuard } from './dash/guard.ts';
import type { Directory } from './directories/directory.ts';
import type { HashQueue } from './directories/hash/queue.ts';
import { DashgateError, NothingHere } from './errors.ts';
import { createCheck } from './http/check.ts';
import { type Arrival, createOwnPages } from './http/own-pages.ts';
import { createPublic, type PublicListeners } from './http/public.ts';
import { createSignpost } from './http/signpost.ts';
import { type AttemptMemory, createAttempts } from './identity/attempts.ts';
import { createBasicAuthenticator } from './identity/basic.ts';
import { createIdentityOf } from './identity/identities.ts';
import type { Identity } from './identity/identity.ts';
import type { NoteModes } from './identity/modes/notes.ts';
import { openModes } from './identity/modes.ts';
import {
  createCookieAuthenticator,
  createHeldAuthenticator,
  createSessionOf,
  createSessionReader,
} from './identity/session-cookie.ts';
import { createVerifiedCredentials } from './identity/verified-credentials.ts';
import { clientAddress, compileTrusted, createPeerOf, LOCAL_PEERS } from './lib/client-address.ts';
import type { Clock } from './lib/clock.ts';
import { parseHost } from './lib/target.ts';
import { createDeviceCookie } from './login/device-cookie.ts';
import { readLogo } from './login/logo.ts';
import { createPages, assets as ownAssets } from './login/pages/index.ts';
import { createLoginRoutes } from './login/routes.ts';
import type { Approved } from './proxy/exchange.ts';
import type { ProxyLibrary } from './proxy/library.ts';
import { createProxy } from './proxy/proxy.ts';
import { rewriteOk } from './proxy/rewrite.ts';
import { socketResponse } from './proxy/socket-response.ts';
import { isSessionCookie } from './session/cookie.ts';
import type { DerivedKey } from './session/key-ring.ts';
import type { LiveSessions } from './session/live-sessions.ts';
import type { Session } from './session/session.ts';
import { createSessionCookies } from './session/session-cookies.ts';
import type { Sealed, Sessions } from './session/sessions.ts';
import { createAudit } from './telemetry/audit.ts';
import { errorFields, type Log } from './telemetry/log.ts';
import type { Metrics } from './telemetry/metrics.ts';

/** What outlives a change of the configuration. */
export interface GateParts {
  readonly directory: Directory;
  /** Those of the directories that are asked over the network. */
  readonly remote: readonly Directory[];
  readonly hashQueue: HashQueue;
  /** Ends the sessions of ways to sign in that are gone. */
  readonly noteModes: NoteModes;
  readonly sessions: Sessions;
  readonly live: LiveSessions;
  readonly attemptMemory: AttemptMemory;
  /** Of device cookies, newest first. */
  readonly deviceKeys: () => readonly DerivedKey[];
  /** Of background jobs, newest first. */
  readonly jobKeys: () => readonly DerivedKey[];
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly library: ProxyLibrary;
  readonly connections: Pick<OpenConnections, 'follow'>;
}

/** Everything that one version of the configuration decides; the next version is another gate. */
export interface Gate extends PublicListeners {
  readonly check: RequestListener;
  /** Forgets sessions that were sealed for verified credentials: the key ring has changed. */
  forget(): void;
  /** Judges what is open by this version of the configuration. */
  readonly rejudge: Rejudge;
  /** Another version has taken over: what is open stays for as long as that one lets it, and then this is closed. */
  retire(): Promise<void>;
  /** Ends the connections to upstreams. */
  close(): void;
}

/** How long a request under way may still take when its app has moved. */
const GRACE_MS = 60_000;

/** @throws ConfigInvalid where a file that the configuration names cannot be used */
export async function createGate(config: Config, parts: GateParts): Promise<Gate> {
  const { sessions, live, clock, log, metrics, library } = parts;
  using opening = new DisposableStack();
  const noteModes = (): void => parts.noteModes(modes.proofs());
  const modes = await openModes({
    credentials: config.credentials,
    directory: parts.directory,
    remote: parts.remote,
    queue: parts.hashQueue,
    log,
    onChanged: noteModes,
  });
  opening.defer(modes.close);
  const { directory } = modes;
  const proxied = config.apps.map((app) => ({ ...app, app: compileApp(app, kindOf(app)) }));
  const apps = proxied.map(({ app }) => app);
  const cookies = createSessionCookies(config.session.cookie);
  const cookieName = cookies.name;
  const identityOf = createIdentityOf(config.grants);
  const readSession = createSessionReader({ sessions, directory, identityOf, cookieName });
  const attempts = createAttempts({
    memory: parts.attemptMemory,
    clock,
    isLimited: config.attempts.isLimited,
    longestWaitMs: config.attempts.longestWaitMs,
    shared: [...config.server.trustedProxies, ...config.attempts.sharedAddresses],
  });
  const credentials = createVerifiedCredentials({ directory, sessions, identityOf, attempts, clock });
  // What is open is judged by the clock: that is no use.
  const byCookie = createCookieAuthenticator({ read: readSession, use: () => null, setCookies: () => [] });
  const note = (session: Session, { user }: Identity, { clientAddress: address, headers }: AccessRequest): void =>
    live.note(session, { user, address, agent: headers['user-agent'] });
  const use = (session: Session, identity: Identity, request: AccessRequest): Promise<Sealed> | null => {
    if (!countsAsUse(request)) return null;
    note(session, identity, request);
    return sessions.use(session);
  };
  const authenticators = [
    createBasicAuthenticator({
      credentials,
      identityOf,
      sessionOf: createSessionOf(readSession),
      note,
      setCookies: cookies.write,
    }),
    createCookieAuthenticator({ read: readSession, use, setCookies: cookies.write }),
  ];
  const judge = createJudge(authenticators, cookies);
  const audit = createAudit(log);
  const observe = createObserver({ audit, metrics, log });

  const upstreamAuth = openUpstreamAuth(config.apps, log);
  opening.defer(upstreamAuth.close);
  const logo = await readLogo(config.login.logoFile);
  const pages = createPages({ title: config.login.title, footer: config.login.footer, logo: logo?.path ?? null });
  const { publicUrl } = config.server;
  const home = isLocal(publicUrl.host) ? publicUrl.origin : null;
  const client = createClientAnswer({ apps, pages, cookieName, home });
  const { checkListen, trustedProxies } = config.server;
  const trusted = compileTrusted(trustedProxies);
  const publicPeerOf = createPeerOf(config.server.listen.kind);
  // Whoever reaches a listener on loopback or a unix socket is this machine; elsewhere only who is named.
  const front = {
    apps,
    trusted: compileTrusted(isLoopback(checkListen) ? [...LOCAL_PEERS, ...trustedProxies] : trustedProxies),
    peerOf: createPeerOf(checkListen.kind),
  };

  const proxy = await createProxy({
    apps: proxied,
    isOurCookie: isSessionCookie(cookieName),
    log,
    library,
    authorizationFor: upstreamAuth.authorizationFor,
    rewriteFor(app, method, { decodedPath }) {
      const make = kindOf(app).rewrite(app, method, ownPath(app, decodedPath));
      return make && rewriteOk(make);
    },
    onBroken: (app) => metrics.upstreamFailed(app.name, 'broken-answer'),
    onError(error, incoming, response, requestId, app) {
      metrics.upstreamFailed(app.name, error.code);
      client.fail(error, askedOfApp(incoming, requestId, app), response);
    },
  });
  const granted = (): Iterable<string> =>
    [
      ...Object.values(config.grants.users),
      ...Object.values(config.grants.groups),
      ...Object.values(config.grants.modes).map((list) => list ?? []),
      [...(directory.granted() ?? [])],
    ].flat();
  const refuseSection = (
    missing: readonly string[],
    request: AccessRequest,
    approved: Approved,
    response: ServerResponse,
  ) => {
    const { app, identity, setCookies } = approved;
    const resources = missing.map((name) => ({ app: app.name, name }));
    const decision = { kind: 'deny', identity, reason: 'section-not-granted', missing: resources } as const;
    client.refuse({ decision, setCookies, who: identity.sub, isSignIn: false }, request, response);
  };
  const guard = createGuard({
    apps,
    proxy,
    granted,
    jobKeys: () => parts.jobKeys().map(({ key }) => key),
    clock,
    log,
    refuse: refuseSection,
    fail: (error, request, response) => client.fail(error, askedOf(request), response),
  });
  const routes = new Map(proxied.map((each) => [each.app.name, routeOf(each)]));
  const proxyAdapter = createProxyAdapter({
    ...{ apps, trusted, peerOf: publicPeerOf, client },
    follow: (connection) =>
      parts.connections.follow({ ...connection, route: routes.get(connection.request.app.name) ?? '' }),
    onMessage({ session }, identity, request) {
      // What is said before an end is acted upon brings nothing back.
      if (!sessions.isLive(session)) return;
      sessions.touch(session);
      note(session, identity, request);
    },
  });
  const rejudge = createRejudge({
    ...{ apps, byCookie, cookies },
    routeOf: ({ name }) => routes.get(name) ?? '',
    bySession: createHeldAuthenticator({ sessions, directory, identityOf }),
  });
  const onUnwritten: OnUnwritten = (error, id) =>
    log.error('an answer could not be written', { request: id, ...errorFields(error) });
  const throughProxy = answer(proxyAdapter, judge, observe, onUnwritten);

  const origins = new Map(
    [config.server.publicUrl, ...config.apps.map(({ at }) => at)].map((at) => [at.host, at.origin]),
  );
  const arrive = (incoming: IncomingMessage): Omit<Arrival, 'requestId'> => {
    refuseRepeated(incoming.rawHeaders);
    const origin = origins.get(parseHost(incoming.headers.host));
    if (origin === undefined) throw new NothingHere('no page of dashgate is at this host', { isOtherHost: true });
    const forwarded = incoming.headers['x-forwarded-for'];
    return {
      clientAddress: clientAddress(publicPeerOf(incoming), String(forwarded ?? ''), trusted),
      origin,
    };
  };
  const assets = logo ? [...ownAssets, logo] : ownAssets;
  const router = createLoginRoutes({
    apps,
    modes,
    sessions,
    live,
    attempts,
    device: createDeviceCookie({ keys: parts.deviceKeys, clock }),
    identityOf,
    readSession,
    cookies,
    rememberMs: config.session.rememberMs,
    pages,
    assets,
    clock,
    audit,
    metrics,
  });

  const homes = [...origins]
    .map(([host, origin]) => ({ host, origin }))
    .filter(({ host }) => !apps.some((app) => app.host === host && app.prefix === '/'));

  // Last: what is refused for anything else ends no sessions.
  noteModes();
  const opened = opening.move();
  const release = (): void => {
    credentials.close();
    opened.dispose();
  };
  return {
    ...createPublic({
      ownPages: createOwnPages({
        router,
        idOf: proxyAdapter.idOf,
        arrive,
        fail(error, request, response, id) {
          if (!(error instanceof DashgateError && error.status < 500)) {
            log.error('a page of our own could not be answered', { request: id, ...errorFields(error) });
          }
          client.fail(error, askedFor(request, id), response);
        },
      }),
      signpost: createSignpost({ homes, apps, publicUrl: config.server.publicUrl }),
      web: (incoming, response) =>
        throughProxy(incoming, {
          forward(approved, request) {
            if (guard.watches(approved)) void guard.web(incoming, response, approved, request);
            else proxy.web(incoming, response, approved);
          },
          refusal: () => response,
        }),
      upgrade: (incoming, socket, head) =>
        throughProxy(incoming, {
          forward(approved, request) {
            if (guard.watches(approved) && !guard.maySwitch(approved))
              refuseSection([], request, approved, socketResponse(incoming, socket));
            else proxy.upgrade(incoming, socket, head, approved);
          },
          refusal: () => socketResponse(incoming, socket),
        }),
    }),
    check: createCheck({
      peers: front.trusted,
      peerOf: front.peerOf,
      nginx: answer(
        createNginxAdapter({ ...front, cookieName, authorizationFor: upstreamAuth.authorizationFor }),
        judgeAside(judge),
        observe,
        onUnwritten,
      ),
      refuse: answer(createRefuseAdapter(front, client), judgeAside(judge), observe, onUnwritten),
    }),
    forget: credentials.forget,
    rejudge,
    async retire() {
      release();
      await proxy.retire(GRACE_MS);
    },
    close() {
      release();
      proxy.close();
    },
  };
}

/** Where and how an app's requests go upstream: where this is the same, what is open may stay. */
const routeOf = (app: AppConfig): string => {
  const { name, at, upstream, upstreamTls, kind, sections, identity, upstreamAuth, upstreamCredentials } = app;
  return JSON.stringify([
    ...[name, at.origin, at.prefix, upstream, upstreamTls, kind, sections],
    ...[identity, upstreamAuth, upstreamCredentials],
  ]);
};
