import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Of a token that a person made. */
const PERSONAL = 'dgp_';
/** Of one that a client of an API was given as it signed in. */
export const API = 'dgt_';
type Prefix = typeof PERSONAL | typeof API;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_BYTES = 32;
/** 256 and 32 bits in digits of base 62. */
const SECRET_DIGITS = 43;
const CHECK_DIGITS = 6;
const ID_DIGITS = 20;
const FORMAT = new RegExp(`^[${DIGITS}]{${SECRET_DIGITS + CHECK_DIGITS}}$`);

/**
 * A new token: a prefix by which scanners of secrets know it, 256 random bits, and a CRC-32 of what stands before, so that one
 * which was cut or mistyped is told apart without being looked for. Letters and digits only: a double click takes all of it.
 */
export function createToken(prefix: Prefix = PERSONAL): string {
  const secret = inBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_DIGITS);
  return prefix + secret + checkOf(prefix + secret);
}

/** Whether a text can be a token of ours. */
export const isToken = (text: string, prefix: Prefix = PERSONAL): boolean =>
  text.startsWith(prefix) &&
  FORMAT.test(text.slice(prefix.length)) &&
  checkOf(text.slice(0, -CHECK_DIGITS)) === text.slice(-CHECK_DIGITS);

/** Whether a text says that it is one, right or wrong. */
export const claimsToBeToken = (text: string): boolean => text.startsWith(PERSONAL);

/** By which it is kept. A digest without salt and cost is enough: 256 random bits cannot be guessed, as a password can. */
export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** What it is called by in lists, logs and commands. It says nothing of the token. */
export const idOf = (hash: string): string => hash.slice(0, ID_DIGITS);

const checkOf = (text: string): string => inBase62(BigInt(crc32(text)), CHECK_DIGITS);

function inBase62(value: bigint, digits: number): string {
  let text = '';
  for (let left = value; text.length < digits; left /= 62n) text = (DIGITS[Number(left % 62n)] ?? '') + text;
  return text;
}
