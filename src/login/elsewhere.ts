import type { Providers } from '../providers/registry.ts';
import type { Session } from '../session/session.ts';
import type { IdTokens } from './id-tokens.ts';
import type { PendingLogins } from './pending-login.ts';
import type { WayBack } from './way-back.ts';

/** What signing in and out at a provider is done with. */
export interface Elsewhere {
  readonly providers: Providers;
  readonly pending: PendingLogins;
  readonly wayBack: WayBack;
  readonly idTokens: IdTokens;
  /** Told of whoever a provider has just vouched for. Never rejects. */
  readonly onVouched: (session: Session) => Promise<void>;
}
