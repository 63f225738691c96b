import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const IV_BYTES = 16;
const MAC_BYTES = 32;
/** Version, time and IV. */
const HEAD_BYTES = 1 + 8 + IV_BYTES;
const VERSION = 0x80;

/** A new Fernet key, as Python's `cryptography` makes them: 32 bytes, base64url with padding. */
export const createFernetKey = (): string => padded(randomBytes(KEY_BYTES));

/** The bytes of such a key; `null` where a text is none. */
export function readFernetKey(text: string): Uint8Array | null {
  const key = Buffer.from(text, 'base64url');
  return key.length === KEY_BYTES && padded(key) === text ? key : null;
}

/**
 * A Fernet token (github.com/fernet/spec): AES-128-CBC under the second half of the key, then HMAC-SHA256 under the first.
 * @param nowSec - seconds since the epoch
 * @param iv - 16 bytes that are used once
 */
export function sealFernet(
  key: Uint8Array,
  text: string,
  nowSec: number,
  iv: Uint8Array = randomBytes(IV_BYTES),
): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(nowSec));
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const body = Buffer.concat([Buffer.of(VERSION), time, iv, cipher.update(text, 'utf8'), cipher.final()]);
  return padded(Buffer.concat([body, createHmac('sha256', key.subarray(0, 16)).update(body).digest()]));
}

/** Its text, whenever it was sealed; `null` where this key did not seal it. */
export function openFernet(key: Uint8Array, token: string): string | null {
  const bytes = Buffer.from(token, 'base64url');
  const [body, mac] = [bytes.subarray(0, -MAC_BYTES), bytes.subarray(-MAC_BYTES)];
  const ours = createHmac('sha256', key.subarray(0, 16)).update(body).digest();
  if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, ours) || body.length < HEAD_BYTES || body[0] !== VERSION)
    return null;
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), body.subarray(HEAD_BYTES - IV_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(body.subarray(HEAD_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

const padded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
