import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigInvalid } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { isCode } from '../lib/error-code.ts';
import { readText } from '../lib/read-text.ts';
import { checkPrivate } from '../lib/secret-file.ts';
import { createFile } from '../lib/write-file-atomic.ts';
import { madeLine, readKeyLines } from './key-lines.ts';

const KEY_BYTES = 32;
export const MOST_FILE_BYTES = 64 * 1024;

/** The keys of the installation, newest first: the first seals, all of them open. A KeyObject prints nothing of itself. */
export interface KeyRing {
  readonly keys: readonly [KeyObject, ...KeyObject[]];
  /** What is not wrong but not good either: one line each, `file: what; what to do`. */
  readonly warnings: readonly string[];
}

/** A key for one purpose. Neither it nor its name says anything of the key in the ring, or of a key for another purpose. */
export interface DerivedKey {
  /** Tells the keys of a purpose apart, as `kid` (RFC 7517 §4.5). */
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** A new key as it stands in a line of the file: 32 random bytes, base64url without padding (RFC 4648 §5). */
export const generateKey = (): string => randomBytes(KEY_BYTES).toString('base64url');

/** Reads a ring: one key a line, newest first; empty lines and `#` comments are passed over. Throws ConfigInvalid. */
export function loadKeyRing(file: string): KeyRing {
  const text = readText(file, 'key file', MOST_FILE_BYTES);
  const warning = checkPrivate(file);
  const [newest, ...older] = readKeyLines(text, file);
  const toKey = ({ key }: { key: string }): KeyObject => createSecretKey(key, 'base64url');
  return { keys: [toKey(newest), ...older.map(toKey)], warnings: warning === null ? [] : [warning] };
}

const HEAD = '# The keys of dashgate, newest first. Whoever has one can sign in as anybody.';

/**
 * Makes a ring of one new key, with mode 600 and on the disk when the call returns. Throws ConfigInvalid where it cannot.
 * @returns false where there is one already, be it of another start at the same time: that one stays
 */
export function createKeyRingFile(file: string, nowMs: number = systemClock.nowMs()): boolean {
  const text = `${HEAD}\n\n${madeLine(nowMs)}\n${generateKey()}\n`;
  try {
    return createFile(file, text);
  } catch (error) {
    const why = isCode(error, 'ENOENT') ? 'make its folder first' : 'make its folder writable for this user';
    throw new ConfigInvalid(`${file}: cannot be created; ${why}`, { cause: error });
  }
}

/**
 * One key for each in the ring, newest first, by HKDF-SHA256 (RFC 5869).
 * @param purpose - the info of the derivation, as `dashgate/session/v1`; never one that another use has
 */
export function deriveKeys({ keys }: Pick<KeyRing, 'keys'>, purpose: string): readonly DerivedKey[] {
  const derive = (key: KeyObject, info: string, bytes: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, NO_SALT, info, bytes));
  return keys.map((key) => ({
    // By another derivation than the key's: it stands in every token.
    kid: derive(key, `${purpose}/kid`, 9).toString('base64url'),
    key: derive(key, purpose, KEY_BYTES),
  }));
}

const NO_SALT = new Uint8Array();
