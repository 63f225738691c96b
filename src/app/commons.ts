import type { Config } from '../config/schema/config.ts';
import { createHashQueue, type HashQueue } from '../directories/hash/queue.ts';
import { createKnownAddresses, type KnownAddresses } from '../identity/attempts/known-addresses.ts';
import { createSharedTally } from '../identity/attempts/shared-tally.ts';
import { createTally, type Tally } from '../identity/attempts/tally.ts';
import type { Clock } from '../lib/clock.ts';
import { createSecretFolder } from '../lib/secret-file.ts';
import { createIdTokens, type IdTokens } from '../login/id-tokens.ts';
import { createLiveSessions, type LiveSessions } from '../session/live-sessions.ts';
import { openShelf, openStore } from '../session/open-store.ts';
import { createUnprovedEnds, type UnprovedEnds } from '../session/sessions.ts';
import type { SessionStore } from '../session/store.ts';
import type { RedisStore } from '../session/store-redis.ts';
import type { Log } from '../telemetry/log.ts';
import { type Keys, openKeys } from './keys.ts';

/** What there is once in an installation, however many processes answer for it. */
export interface Commons {
  readonly store: SessionStore;
  readonly unproved: UnprovedEnds;
  readonly live: LiveSessions;
  readonly keys: Keys;
  readonly tally: Tally;
  readonly known: KnownAddresses;
  readonly hashQueue: HashQueue;
  readonly idTokens: IdTokens;
  /** How many processes have it in common. */
  readonly sharers: number;
  close(): Promise<void>;
}

/** Those of this process, and what others need to know to share them. */
export interface OwnCommons extends Commons {
  /** The store, where other instances share it. */
  readonly shared: RedisStore | null;
  /** Whether requests can be served. */
  isServing(): boolean;
}

/** @throws ConfigInvalid, StoreUnavailable */
export async function openCommons(config: Config, { log, clock }: { log: Log; clock: Clock }): Promise<OwnCommons> {
  await using opening = new AsyncDisposableStack();
  const warning = createSecretFolder(config.state);
  if (warning) log.warn(warning);
  const { store, shared } = await openStore(config.session.store, { clock, say: log, movesDamaged: true });
  opening.defer(() => store.close());
  const keys = openKeys(config.session.secretFile, log);
  opening.defer(keys.close);
  const live = createLiveSessions({ shelf: openShelf(config.session.store, shared, log.warn), clock });
  opening.defer(() => live.close());
  const all = opening.move();
  return {
    ...{ store, shared, live, keys, unproved: createUnprovedEnds() },
    tally: shared ? createSharedTally(shared) : createTally(),
    known: createKnownAddresses(),
    hashQueue: createHashQueue(),
    idTokens: createIdTokens(),
    sharers: 1,
    // A Redis that is lost is so for all instances: none of them is taken out of service while it can judge sessions.
    isServing: () => (shared ? store.isCurrent() : store.isReady()),
    close: () => all.disposeAsync(),
  };
}
