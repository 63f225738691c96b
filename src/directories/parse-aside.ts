import { Worker } from 'node:worker_threads';
import { ConfigInvalid } from '../errors.ts';
import { workerFile } from '../lib/worker-file.ts';
import type { FileEntry } from './file-kind.ts';
import type { ParseAnswer, ParseTask } from './users-worker.ts';

/**
 * Parses a large users file on a thread of its own, as YAML takes its time: some 60 µs a user.
 * @throws ConfigInvalid as {@link parseUsers} does
 */
export async function parseAside(task: ParseTask): Promise<readonly FileEntry[]> {
  const worker = new Worker(workerFile(new URL('./users-worker.ts', import.meta.url)));
  try {
    return await new Promise<readonly FileEntry[]>((resolve, reject) => {
      const entries: FileEntry[] = [];
      worker.on('message', (answer: ParseAnswer) => {
        if (answer.kind === 'entries') entries.push(...answer.entries);
        else if (answer.kind === 'done') resolve(entries);
        else reject(new ConfigInvalid(answer.message));
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('the thread that parses a users file has ended')));
      worker.postMessage(task);
    });
  } finally {
    await worker.terminate();
  }
}
