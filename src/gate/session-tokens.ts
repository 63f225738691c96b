import type { ProviderTokens } from '../apps/identity-adapter.ts';
import { DashgateError } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { newest } from '../lib/lru.ts';
import type { Providers } from '../providers/registry.ts';
import type { Session } from '../session/session.ts';

export interface SessionTokensOptions {
  readonly providers: Pick<Providers, 'tokensOf'>;
  readonly clock: Clock;
  readonly warn: (line: string, why: Error) => void;
}

interface Kept {
  readonly tokens: Promise<ProviderTokens | null>;
  readonly untilMs: number;
}

/** A page asks for many things at once; what a provider gave is looked up once for all of them. */
const KEPT_MS = 10_000;
const MOST = 2000;

/** What providers gave for sessions, as apps may be told it. Who has none is told so: an outage there takes no dashboard down. */
export function createSessionTokens({ providers, clock, warn }: SessionTokensOptions) {
  const kept = newest<Kept>(MOST);
  const find = async (session: Session): Promise<ProviderTokens | null> => {
    try {
      const found = await providers.tokensOf(session);
      if (!found) return null;
      const isOver = found.accessEndsSec !== null && found.accessEndsSec <= nowSec(clock);
      return { accessToken: isOver ? null : found.accessToken, idToken: found.idToken };
    } catch (error) {
      if (!(error instanceof DashgateError)) throw error;
      warn('the tokens of a session cannot be had', error);
      return null;
    }
  };
  return (session: Session): Promise<ProviderTokens | null> => {
    // Of who acts as somebody else they are not that other's.
    if (!session.provider || session.actingAs) return Promise.resolve(null);
    const now = clock.nowMs();
    const known = kept.get(session.jti);
    if (known && now < known.untilMs && now >= known.untilMs - KEPT_MS) return known.tokens;
    const tokens = find(session);
    kept.set(session.jti, { tokens, untilMs: now + KEPT_MS });
    tokens.catch(() => kept.delete(session.jti));
    return tokens;
  };
}
