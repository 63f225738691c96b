import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { DirectoryUnavailable } from '../../errors.ts';
import { workerFile } from '../../lib/worker-file.ts';
import type { Apr1Task } from './apr1-worker.ts';

/** Apache's MD5 hash, which `htpasswd` writes by default. */
export interface Apr1Hash {
  readonly kind: 'apr1';
  readonly text: string;
}

const SHAPE = /^\$apr1\$([./0-9A-Za-z]{1,8})\$([./0-9A-Za-z]{21}[./01])$/;

/** @returns the hash, or what is wrong with it and what to do, in words that do not repeat it */
export const parseApr1 = (text: string): Apr1Hash | string =>
  SHAPE.test(text) ? { kind: 'apr1', text } : 'is an $apr1$ hash that is cut short or damaged; set the password again';

/** Takes as long for a wrong password as for the right one. */
export async function verifyApr1({ text }: Apr1Hash, password: Uint8Array): Promise<boolean> {
  const [, salt = '', digest = ''] = SHAPE.exec(text) ?? [];
  return timingSafeEqual(Buffer.from(await digestAside(password, salt)), Buffer.from(digest));
}

/** A hash of no password that costs as much to check. */
export function apr1Decoy(): Apr1Hash {
  const random = randomBytes(15).toString('hex');
  return { kind: 'apr1', text: `$apr1$${random.slice(0, 8)}$${random.slice(8, 29)}.` };
}

let worker: Worker | null = null;
let lastId = 0;
const underWay = new Map<number, PromiseWithResolvers<string>>();

/** By one thread for the whole process, which is begun with the first such hash and keeps no process alive. */
function digestAside(password: Uint8Array, salt: string): Promise<string> {
  const answer = Promise.withResolvers<string>();
  const id = ++lastId;
  underWay.set(id, answer);
  worker ??= begin();
  worker.ref();
  worker.postMessage({ id, password, salt } satisfies Apr1Task);
  return answer.promise;
}

function begin(): Worker {
  const begun = new Worker(workerFile(new URL('./apr1-worker.ts', import.meta.url)));
  begun.on('message', ({ id, digest }: { id: number; digest: string }) => {
    underWay.get(id)?.resolve(digest);
    underWay.delete(id);
    if (underWay.size === 0) begun.unref();
  });
  const end = (cause?: unknown): void => {
    if (worker === begun) worker = null;
    for (const { reject } of underWay.values()) {
      reject(new DirectoryUnavailable('the thread that checks $apr1$ hashes has ended', { cause }));
    }
    underWay.clear();
  };
  begun.on('error', end);
  begun.on('exit', () => end());
  return begun;
}
