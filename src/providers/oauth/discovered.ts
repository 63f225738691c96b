import { ProviderUnavailable } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';

/** What a provider says of itself, kept for a while. */
export interface Discovered<T> {
  /** Asks where that is due, once for all who want it. @throws ProviderUnavailable where there is nothing to go on */
  get(): Promise<T>;
  /** What is known now, however old. */
  peek(): T | null;
  /** Whether the last question, a moment ago, had no answer. */
  isDown(): boolean;
}

const FRESH_MS = 3_600_000;
/** What was known is better than nothing for so long, while the provider does not answer. */
const STALE_MS = 86_400_000;
/** So long a provider is left in peace that did not answer. */
const QUIET_MS = 5000;

export function createDiscovered<T>(ask: () => Promise<T>, clock: Clock): Discovered<T> {
  let known: { readonly value: T; readonly atMs: number } | null = null;
  let failure: { readonly error: ProviderUnavailable; readonly atMs: number } | null = null;
  let pending: Promise<T> | null = null;

  /** Infinity where the clock was put back. */
  const age = (atMs: number): number => {
    const ms = clock.nowMs() - atMs;
    return ms < 0 ? Number.POSITIVE_INFINITY : ms;
  };
  const question = (): Promise<T> => {
    pending ??= ask()
      .then((value) => {
        known = { value, atMs: clock.nowMs() };
        failure = null;
        return value;
      })
      .catch((error: unknown) => {
        if (error instanceof ProviderUnavailable) failure = { error, atMs: clock.nowMs() };
        throw error;
      })
      .finally(() => {
        pending = null;
      });
    return pending;
  };
  const isDown = (): boolean => failure !== null && age(failure.atMs) < QUIET_MS;

  return {
    async get() {
      if (known && age(known.atMs) < FRESH_MS) return known.value;
      const last = known && age(known.atMs) < STALE_MS ? known.value : null;
      if (failure && isDown()) {
        if (last) return last;
        throw failure.error;
      }
      if (!last) return question();
      // Nobody waits for what is only to be renewed.
      question().catch(() => {});
      return last;
    },
    peek: () => known?.value ?? null,
    isDown,
  };
}
