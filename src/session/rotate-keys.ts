import { statSync } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';
import { withFileLock } from '../lib/file-lock.ts';
import { readText } from '../lib/read-text.ts';
import { checkPrivate } from '../lib/secret-file.ts';
import { removeLeftovers, replaceFile } from '../lib/write-file-atomic.ts';
import { MOST_KEYS, madeLine, readKeyLines } from './key-lines.ts';
import { generateKey, MOST_FILE_BYTES } from './key-ring.ts';

/** Until a running server has read the new ring, and for a clock that is set a little. */
const SLACK_MS = 600_000;

export interface RotateOptions {
  /** How long a key is kept after a newer one took its place: no shorter than what it sealed can live. Milliseconds. */
  readonly keepMs: number;
  readonly nowMs: number;
}

export interface Rotated {
  /** Keys that no longer seal and still open. */
  readonly kept: number;
  readonly retired: number;
}

/**
 * Puts a new key before all others of a ring, and takes out those that are no longer of use. A key without a time counts as
 * made when the file was written last, and is given that time. Whoever reads the file meanwhile sees it before or after; a
 * process that is killed leaves it as it was.
 * @throws ConfigInvalid where the file cannot be used or written; it is left as it is
 */
export async function rotateKeys(file: string, { keepMs, nowMs }: RotateOptions): Promise<Rotated> {
  // Before a lock is looked for beside a file that may not be there.
  readText(file, 'key file', MOST_FILE_BYTES);
  return withFileLock(file, async () => {
    const text = readText(file, 'key file', MOST_FILE_BYTES);
    checkPrivate(file);
    const { text: next, ...rotated } = rotateText(text, file, {
      keepMs,
      nowMs,
      writtenMs: Math.floor(statSync(file).mtimeMs),
    });
    // What a server would refuse is not written.
    readKeyLines(next, file);
    try {
      removeLeftovers(file);
      replaceFile(file, next);
    } catch (error) {
      if (error instanceof ConfigInvalid) throw error;
      throw new ConfigInvalid(`${file}: cannot be written; make it and its folder writable for this user`, {
        cause: error,
      });
    }
    return rotated;
  });
}

interface TextOptions extends RotateOptions {
  /** When the file was written last. */
  readonly writtenMs: number;
}

function rotateText(text: string, file: string, options: TextOptions): Rotated & { readonly text: string } {
  const { keepMs, nowMs, writtenMs } = options;
  const keys = readKeyLines(text, file);
  const madeMs = keys.map(({ made }) => made?.ms ?? writtenMs);
  /** When it ceased to seal: when the one above it was put there, or, in a file that was reordered, later. */
  const replacedMs = (at: number): number =>
    at === 0 ? nowMs : Math.max(madeMs[at - 1] ?? nowMs, madeMs[at] ?? nowMs);
  const retired = keys.filter((_key, at) => nowMs - replacedMs(at) > keepMs + SLACK_MS);
  const kept = keys.length - retired.length;
  if (kept >= MOST_KEYS) {
    throw new ConfigInvalid(
      `${file}: has ${kept} keys that may have sealed sessions which are still alive, and a ring has at most ${MOST_KEYS}; rotate less often`,
    );
  }
  const gone = new Set(retired.flatMap(({ at, made }) => (made ? [at, made.at] : [at])));
  const first = keys[0].made?.at ?? keys[0].at;
  const undated = new Set(keys.filter(({ made }) => made === null).map(({ at }) => at));
  const end = text.includes('\r\n') ? '\r' : '';
  const lines = text.split('\n').flatMap((line, at) => {
    const above = at === first ? [`${madeLine(nowMs)}${end}`, `${generateKey()}${end}`] : [];
    const dated = undated.has(at) ? [`${madeLine(writtenMs)}${end}`] : [];
    return [...above, ...(gone.has(at) ? [] : [...dated, line])];
  });
  return { text: lines.join('\n'), kept, retired: retired.length };
}
