import { DashgateError, StoreUnavailable } from '../errors.ts';
import type { Providers } from '../providers/registry.ts';
import type { LiveSessions } from '../session/live-sessions.ts';
import type { End } from '../session/revocations.ts';
import type { SessionStore } from '../session/store.ts';
import { errorFields, type Log } from '../telemetry/log.ts';

export interface ForgettingOptions {
  readonly providers: Providers;
  readonly live: Pick<LiveSessions, 'of'>;
  readonly isRevoked: SessionStore['isRevoked'];
  readonly log: Log;
}

/**
 * Makes what a provider could be asked by worthless when a session ends, whichever way it did. Of a subject whose sessions all
 * ended, for those that are known; what is left of others goes when they would have ended.
 */
export const createForgetting =
  ({ providers, live, isRevoked, log }: ForgettingOptions) =>
  async ({ jti, sub }: End): Promise<void> => {
    const isOurs = jti !== undefined || providers.findBySub(sub ?? '') !== null;
    if (providers.all.length === 0 || !isOurs) return;
    try {
      const ended = jti === undefined ? (await live.of(sub ?? '')).filter(isRevoked).map((one) => one.jti) : [jti];
      for (const each of ended) await providers.forget(each);
    } catch (error) {
      // Who has lost the store says so; what is left there goes when the session would have ended.
      if (error instanceof StoreUnavailable) return;
      if (!(error instanceof DashgateError)) throw error;
      log.warn('a refresh token could not be revoked at its provider', errorFields(error));
    }
  };
