import { randomInt } from 'node:crypto';

/**
 * Makes refusals alike in time. A server spends on a wrong password what its hash costs, and on a name that it does not know
 * next to nothing, so that trying a password at a name of nobody's is not enough: each refusal is also held until a moment
 * that was fixed when the question came, and that nearly all answers about known users keep.
 */
export interface Pace {
  begin(): Turn;
}

export interface Turn {
  /** Tells that a password of a known user has been tried by now. */
  tried(): void;
  /** Resolves at the moment at which a refusal is told. */
  readonly due: Promise<void>;
  end(): void;
}

const LEAST_MS = 100;
const MOST_MS = 2000;
/** Added by chance: the work behind two answers still shows in some hundredths of a millisecond. */
const JITTER_MS = 5;
/** So many of the last answers are looked at, and so many of these may be later than the moment. */
const LAST = 64;
const LATE = 3;

export function createPace(): Pace {
  const last: number[] = [];
  let holdMs = LEAST_MS;
  const learn = (tookMs: number): void => {
    last.push(tookMs);
    if (last.length > LAST) last.shift();
    const slow = last.toSorted((a, b) => b - a)[Math.min(LATE, last.length - 1)] ?? 0;
    holdMs = Math.min(Math.max(Math.ceil(slow * 1.1), LEAST_MS), MOST_MS);
  };
  return {
    begin() {
      const beganMs = performance.now();
      const { promise, resolve } = Promise.withResolvers<void>();
      // Set before anything is asked: one that is set for what is left would be as exact as the answer was quick.
      const timer = setTimeout(resolve, holdMs + randomInt(JITTER_MS));
      return { due: promise, tried: () => learn(performance.now() - beganMs), end: () => clearTimeout(timer) };
    },
  };
}
