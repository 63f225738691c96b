import { type Commons, type OwnCommons, openCommons } from './app/commons.ts';
import { openGates } from './app/gates.ts';
import { isKeyGone } from './app/keys.ts';
import { type Listening, openListeners } from './app/listeners.ts';
import { openUsers } from './app/users.ts';
import { createAssertionKeys } from './apps/assertion-keys.ts';
import type { Config } from './config/schema/config.ts';
import { createOpenConnections } from './connections/open-connections.ts';
import type { Directory } from './directories/directory.ts';
import type { HashQueue } from './directories/hash/queue.ts';
import { createEmbedSessions } from './embedding/embed-sessions.ts';
import { createAdmin } from './http/admin.ts';
import { createApiTokens } from './identity/api-tokens/api-tokens.ts';
import { createAttemptMemory } from './identity/attempts.ts';
import { namesOf } from './identity/identity.ts';
import { createModeNotes } from './identity/modes/notes.ts';
import { createPersonalTokens } from './identity/tokens/personal-tokens.ts';
import { createVouchedOwners } from './identity/tokens/vouched-owners.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import { lowerPoolPriority } from './lib/pool-priority.ts';
import type { RefreshParts } from './providers/renewals.ts';
import { createProxyLibrary } from './proxy/library.ts';
import { createHandoffCodes } from './session/handoff-codes.ts';
import { createSessions } from './session/sessions.ts';
import { createAudit } from './telemetry/audit.ts';
import { errorFields, type Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

export interface DashgateOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** In place of those of the configuration. */
  readonly directory?: (queue: HashQueue) => Promise<Directory>;
  /** How providers are reached, in place of the network. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** What it shares with other processes, one of which answers on `admin.listen`. Absent: it is alone. */
  readonly commons?: Commons;
}

/** A dashgate that listens. */
export interface Dashgate {
  readonly listening: Listening;
  readonly metrics: Metrics;
  /** Takes over the rules, apps and texts of a new configuration. Throws ConfigInvalid: then the old ones stay. */
  reconfigure(next: Config): Promise<void>;
  /** Stops taking requests, lets those under way end, and closes everything. */
  close(): Promise<void>;
}

/**
 * The one place where things are made and joined.
 * @throws ConfigInvalid where something that the configuration names cannot be used; nothing listens then
 */
export async function createDashgate(config: Config, options: DashgateOptions): Promise<Dashgate> {
  const { log, clock = systemClock } = options;
  await using closing = new AsyncDisposableStack();

  await lowerPoolPriority();
  const { commons, own } = await commonsOf(config, options);
  closing.defer(() => commons.close());
  const { store, keys, live, hashQueue } = commons;
  const metrics = createMetrics(own);
  keys.onChanged((now, before) => {
    if (!isKeyGone(now, before)) return;
    sessions.forget();
    gates.current().forget();
    connections.rejudge();
  });

  const sessions = createSessions({
    issuer: config.server.publicUrl.origin,
    lifetimeSec: toSec(config.session.lifetimeMs),
    idleSec: config.session.idleMs && toSec(config.session.idleMs),
    rememberSec: config.session.rememberMs && toSec(config.session.rememberMs),
    lastUseSec: live.usedSec,
    keys: keys.of('session'),
    ...{ store, unproved: commons.unproved, clock },
  });

  const handoffs = createHandoffCodes({
    issuer: config.server.publicUrl.origin,
    keys: keys.of('handoff'),
    store,
    clock,
  });

  const embeds = createEmbedSessions({
    issuer: config.server.publicUrl.origin,
    keys: keys.of('embed'),
    sessions,
    clock,
  });

  const audit = createAudit(log);
  const connections = createOpenConnections({
    isLive: (session) => sessions.isLive(embeds.newest(session)),
    clock,
    onEnd({ request: { id, method, app, target, clientAddress }, identity }, why) {
      const what = `${method} ${app.name} ${target.path}`;
      audit({ event: 'cut', ...namesOf(identity), what, why, from: clientAddress, request: id });
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

  const users = await openUsers(config, {
    ...{ queue: hashQueue, clock, log, store },
    onReload: connections.rejudge,
    given: options.directory,
  });
  closing.defer(users.close);

  const personalTokens = createPersonalTokens({ store, clock });
  closing.defer(() => personalTokens.close());
  const apiTokens = createApiTokens({ store, clock });
  closing.defer(() => apiTokens.close());
  const vouched = createVouchedOwners({ shelf: store.refresh, keys: keys.of('vouched'), clock });
  const onOver: RefreshParts['onOver'] = ({ jti, sub, endsSec }) => {
    audit({ event: 'logout', who: sub, what: 'recheck', why: 'provider-refused', from: '', request: '' });
    live.drop(jti);
    // Their tokens rest until they sign in there again; where that cannot be written, until its word is too old.
    vouched.drop(sub).catch((error: unknown) => log.warn('what a provider said is not dropped', errorFields(error)));
    sessions.end({ jti, endsSec, amr: ['fed'] });
  };
  const parts = {
    ...{ directory: users.directory, remote: users.remote, hashQueue, noteModes: createModeNotes(store, clock) },
    ...{ sessions, handoffs, embeds, live, connections, idTokens: commons.idTokens },
    ...{ once: store.once, isRevoked: store.isRevoked },
    refresh: { shelf: store.refresh, keys: keys.of('refresh'), onOver, onChanged: connections.rejudge },
    fetch: options.fetch,
    ...{ personalTokens, apiTokens, vouched },
    ...{ keysOf: keys.of, assertionKeys: createAssertionKeys(keys.of('assertion'), clock) },
    attemptMemory: createAttemptMemory(commons.tally, commons.known, commons.sharers),
    ...{ clock, log, metrics, library: createProxyLibrary() },
  };
  const gates = await openGates(config, parts, connections.judgeBy);
  // After the listeners, which have cut by then what was open.
  closing.defer(gates.close);
  // Whom that signs out is so before the first request, and who is in use elsewhere is not idle here.
  await store.confirm();
  await live.ready;
  connections.judgeBy(gates.current().rejudge);
  closing.defer(store.onEnded((end) => void gates.current().sessionEnded(end)));

  const { listening, drain } = await openListeners(config, {
    gate: gates.current,
    admin: own && createAdmin({ metrics, ...readinessOf(own) }),
    log,
    clock,
  });
  closing.defer(drain);
  const all = closing.move();
  return { listening, metrics, reconfigure: gates.replace, close: () => all.disposeAsync() };
}

const toSec = (ms: number): number => Math.floor(ms / 1000);

/** Those that are handed in, or, of a process that is alone, its own. */
async function commonsOf(
  config: Config,
  { log, clock = systemClock, commons }: DashgateOptions,
): Promise<{ commons: Commons; own: OwnCommons | null }> {
  if (commons) return { commons, own: null };
  const own = await openCommons(config, { log, clock });
  return { commons: own, own };
}

/** For `/readyz`. */
export const readinessOf = ({ store, isServing }: OwnCommons) => ({
  notReady: (): string[] => (isServing() ? [] : ['the session store takes no writes']),
  butLacks: (): string[] => (store.isReady() ? [] : ['the session store is lost']),
});
