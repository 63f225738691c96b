import { hash } from 'node:crypto';

const ROUNDS = 1000;
const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** In which order the bytes of the digest are written, three at a time, and the one that is left. */
const GROUPS: readonly (readonly number[])[] = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]];

const md5 = (...parts: readonly Uint8Array[]): Buffer => hash('md5', Buffer.concat(parts), 'buffer');

/**
 * Apache's variant of the MD5-based crypt(3), which is written `$apr1$<salt>$<digest>`.
 * Runs for a millisecond and more: not on the thread that answers requests.
 * @returns the 22 characters behind the salt
 */
export function apr1Digest(password: Uint8Array, saltText: string): string {
  const salt = Buffer.from(saltText, 'latin1');
  const parts: Uint8Array[] = [password, Buffer.from('$apr1$'), salt];
  const inner = md5(password, salt, password);
  for (let left = password.length; left > 0; left -= inner.length) parts.push(inner.subarray(0, left));
  const zero = new Uint8Array(1);
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? zero : password.subarray(0, 1));
  let digest = md5(...parts);
  for (let round = 0; round < ROUNDS; round++) {
    const isOdd = round % 2 === 1;
    digest = md5(
      isOdd ? password : digest,
      round % 3 === 0 ? NOTHING : salt,
      round % 7 === 0 ? NOTHING : password,
      isOdd ? digest : password,
    );
  }
  return GROUPS.map((group) =>
    spell(
      group.reduce((sum, at) => sum * 256 + (digest[at] ?? 0), 0),
      group.length,
    ),
  ).join('');
}

const NOTHING = new Uint8Array();

/** Six bits a character, the lowest first: four for three bytes, two for one. */
const spell = (value: number, bytes: number): string =>
  Array.from({ length: bytes + 1 }, (_none, at) => ALPHABET[(value >> (6 * at)) & 63]).join('');
