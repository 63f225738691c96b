import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { ConfigInvalid } from '../errors.ts';
import { isCode } from '../lib/error-code.ts';
import { readText } from '../lib/read-text.ts';
import { checkPrivate } from '../lib/secret-file.ts';
import { createFile } from '../lib/write-file-atomic.ts';

const KEY_BYTES = 32;
const MOST_KEYS = 32;
const MOST_FILE_BYTES = 64 * 1024;

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
  return { keys: parseKeys(text, file), warnings: warning === null ? [] : [warning] };
}

/**
 * Makes a ring of one new key, with mode 600 and on the disk when the call returns. Throws ConfigInvalid where it cannot.
 * @returns false where there is one already, be it of another start at the same time: that one stays
 */
export function createKeyRingFile(file: string): boolean {
  const text = `# The keys of dashgate, newest first. Whoever has one can sign in as anybody.\n${generateKey()}\n`;
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

function parseKeys(text: string, file: string): KeyRing['keys'] {
  const seen = new Map<string, number>();
  for (const [at, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const fail = (what: string): never => {
      throw new ConfigInvalid(`${file}:${at + 1}: ${what}`);
    };
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
    if (seen.size === MOST_KEYS)
      fail(`is one key too many: a ring has at most ${MOST_KEYS}; remove the oldest, at the end`);
    seen.set(line, at + 1);
  }
  const [newest, ...older] = [...seen.keys()].map((line) => createSecretKey(line, 'base64url'));
  if (!newest) throw new ConfigInvalid(`${file}: has no key in it; add one made by "dashgate secret"`);
  return [newest, ...older];
}
