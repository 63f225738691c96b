import type { Later } from './end-of-turn.ts';

/**
 * Does what it is told together, when so much time has passed since the first of it.
 * @param ms - milliseconds
 */
export function createInAWhile(ms: number): Later {
  let tasks: (() => void)[] = [];
  const run = (): void => {
    const all = tasks;
    tasks = [];
    for (const task of all) task();
  };
  return (task) => {
    if (tasks.push(task) === 1) setTimeout(run, ms);
  };
}
