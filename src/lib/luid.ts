import { createHmac } from 'node:crypto';

/**
 * A UUID that a name always has: HMAC-SHA256 over the names, each with its length, in the form of RFC 9562 §5.8. Anybody who knows
 * the names can make it: it tells things apart, and is no secret.
 * @param space - within which the names mean something, as the public URL of an installation
 */
export function luidOf(space: string, ...names: readonly string[]): string {
  const digest = createHmac('sha256', `dashgate/luid/v1 ${space}`);
  for (const name of names) digest.update(`${name.length}:${name}`);
  const bytes = digest.digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
