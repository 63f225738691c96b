/** Where time comes from: handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** Whole seconds since the epoch (RFC 7519 NumericDate). */
export const nowSec = (clock: Clock): number => Math.floor(clock.nowMs() / 1000);
