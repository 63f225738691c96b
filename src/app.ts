import { isDeepStrictEqual } from 'node:util';
import { ASSERTION_PURPOSE, createAssertionKeys } from './apps/assertion-keys.ts';
import { formatListen, type Listen } from './config/schema/address.ts';
import type { Config } from './config/schema/config.ts';
import { createOpenConnections } from './connections/open-connections.ts';
import type { Directory } from './directories/directory.ts';
import { createHashQueue, type HashQueue } from './directories/hash/queue.ts';
import { type Directories, openDirectories } from './directories/open.ts';
import type { PasswordFile } from './directories/password-file.ts';
import { ConfigInvalid } from './errors.ts';
import { createGate, type Gate } from './gate.ts';
import { createAdmin } from './http/admin.ts';
import { listenOn } from './http/listen.ts';
import { createRedirect } from './http/redirect.ts';
import { createListener } from './http/server.ts';
import { createTlsContext } from './http/tls.ts';
import { createSharedTally } from './identity/attempts/shared-tally.ts';
import { createAttemptMemory } from './identity/attempts.ts';
import { createModeNotes } from './identity/modes/notes.ts';
import { type Clock, nowSec, systemClock } from './lib/clock.ts';
import { lowerPoolPriority } from './lib/pool-priority.ts';
import { createSecretFolder } from './lib/secret-file.ts';
import { createIdTokens } from './login/id-tokens.ts';
import { createProxyLibrary } from './proxy/library.ts';
import { createHandoffCodes } from './session/handoff-codes.ts';
import { createKeyRingFile, type DerivedKey, deriveKeys, loadKeyRing } from './session/key-ring.ts';
import { createLiveSessions } from './session/live-sessions.ts';
import { openShelf, openStore } from './session/open-store.ts';
import { createSessions } from './session/sessions.ts';
import { createAudit } from './telemetry/audit.ts';
import { errorFields, type Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { type ReloadOptions, reloadOnChange } from './telemetry/reload.ts';

export interface DashgateOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** In place of those of the configuration. */
  readonly directory?: (queue: HashQueue) => Promise<Directory>;
}

/** A dashgate that listens. */
export interface Dashgate {
  /** Where each listener came to stand, with the ports that were given. */
  readonly listening: {
    readonly public: Listen;
    readonly check: Listen;
    readonly admin: Listen;
    readonly redirect: Listen | null;
  };
  /** Takes over the rules, apps and texts of a new configuration. Throws ConfigInvalid: then the old ones stay. */
  reconfigure(next: Config): Promise<void>;
  /** Stops taking requests, lets those under way end, and closes everything. */
  close(): Promise<void>;
}

/** What ends later than this after it was asked to end is cut. */
const GRACE_MS = 8000;
const PURPOSES = {
  session: 'dashgate/session/v1',
  device: 'dashgate/device/v1',
  job: 'dashgate/job/v1',
  handoff: 'dashgate/handoff/v1',
  assertion: ASSERTION_PURPOSE,
  pending: 'dashgate/pending-login/v1',
};

/**
 * The one place where things are made and joined.
 * @throws ConfigInvalid where something that the configuration names cannot be used; nothing listens then
 */
export async function createDashgate(config: Config, options: DashgateOptions): Promise<Dashgate> {
  const { log, clock = systemClock } = options;
  await using closing = new AsyncDisposableStack();

  await lowerPoolPriority();
  const hashQueue = createHashQueue();
  const warning = createSecretFolder(config.state);
  if (warning) log.warn(warning);
  const { store, shared } = await openStore(config.session.store, { clock, say: log, movesDamaged: true });
  closing.defer(() => store.close());
  const metrics = createMetrics({ hashQueue, store });

  const onChange = (
    file: string | readonly string[],
    told: Pick<ReloadOptions, 'what' | 'endsSessions'>,
    load: () => void | Promise<void>,
  ): void => closing.defer(reloadOnChange(file, { ...told, log, fields: { file } }, load));

  const { secretFile } = config.session;
  if (createKeyRingFile(secretFile)) log.info('a new session key was made', { file: secretFile });
  onChange(secretFile, { what: 'session keys' }, () => {
    const last = keys.session;
    keys = readKeys(secretFile, log);
    // A new key alone spoils nothing that is remembered.
    if (last.every(({ kid }) => keys.session.some((key) => key.kid === kid))) return;
    sessions.forget();
    gate.forget();
    connections.rejudge();
  });
  let keys = readKeys(secretFile, log);

  const live = createLiveSessions({
    shelf: openShelf(config.session.store, shared, log.warn),
    clock,
  });
  closing.defer(() => live.close());
  const sessions = createSessions({
    issuer: config.server.publicUrl.origin,
    lifetimeSec: toSec(config.session.lifetimeMs),
    idleSec: config.session.idleMs && toSec(config.session.idleMs),
    rememberSec: config.session.rememberMs && toSec(config.session.rememberMs),
    lastUseSec: live.usedSec,
    keys: () => keys.session,
    store,
    clock,
  });

  const handoffs = createHandoffCodes({
    issuer: config.server.publicUrl.origin,
    keys: () => keys.handoff,
    store,
    clock,
  });

  const audit = createAudit(log);
  const connections = createOpenConnections({
    isLive: sessions.isLive,
    clock,
    onEnd({ request: { id, method, app, target, clientAddress }, identity }, why) {
      const what = `${method} ${app.name} ${target.path}`;
      audit({ event: 'cut', who: identity.sub, what, why, from: clientAddress, request: id });
    },
  });
  closing.defer(connections.close);
  closing.defer(
    store.onEnded(({ jti, sub, by }) => {
      connections.rejudge();
      const who = sub ?? (jti === undefined ? '' : live.subOf(jti));
      if (by === 'operator')
        audit({ event: 'logout', who, what: 'dashgate revoke', why: 'revoked', from: '', request: '' });
    }),
  );

  /** Whoever has another password than at the last time, or is gone, is signed out, though nothing ran when that happened. */
  const takeIn = (file: PasswordFile): void => {
    for (const line of file.warnings) log.warn(line);
    const proofs = file.users.map(({ person, hash }) => [person.sub, hash.text] as const);
    store.noteProofs(file.source, proofs, nowSec(clock));
  };
  const opening = Promise.withResolvers<Directories>();
  if (!options.directory) {
    for (const { file } of config.directories.filter((directory) => directory.kind === 'file')) {
      onChange(file, { what: 'users file', endsSessions: true }, async () => {
        const { passwords } = await opening.promise;
        try {
          for (const changed of await passwords.reload(file)) takeIn(changed);
        } finally {
          // Also where the store could not be told: the users of the file count.
          connections.rejudge();
        }
      });
    }
    opening.resolve(await openDirectories(config, { queue: hashQueue, clock, warn: (line) => log.warn(line) }));
  }
  const { directory, passwords, remote } = options.directory
    ? { directory: await options.directory(hashQueue), passwords: null, remote: [] }
    : await opening.promise;
  closing.defer(() => directory.close());
  directory.onChanged((subs) => store.revokeSubjects(subs, nowSec(clock)));
  passwords?.files.forEach(takeIn);

  const attemptMemory = createAttemptMemory(shared ? createSharedTally(shared) : undefined);
  const deviceKeys = (): readonly DerivedKey[] => keys.device;
  const noteModes = createModeNotes(store, clock);
  const jobKeys = (): readonly DerivedKey[] => keys.job;
  const pendingKeys = (): readonly DerivedKey[] => keys.pending;
  const assertionKeys = createAssertionKeys(() => keys.assertion, clock);
  const parts = {
    ...{
      directory,
      remote,
      hashQueue,
      sessions,
      handoffs,
      live,
      attemptMemory,
      deviceKeys,
      jobKeys,
      assertionKeys,
      noteModes,
    },
    ...{ pendingKeys, once: store.once, idTokens: createIdTokens() },
    ...{ clock, log, metrics, library: createProxyLibrary(), connections },
  };
  let gate: Gate = await createGate(config, parts);
  // Whom that signs out is so before the first request, and who is in use elsewhere is not idle here.
  await store.confirm();
  await live.ready;
  connections.judgeBy(gate.rejudge);
  // After the listeners, which have cut by then what was open.
  const retiring = new Set<Promise<void>>();
  closing.defer(async () => {
    await Promise.all(retiring);
  });
  closing.defer(() => gate.close());

  const { server, admin } = config;
  if (server.tls) onChange([server.tls.certFile, server.tls.keyFile], { what: 'TLS certificate' }, () => tls?.reload());
  const tls = server.tls && createTlsContext(server.tls, (line) => log.warn(line), clock);

  // A Redis that is lost is so for all instances: none of them is taken out of service while it can judge sessions.
  const isServing = (): boolean => (shared ? store.isCurrent() : store.isReady());
  const notReady = (): string[] => (isServing() ? [] : ['the session store takes no writes']);
  const butLacks = (): string[] => (store.isReady() ? [] : ['the session store is lost']);
  const listeners = {
    admin: createListener({ request: createAdmin({ metrics, notReady, butLacks }) }),
    check: createListener({ request: (request, response) => gate.check(request, response) }),
    redirect: createListener({ request: createRedirect(server.publicUrl) }),
    public: createListener({
      request: (request, response) => gate.request(request, response),
      upgrade: (request, socket, head) => gate.upgrade(request, socket, head),
      tls,
    }),
  };
  closing.defer(async () => {
    await Promise.all(Object.values(listeners).map((listener) => listener.drain(GRACE_MS)));
  });
  const { redirectListen } = server;
  const listening = {
    admin: await listenOn(listeners.admin.server, admin.listen, 'admin.listen'),
    check: await listenOn(listeners.check.server, server.checkListen, 'server.check_listen'),
    redirect: redirectListen && (await listenOn(listeners.redirect.server, redirectListen, 'server.redirect_listen')),
    public: await listenOn(listeners.public.server, server.listen, 'server.listen'),
  };
  log.info('listening', {
    public: formatListen(listening.public),
    check: formatListen(listening.check),
    admin: formatListen(listening.admin),
    redirect: listening.redirect ? formatListen(listening.redirect) : undefined,
    public_url: server.publicUrl.origin,
  });

  let underWay: Promise<void> = Promise.resolve();
  const all = closing.move();
  return {
    listening,
    reconfigure(next) {
      // One after the other, so that the newest version is the one that stays.
      const done = underWay.then(() => replaceGate(next));
      underWay = done.catch(() => {});
      return done;
    },
    close: () => all.disposeAsync(),
  };

  async function replaceGate(next: Config): Promise<void> {
    if (next.server.publicUrl.origin !== config.server.publicUrl.origin) {
      throw new ConfigInvalid('server.public_url: cookies and apps hang on it; restart dashgate to change it');
    }
    const fixed = ['server', 'admin', 'state', 'session', 'directories', 'log'] as const;
    const changed = fixed.filter((key) => !isDeepStrictEqual(config[key], next[key]));
    if (changed.length > 0)
      log.warn('these keys of the configuration take effect at the next start', { keys: changed });
    const old = gate;
    const { server, admin, state, session, directories, log: logging } = config;
    gate = await createGate({ ...next, server, admin, state, session, directories, log: logging }, parts);
    connections.judgeBy(gate.rejudge);
    // What is open there may take its time; nobody waits for it but the end.
    const retired = old.retire().catch((error: unknown) => {
      log.error('connections of the old configuration could not be closed', errorFields(error));
    });
    retiring.add(retired);
    void retired.then(() => retiring.delete(retired));
  }
}

const toSec = (ms: number): number => Math.floor(ms / 1000);

function readKeys(file: string, log: Log): Record<keyof typeof PURPOSES, readonly DerivedKey[]> {
  const ring = loadKeyRing(file);
  for (const line of ring.warnings) log.warn(line);
  return {
    session: deriveKeys(ring, PURPOSES.session),
    device: deriveKeys(ring, PURPOSES.device),
    job: deriveKeys(ring, PURPOSES.job),
    handoff: deriveKeys(ring, PURPOSES.handoff),
    assertion: deriveKeys(ring, PURPOSES.assertion),
    pending: deriveKeys(ring, PURPOSES.pending),
  };
}
