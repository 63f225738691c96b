import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { ProviderUnavailable } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';

/** What is said of a token, as against of the keys. */
const OF_TOKEN = ['ERR_JWKS_NO_MATCHING_KEY', 'ERR_JWKS_MULTIPLE_MATCHING_KEYS', 'ERR_JOSE_NOT_SUPPORTED'];
/** So long keys are taken as they were; a token by another key asks again, no more often than this. */
const FRESH_MS = 600_000;
const ASKED_EVERY_MS = 10_000;
/** So long the provider is left in peace when the keys did not come. */
const QUIET_MS = 5000;

export interface KeySetOptions {
  readonly provider: string;
  readonly uri: string;
  readonly fetch: FetchImplementation;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * The keys by which a provider signs (RFC 7517), asked for when a token needs them. Any other failure than a token without a
 * key of theirs throws ProviderUnavailable.
 */
export function createKeySet({ provider, uri, fetch, timeoutMs, clock }: KeySetOptions): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(uri), {
    cooldownDuration: ASKED_EVERY_MS,
    cacheMaxAge: FRESH_MS,
    timeoutDuration: timeoutMs,
    [customFetch]: fetch,
  });
  let failure: { readonly error: ProviderUnavailable; readonly atMs: number } | null = null;
  return async (header, token) => {
    if (failure && Math.abs(clock.nowMs() - failure.atMs) < QUIET_MS) throw failure.error;
    try {
      const key = await keys(header, token);
      failure = null;
      return key;
    } catch (error) {
      if (error instanceof errors.JOSEError && OF_TOKEN.includes(error.code)) throw error;
      const unavailable = new ProviderUnavailable(`${provider}: its keys cannot be had`, { cause: error });
      failure = { error: unavailable, atMs: clock.nowMs() };
      throw unavailable;
    }
  };
}
