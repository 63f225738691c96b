import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface WatchOptions {
  readonly intervalMs?: number;
  /** Told once of files that were there and have been missing for one interval. */
  readonly onGone?: (files: readonly string[]) => void;
  /** Told of those that are there again; before `onChange`, where they are others than before. */
  readonly onBack?: (files: readonly string[]) => void;
}

/**
 * Calls back when one of the files is another than before: written in place, renamed over, or behind a symlink that was
 * swapped. Asks the file system again and again, as its events come from neither a network mount nor a mounted secret. A
 * change is told of only once it has stood still for one interval, so that no half-written file is read; one that is
 * missing is waited for.
 *
 * Watch first and read then: what changes between the two is told of. `onChange` has to deal with its own errors.
 * @returns what ends it; a watch keeps no process alive
 */
export function watchFile(
  paths: string | readonly string[],
  { intervalMs = 300, onGone, onBack }: WatchOptions,
  onChange: () => void,
): () => void {
  const files = typeof paths === 'string' ? [paths] : paths;
  const first = files.map(markNow);
  let told = first.join('\n');
  let before = told;
  let missing = new Set(files.filter((_, i) => first[i] === MISSING));
  let closed = false;
  let timer: NodeJS.Timeout;

  const look = async (): Promise<void> => {
    const marks = await Promise.all(files.map(mark));
    if (closed) return;
    const now = marks.join('\n');
    const isStill = now === before;
    before = now;
    timer = setTimeout(look, intervalMs).unref();
    if (!isStill) return;
    const gone = new Set(files.filter((_, i) => marks[i] === MISSING));
    const [lost, found] = [
      [...gone].filter((file) => !missing.has(file)),
      [...missing].filter((file) => !gone.has(file)),
    ];
    missing = gone;
    if (lost.length > 0) onGone?.(lost);
    if (found.length > 0) onBack?.(found);
    if (now === told || gone.size > 0) return;
    told = now;
    onChange();
  };

  timer = setTimeout(look, intervalMs).unref();
  return () => {
    closed = true;
    clearTimeout(timer);
  };
}

const MISSING = 'missing';

interface Marks {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

const spell = ({ dev, ino, size, mtimeNs }: Marks): string => `${dev}:${ino}:${size}:${mtimeNs}`;

/** What cannot be looked at counts as missing: reading it would fail as well. */
const mark = (file: string): Promise<string> => stat(file, { bigint: true }).then(spell, () => MISSING);

function markNow(file: string): string {
  try {
    return spell(statSync(file, { bigint: true }));
  } catch {
    return MISSING;
  }
}
