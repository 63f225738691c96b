import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';

export interface WatchOptions {
  readonly intervalMs?: number;
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
  { intervalMs = 300 }: WatchOptions,
  onChange: () => void,
): () => void {
  const files = typeof paths === 'string' ? [paths] : paths;
  let told = files.map(markNow).join('\n');
  let before = told;
  let closed = false;
  let timer: NodeJS.Timeout;

  const look = async (): Promise<void> => {
    const marks = await Promise.all(files.map(mark));
    if (closed) return;
    const now = marks.join('\n');
    const isStill = now === before;
    before = now;
    timer = setTimeout(look, intervalMs).unref();
    if (!isStill || now === told || marks.includes(MISSING)) return;
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
