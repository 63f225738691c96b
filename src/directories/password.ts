import { randomInt } from 'node:crypto';

/** In bytes of UTF-8. Longer ones are refused rather than cut: a cut password would be right with any ending. */
const LONGEST = 1024;

/**
 * What is hashed of a password: its Unicode NFC form in UTF-8 (RFC 8265 §4.2.2), so that it is the same from every
 * keyboard. Nothing is trimmed or folded.
 * @returns `null` for what can be nobody's password: an empty one, one of more than 1024 bytes, or one with a NUL
 */
export function passwordBytes(password: string): Uint8Array | null {
  // The normal form of a text this long has more than 1024 bytes, whatever it is made of.
  return password.length > 3 * LONGEST ? null : rawPasswordBytes(password.normalize('NFC'));
}

/**
 * What other programs hash of a password: its UTF-8 as it came.
 * @returns `null` for what can be nobody's password: an empty one, one of more than 1024 bytes, or one with a NUL, where some
 * of these programs would have stopped reading
 */
export function rawPasswordBytes(password: string): Uint8Array | null {
  if (password === '' || password.length > LONGEST || password.includes('\0')) return null;
  const bytes = Buffer.from(password, 'utf8');
  return bytes.length <= LONGEST ? bytes : null;
}

/** Letters and digits that are not taken for one another. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password that nobody guesses (99 bits) and that can be copied, read out and typed: four groups of five. */
export function makePassword(): string {
  const group = (): string => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}
