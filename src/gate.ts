import type { RequestListener } from 'node:http';
import { compileApp } from './access/compile-app.ts';
import { createClientAnswer } from './adapters/client-answer.ts';
import { createEnvoyAdapter } from './adapters/envoy.ts';
import { createForwardAdapter } from './adapters/forward.ts';
import { createNginxAdapter } from './adapters/nginx.ts';
import { createProxyAdapter } from './adapters/proxy.ts';
import { createRefuseAdapter } from './adapters/refuse.ts';
import { createRejudge } from './adapters/rejudge.ts';
import { kindOf } from './apps/kinds.ts';
import { isLocal, isLoopback } from './config/schema/address.ts';
import type { Config } from './config/schema/config.ts';
import type { Rejudge } from './connections/open-connections.ts';
import { createFrameOf } from './embedding/frame-of.ts';
import { ancestorsOf } from './embedding/framing.ts';
import { createWatch } from './embedding/watch.ts';
import { createAnswering } from './gate/answering.ts';
import { createForgetting } from './gate/forget-tokens.ts';
import { createForward } from './gate/forward.ts';
import { createHosts } from './gate/hosts.ts';
import { openIdentification } from './gate/identify.ts';
import { createOurs } from './gate/ours.ts';
import type { GateParts } from './gate/parts.ts';
import { routeOf } from './gate/route-of.ts';
import { openTelling } from './gate/telling.ts';
import { createCheck } from './http/check.ts';
import type { Repeats } from './http/lane.ts';
import { createPublic, type PublicListeners } from './http/public.ts';
import { createSignpost } from './http/signpost.ts';
import { namesOf } from './identity/identity.ts';
import { compileTrusted, createPeerOf, LOCAL_PEERS } from './lib/client-address.ts';
import { createOwnPaths } from './lib/own-paths.ts';
import { doorsOf } from './login/doors.ts';
import { readLooks } from './login/looks.ts';
import { createWayBack } from './login/way-back.ts';
import { createScripts } from './notice/script.ts';
import { openProviders } from './providers/registry.ts';
import { socketResponse } from './proxy/socket-response.ts';
import type { End } from './session/revocations.ts';
import { createSessionCookies } from './session/session-cookies.ts';
import { createAudit } from './telemetry/audit.ts';

/** Everything that one version of the configuration decides; the next version is another gate. */
export interface Gate extends PublicListeners {
  readonly check: RequestListener;
  /** What the check answered, where the same may be answered again. */
  readonly repeats: Repeats;
  /** Forgets sessions that were sealed for verified credentials: the key ring has changed. */
  forget(): void;
  /** A session has ended: what its provider could be asked by is taken away. Never rejects. */
  sessionEnded(end: End): Promise<void>;
  /** Judges what is open by this version of the configuration. */
  readonly rejudge: Rejudge;
  /** Another version has taken over: what is open stays for as long as that one lets it, and then this is closed. */
  retire(): Promise<void>;
  /** Ends the connections to upstreams. */
  close(): void;
}

/** @throws ConfigInvalid where a file that the configuration names cannot be used */
export async function createGate(config: Config, parts: GateParts): Promise<Gate> {
  const { live, clock, log, metrics } = parts;
  using opening = new DisposableStack();
  const own = createOwnPaths(config.server.prefix);
  const proxied = config.apps.map((app) => ({ ...app, app: compileApp(app, own, kindOf(app)) }));
  const apps = proxied.map(({ app }) => app);
  const cookies = createSessionCookies(config.session.cookie);
  const cookieName = cookies.name;
  const providers = await openProviders({
    config,
    clock,
    warn: (line) => log.warn(line),
    refresh: parts.refresh,
    fetch: parts.fetch,
  });
  const identification = await openIdentification(config, parts, cookies, providers);
  opening.defer(identification.close);
  const { modes, judge } = identification;

  const audit = createAudit(log);
  const telling = openTelling(config, parts, { providers, cookieName });
  opening.defer(telling.close);
  const { authorizationFor, tell, vouchings } = telling;
  const looks = await readLooks(own, config, createScripts(own));
  const { checkListen, listen, publicUrl, trustedProxies } = config.server;
  const home = isLocal(publicUrl.host) ? publicUrl.origin : null;
  const embedders = config.connectedApps.filter(({ isEnabled, domains }) => isEnabled && domains.length > 0);
  const client = createClientAnswer({
    ...{ own, apps, pages: looks.pages, cookieName, home },
    ancestors: embedders.length > 0 ? ancestorsOf(embedders) : null,
  });
  const publicPeers = { trusted: compileTrusted(trustedProxies), peerOf: createPeerOf(listen.kind) };
  // Whoever reaches a listener on loopback or a unix socket is this machine; elsewhere only who is named.
  const front = {
    apps,
    trusted: compileTrusted(isLoopback(checkListen) ? [...LOCAL_PEERS, ...trustedProxies] : trustedProxies),
    peerOf: createPeerOf(checkListen.kind),
  };

  const { granted } = modes.directory;
  const forward = await createForward({
    own,
    config,
    parts,
    proxied,
    cookieName,
    authorizationFor,
    tell,
    granted,
    client,
  });
  const routes = new Map(proxied.map((each) => [each.app.name, routeOf(each)]));
  const proxyAdapter = createProxyAdapter({
    ...{ apps, ...publicPeers, client },
    follow: (connection) =>
      parts.connections.follow({ ...connection, route: routes.get(connection.request.app.name) ?? '' }),
    frameOf: createFrameOf({ embeds: parts.embeds, find: identification.connected.find }),
    onMessage: identification.onMessage,
    onUse: identification.onUse,
    onDelegationRefused: (identity, { method, app, target, clientAddress: from, id: request }) => {
      const what = `${method} ${app.name} ${target.path}`;
      audit({ event: 'refused', ...namesOf(identity), what, why: 'delegation-refused', from, request });
    },
  });
  const rejudge = createRejudge({
    ...{ apps, cookies, clock, byCookie: identification.byCookie, bySession: identification.bySession },
    routeOf: ({ name }) => routes.get(name) ?? '',
  });
  const { through, aside, repeats } = createAnswering({ judge, telling, audit, metrics, log });
  const throughProxy = through(proxyAdapter);
  const asking = { ...front, cookieName, authorizationFor };

  const wayBack = createWayBack({
    own,
    config,
    async pending() {
      const { createPendingLogins } = await import('./login/pending-login.ts');
      return createPendingLogins({ keys: parts.keysOf('pending'), clock });
    },
  });
  const hosts = createHosts(config, publicPeers.peerOf, publicPeers.trusted);
  const watch = createWatch({
    own,
    embeds: parts.embeds,
    isLive: parts.sessions.isLive,
    originOf: (incoming) => hosts.arrive(incoming).origin,
    clock,
  });
  opening.defer(watch.close);
  const ours = createOurs(config, parts, {
    ...{ own, identification, apps, providers, cookies, looks, wayBack, hosts, audit, vouchings, publicPeers },
    ...{ client, idOf: proxyAdapter.idOf },
  });
  const forget = createForgetting({ providers, live, isRevoked: parts.isRevoked, log });
  // Last: what is refused for anything else ends no sessions.
  identification.noteModes();
  const opened = opening.move();
  return {
    ...createPublic({
      ...{ ...ours, own, wayBack },
      signpost: createSignpost({
        homes: hosts.homes,
        apps,
        publicUrl,
        loginPath: own.login,
        doors: doorsOf(own, config),
      }),
      web: (incoming, response) =>
        throughProxy(incoming, {
          forward: (approved, request) => forward.web(incoming, response, approved, request),
          refusal: () => response,
        }),
      ownUpgrade: watch.upgrade,
      upgrade: (incoming, socket, head) =>
        throughProxy(incoming, {
          forward: (approved, request) => forward.upgrade(incoming, socket, head, approved, request),
          refusal: () => socketResponse(incoming, socket),
        }),
    }),
    check: createCheck({
      at: own.check,
      peers: front.trusted,
      peerOf: front.peerOf,
      nginx: aside(createNginxAdapter(asking)),
      refuse: aside(createRefuseAdapter(front, client)),
      forward: aside(createForwardAdapter({ ...asking, client })),
      envoy: aside(createEnvoyAdapter(own, { ...asking, client })),
    }),
    repeats,
    forget() {
      identification.forget();
      repeats.forget();
    },
    sessionEnded(end) {
      watch.look();
      vouchings.sessionEnded(end);
      return forget(end);
    },
    rejudge,
    async retire() {
      opened.dispose();
      await forward.retire();
    },
    close() {
      opened.dispose();
      forward.close();
    },
  };
}
