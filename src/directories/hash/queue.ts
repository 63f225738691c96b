import { HashQueueFull } from '../../errors.ts';

export interface HashQueueOptions {
  /** How many run at once: each holds the memory that its hash asks for, and one thread of four. */
  readonly concurrency?: number;
  readonly maxWaiting?: number;
}

/** Where password hashes wait their turn, first come first served, so that a rush of logins cannot take the machine. */
export interface HashQueue {
  /** Throws HashQueueFull at once where too many wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** How many wait now, those that run not counted. */
  readonly waiting: number;
  /** How many run now. */
  readonly running: number;
}

export function createHashQueue({ concurrency = 2, maxWaiting = 64 }: HashQueueOptions = {}): HashQueue {
  const waiters: (() => void)[] = [];
  let running = 0;

  const turn = async (): Promise<void> => {
    if (running < concurrency) {
      running++;
      return;
    }
    if (waiters.length >= maxWaiting) throw new HashQueueFull(`${maxWaiting} passwords wait to be checked already`);
    // Whoever ends hands its place on, so `running` stays as it is.
    await new Promise<void>((resolve) => waiters.push(resolve));
  };

  const done = (): void => {
    const next = waiters.shift();
    if (next) next();
    else running--;
  };

  return {
    async run(task) {
      await turn();
      try {
        return await task();
      } finally {
        done();
      }
    },
    get waiting() {
      return waiters.length;
    },
    get running() {
      return running;
    },
  };
}
