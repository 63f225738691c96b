import { createHmac } from 'node:crypto';

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
