import { createHmac, timingSafeEqual } from 'node:crypto';

/** Of the secret, where there is one alone. */
const KEY_VERSION = 0;

/**
 * A signed value as Tornado's `create_signed_value` writes it, version 2: what `get_secure_cookie` takes.
 * @param name - of the cookie: it counts under no other
 * @param nowSec - seconds since the epoch
 */
export function signTornado(
  secret: string,
  name: string,
  value: string,
  nowSec: number,
  keyVersion = KEY_VERSION,
): string {
  const fields = [`${keyVersion}`, `${nowSec}`, name, Buffer.from(value, 'utf8').toString('base64')];
  const signed = `2|${fields.map((field) => `${Buffer.byteLength(field)}:${field}|`).join('')}`;
  return signed + createHmac('sha256', Buffer.from(secret, 'utf8')).update(signed).digest('hex');
}

/**
 * What such a value says, whenever it was signed.
 * @returns `null` where the secret did not sign it as {@link signTornado} does, for a cookie of that name
 */
export function readTornado(secret: string, name: string, signed: string): string | null {
  const [, version, time, value] = /^2\|\d+:(\d+)\|\d+:(\d+)\|\d+:[^|]*\|\d+:([^|]*)\|/.exec(signed) ?? [];
  if (version === undefined || time === undefined || value === undefined) return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const [given, ours] = [signed, signTornado(secret, name, text, Number(time), Number(version))].map(Buffer.from);
  return given && ours && given.length === ours.length && timingSafeEqual(given, ours) ? text : null;
}
