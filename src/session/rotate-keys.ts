import { statSync } from 'node:fs';
import { ConfigInvalid } from '../errors.ts';
import { withFileLock } from '../lib/file-lock.ts';
import { readText } from '../lib/read-text.ts';
import { checkPrivate } from '../lib/secret-file.ts';
import { removeLeftovers, replaceFile } from '../lib/write-file-atomic.ts';
import { type KeyLine, MOST_KEYS, madeLine, readKeyLines } from './key-lines.ts';
import { generateKey, MOST_FILE_BYTES } from './key-ring.ts';

/** Until a running server has read the new ring, and for a clock that is set a little. */
const SLACK_MS = 600_000;

export interface RotateOptions {
  /** How long a key is kept after a newer one took its place: no shorter than what it sealed can live. Milliseconds. */
  readonly keepMs: number;
  readonly nowMs: number;
  /** Adds the new key so that it opens and does not seal yet: for several instances, which read the file at different times. */
  readonly standby?: boolean;
}

export interface Rotated {
  /** Keys that no longer seal and still open. */
  readonly kept: number;
  readonly retired: number;
}

/**
 * Puts a new key before all others of a ring, or the one that stands by, and takes out those that are no longer of use. A key without a time counts as
 * made when the file was written last, and is given that time. Whoever reads the file meanwhile sees it before or after; a
 * process that is killed leaves it as it was.
 * @throws ConfigInvalid where the file cannot be used or written; it is left as it is
 */
export async function rotateKeys(file: string, options: RotateOptions): Promise<Rotated> {
  // Before a lock is looked for beside a file that may not be there.
  readText(file, 'key file', MOST_FILE_BYTES);
  return withFileLock(file, async () => {
    const text = readText(file, 'key file', MOST_FILE_BYTES);
    checkPrivate(file);
    const { text: next, ...rotated } = rotateText(text, file, {
      ...options,
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
  const { keepMs, nowMs, writtenMs, standby = false } = options;
  const keys = readKeyLines(text, file);
  const waiting = standingBy(text, keys);
  if (standby && waiting)
    throw new ConfigInvalid(`${file}: a key stands by already; let it seal, by --rotate without --standby`);
  const madeMs = keys.map(({ made }) => made?.ms ?? writtenMs);
  /** When it ceased to seal: when the one above it was put there, or, in a file that was reordered, later. */
  const replacedMs = (at: number): number =>
    at === 0 ? nowMs : Math.max(madeMs[at - 1] ?? nowMs, madeMs[at] ?? nowMs);
  const retired = keys.filter((key, at) => key !== waiting?.key && nowMs - replacedMs(at) > keepMs + SLACK_MS);
  const kept = keys.length - retired.length;
  if (kept >= MOST_KEYS) {
    throw new ConfigInvalid(
      `${file}: has ${kept} keys that may have sealed sessions which are still alive, and a ring has at most ${MOST_KEYS}; rotate less often`,
    );
  }
  const taken = waiting ? [waiting.markAt, waiting.key.at, ...(waiting.key.made ? [waiting.key.made.at] : [])] : [];
  const gone = new Set([...taken, ...retired.flatMap(({ at, made }) => (made ? [at, made.at] : [at]))]);
  const first = keys[0].made?.at ?? keys[0].at;
  const undated = new Set(keys.filter(({ made }) => made === null).map(({ at }) => at));
  const end = text.includes('\r\n') ? '\r' : '';
  const lines = text.split('\n').flatMap((line, at) => {
    const added = [madeLine(nowMs), waiting?.key.key ?? generateKey()].map((each) => `${each}${end}`);
    const above = at === first && !standby ? added : [];
    const below = at === keys[0].at && standby ? [`${STANDBY}${end}`, ...added] : [];
    const dated = undated.has(at) ? [`${madeLine(writtenMs)}${end}`] : [];
    return [...above, ...(gone.has(at) ? [] : [...dated, line]), ...below];
  });
  return { text: lines.join('\n'), kept: kept - (waiting ? 1 : 0), retired: retired.length };
}

const STANDBY = '# standby: opens, and seals after the next --rotate';

/** The key below the mark of one that has not sealed yet. */
function standingBy(text: string, keys: readonly KeyLine[]): { markAt: number; key: KeyLine } | null {
  const markAt = text.split('\n').findIndex((line) => /^#\s*standby\b/.test(line.trim()));
  const key = markAt < 0 ? undefined : keys.find(({ at }) => at > markAt);
  return key ? { markAt, key } : null;
}
