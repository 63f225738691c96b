import { ConfigInvalid } from '../errors.ts';

const KEY_BYTES = 32;
export const MOST_KEYS = 32;

/** A key as it stands in the file. */
export interface KeyLine {
  /** 32 bytes, base64url without padding. */
  readonly key: string;
  /** Of its line, from 0. */
  readonly at: number;
  /** What the last `# made` above it says; `null`: there is none since the key before it. */
  readonly made: { readonly at: number; readonly ms: number } | null;
}

/** The comment that says how old the key below it is. */
export const madeLine = (ms: number): string => `# made ${new Date(ms).toISOString()}`;

/**
 * Finds the keys in the text of a ring, newest first; empty lines and `#` comments are passed over.
 * @throws ConfigInvalid, with the line and without the key
 */
export function readKeyLines(text: string, file: string): readonly [KeyLine, ...KeyLine[]] {
  const seen = new Map<string, number>();
  const keys: KeyLine[] = [];
  let made: KeyLine['made'] = null;
  for (const [at, written] of text.split('\n').entries()) {
    const line = written.trim();
    const fail = (what: string): never => {
      throw new ConfigInvalid(`${file}:${at + 1}: ${what}`);
    };
    if (line === '') continue;
    if (line.startsWith('#')) {
      const ms = readMade(line);
      if (Number.isNaN(ms)) fail('is not a time; write it as in "# made 2026-11-22T09:30:00Z", or remove the line');
      if (ms !== null) made = { at, ms };
      continue;
    }
    const bytes = Buffer.from(line, 'base64url');
    // Compared with what the bytes would be written as: the decoder passes over what it does not know.
    if (bytes.toString('base64url') !== line)
      fail('is not a key: base64url without padding; make one by "dashgate secret"');
    if (bytes.length !== KEY_BYTES) {
      fail(
        `is a key of ${bytes.length} bytes instead of ${KEY_BYTES}, perhaps half-written; make one by "dashgate secret"`,
      );
    }
    if (new Set(bytes).size < 8) fail('is a key that nobody drew at random; make one by "dashgate secret"');
    const before = seen.get(line);
    if (before !== undefined) fail(`is the same key as in line ${before}; remove one of them`);
    if (keys.length === MOST_KEYS)
      fail(`is one key too many: a ring has at most ${MOST_KEYS}; remove the oldest, at the end`);
    seen.set(line, at + 1);
    keys.push({ key: line, at, made });
    made = null;
  }
  const [newest, ...older] = keys;
  if (!newest) throw new ConfigInvalid(`${file}: has no key in it; add one made by "dashgate secret"`);
  return [newest, ...older];
}

/** @returns `null` for another comment, NaN for one that begins so and is no time */
function readMade(line: string): number | null {
  const [, written] = /^#\s*made\s+(\d\S*)$/.exec(line) ?? [];
  return written === undefined ? null : Date.parse(written);
}
