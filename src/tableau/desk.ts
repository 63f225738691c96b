import type { App } from '../access/app.ts';
import type { ApiTokens } from '../identity/api-tokens/api-tokens.ts';
import type { ApiTokenReader } from '../identity/api-tokens/reader.ts';
import type { ApiApp } from '../identity/api-tokens/sites.ts';
import type { Attempts } from '../identity/attempts.ts';
import type { ConnectedApps } from '../identity/connected/connected-apps.ts';
import type { Modes } from '../identity/modes.ts';
import type { OfferedTokens } from '../identity/tokens/offered.ts';
import type { Clock } from '../lib/clock.ts';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { Audit } from '../telemetry/audit.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What signing in to an API is done with. */
export interface ApiDesk {
  readonly apps: readonly App[];
  /** `null`: that app has no such doors. */
  readonly appOf: (name: string) => ApiApp | null;
  readonly modes: Modes;
  readonly attempts: Attempts;
  /** Personal ones; `null`: nobody can have any. */
  readonly personal: OfferedTokens | null;
  readonly connected: Pick<ConnectedApps, 'read'>;
  readonly tokens: ApiTokens;
  readonly reader: ApiTokenReader;
  readonly live: LiveSessions;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly metrics: Pick<Metrics, 'signedIn' | 'signedOut'>;
}
