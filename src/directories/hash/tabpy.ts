import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** A hash of TabPy's password file: 128 hexadecimal digits, salted with the user name alone. */
export interface TabpyHash {
  readonly kind: 'tabpy';
  /** Lower case, as TabPy itself compares; where it is no hash that TabPy makes, nobody's password is right. */
  readonly text: string;
  /** The user name as the file spells it, in lower case: it is the salt. */
  readonly user: string;
}

const ROUNDS = 10_000;
const BYTES = 64;
const run = promisify(pbkdf2);

export const isTabpyHash = (text: string): boolean => /^[0-9a-f]{128}$/i.test(text);

const derive = (user: string, password: Uint8Array): Promise<Buffer> =>
  run(password, `_$salt@tabpy:${user.toLowerCase()}$_`, ROUNDS, BYTES, 'sha512');

/** PBKDF2-HMAC-SHA512 (RFC 8018 §5.2) with the parameters of TabPy 2.16, on a thread of its own, for about 5 ms. */
export const hashTabpy = async (user: string, password: Uint8Array): Promise<string> =>
  (await derive(user, password)).toString('hex');

/** Takes as long for a wrong password, and for a hash that is none, as for the right one. */
export async function verifyTabpy({ text, user }: TabpyHash, password: Uint8Array): Promise<boolean> {
  const found = await derive(user, password);
  return isTabpyHash(text) && timingSafeEqual(found, Buffer.from(text, 'hex'));
}

/** A hash of no password for a user name. */
export const tabpyDecoy = (user: string): TabpyHash => ({
  kind: 'tabpy',
  text: randomBytes(BYTES).toString('hex'),
  user,
});
