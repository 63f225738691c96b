import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

const TASKS = '/proc/self/task';
/** A tenth of what a thread of usual priority gets where both want a core (sched(7)). */
const NICE = 10;

/**
 * Lets the threads that passwords are hashed on stand back behind the one that answers requests, so that a rush of passwords
 * takes only what is left of the machine. On Linux, where a thread has a priority of its own; elsewhere nothing happens.
 * @returns how many threads stand back now
 */
export async function lowerPoolPriority(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  // Reading a folder is work for that pool: with the answer, its threads are there.
  const threads = await readdir(TASKS).catch(() => []);
  const lowered = await Promise.all(
    threads.map(async (thread) => {
      try {
        if ((await readFile(`${TASKS}/${thread}/comm`, 'utf8')).trim() !== 'libuv-worker') return false;
        setPriority(Number(thread), NICE);
        return true;
      } catch {
        // A thread that has ended, or a system that forbids it: all goes on as it is.
        return false;
      }
    }),
  );
  return lowered.filter(Boolean).length;
}
