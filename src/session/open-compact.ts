import { createDecipheriv } from 'node:crypto';
import type { DerivedKey } from './key-ring.ts';

/** What {@link openCompact} takes, and what a token is sealed with. */
export const headerOf = ({ kid }: DerivedKey) => ({ alg: 'dir', enc: 'A256GCM', kid }) as const;

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens a compact JWE (RFC 7516 §7.1) by node:crypto, some twenty times as fast as jose, which seals it and is what the tests compare
 * this with. Takes less than jose does: the protected header has to be the one that we write, to the letter, so nothing in a token
 * chooses how it is read. (RFC 7518 §4.5 `dir`: no encrypted key; §5.3 AES-GCM: 96 bits of IV, 128 of tag.)
 * @returns `null` if no key of the ring sealed it
 */
export function openCompact(token: string, keys: readonly DerivedKey[]): Buffer | null {
  const parts = token.split('.', 6);
  const [header = '', encryptedKey, ...rest] = parts;
  const [iv, ciphertext, tag] = rest.map(decode);
  const key = keys.find((each) => header === encode(JSON.stringify(headerOf(each))));
  if (parts.length !== 5 || encryptedKey !== '' || !key || !ciphertext) return null;
  if (iv?.length !== IV_BYTES || tag?.length !== TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key.key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(header, 'ascii')).setAuthTag(tag);
  const opened = decipher.update(ciphertext);
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    return null;
  }
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');

/** @returns `null` for what is not written as these bytes are: no two texts are one token (RFC 4648 §3.5) */
function decode(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}
