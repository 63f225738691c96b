/** Told of what to do a moment later. A task may not throw. */
export type Later = (task: () => void) => void;

/**
 * Does what it is told together, at the end of this turn of the event loop. Answers that are written one right behind the other wake
 * whoever waits for them once; each written by itself, as soon as it is known, costs a wake-up of its own, which is more than a
 * check costs. None waits for more than what came in with it.
 */
export const createEndOfTurn = (): Later => createTogether((run) => setImmediate(run));

/** Gathers tasks, and does all of them when the first of them is due. */
export function createTogether(whenDue: (run: () => void) => void): Later {
  let tasks: (() => void)[] = [];
  const run = (): void => {
    const all = tasks;
    tasks = [];
    for (const task of all) task();
  };
  return (task) => {
    if (tasks.push(task) === 1) whenDue(run);
  };
}

/** At once. */
export const now: Later = (task) => task();
