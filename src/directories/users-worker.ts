import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { ConfigInvalid } from '../errors.ts';
import type { FileEntry } from './file-kind.ts';
import { parseUsers } from './users-yaml.ts';

export interface ParseTask {
  readonly text: string;
  readonly file: string;
  readonly source: string;
}

/** Entries come in portions, so that whoever takes them in can do something else between two. */
export type ParseAnswer =
  | { readonly kind: 'entries'; readonly entries: readonly FileEntry[] }
  | { readonly kind: 'invalid'; readonly message: string }
  | { readonly kind: 'done' };

const PORTION = 250;

// On Linux this is the thread alone (setpriority(2), BUGS); elsewhere it would be the whole process. Where cores are few, those
// who are signed in come first.
const NICE = 7;
if (process.platform === 'linux') setPriority(NICE);

parentPort?.once('message', ({ text, file, source }: ParseTask) => {
  const answer = (message: ParseAnswer): void => parentPort?.postMessage(message);
  try {
    const entries = parseUsers(text, file, source);
    for (let at = 0; at < entries.length; at += PORTION) {
      answer({ kind: 'entries', entries: entries.slice(at, at + PORTION) });
    }
    answer({ kind: 'done' });
  } catch (error) {
    if (!(error instanceof ConfigInvalid)) throw error;
    answer({ kind: 'invalid', message: error.message });
  }
});
