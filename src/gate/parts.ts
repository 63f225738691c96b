import type { AssertionKeys } from '../apps/assertion-keys.ts';
import type { OpenConnections } from '../connections/open-connections.ts';
import type { Directory } from '../directories/directory.ts';
import type { HashQueue } from '../directories/hash/queue.ts';
import type { EmbedSessions } from '../embedding/embed-sessions.ts';
import type { ApiTokens } from '../identity/api-tokens/api-tokens.ts';
import type { AttemptMemory } from '../identity/attempts.ts';
import type { NoteModes } from '../identity/modes/notes.ts';
import type { PersonalTokens } from '../identity/tokens/personal-tokens.ts';
import type { VouchedOwners } from '../identity/tokens/vouched-owners.ts';
import type { Clock } from '../lib/clock.ts';
import type { IdTokens } from '../login/id-tokens.ts';
import type { RefreshParts } from '../providers/renewals.ts';
import type { ProxyLibrary } from '../proxy/library.ts';
import type { HandoffCodes } from '../session/handoff-codes.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { Sessions } from '../session/sessions.ts';
import type { SessionStore } from '../session/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What outlives a change of the configuration. */
export interface GateParts {
  readonly directory: Directory;
  /** Those of the directories that are asked over the network. */
  readonly remote: readonly Directory[];
  readonly hashQueue: HashQueue;
  /** Ends the sessions of ways to sign in that are gone. */
  readonly noteModes: NoteModes;
  readonly sessions: Sessions;
  readonly handoffs: HandoffCodes;
  readonly embeds: EmbedSessions;
  readonly live: LiveSessions;
  readonly attemptMemory: AttemptMemory;
  /** Of device cookies, of background jobs, and of sign-ins at a provider that are under way; newest first. */
  readonly keysOf: (purpose: 'device' | 'job' | 'pending') => () => readonly DerivedKey[];
  readonly assertionKeys: AssertionKeys;
  readonly once: SessionStore['once'];
  readonly isRevoked: SessionStore['isRevoked'];
  readonly idTokens: IdTokens;
  readonly refresh: RefreshParts;
  /** How providers are reached, in place of the network. */
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly personalTokens: PersonalTokens;
  readonly apiTokens: ApiTokens;
  readonly vouched: VouchedOwners;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly library: ProxyLibrary;
  readonly connections: Pick<OpenConnections, 'follow'>;
}
