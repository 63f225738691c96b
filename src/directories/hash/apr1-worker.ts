import { parentPort } from 'node:worker_threads';
import { apr1Digest } from './apr1-digest.ts';

export interface Apr1Task {
  readonly id: number;
  readonly password: Uint8Array;
  readonly salt: string;
}

parentPort?.on('message', ({ id, password, salt }: Apr1Task) => {
  parentPort?.postMessage({ id, digest: apr1Digest(password, salt) });
});
