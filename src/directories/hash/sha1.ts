import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** `{SHA}` and base64: one round of SHA-1 without a salt, as `htpasswd -s` writes it. */
export interface Sha1Hash {
  readonly kind: 'sha1';
  readonly text: string;
}

/** @returns the hash, or what is wrong with it and what to do, in words that do not repeat it */
export function parseSha1(text: string): Sha1Hash | string {
  const digest = text.slice('{SHA}'.length);
  const bytes = Buffer.from(digest, 'base64');
  if (bytes.length === 20 && bytes.toString('base64') === digest) return { kind: 'sha1', text };
  return 'is a {SHA} hash that is cut short or damaged; set the password again';
}

/** So cheap that it needs no thread of its own. */
export function verifySha1({ text }: Sha1Hash, password: Uint8Array): boolean {
  const wanted = Buffer.from(text.slice('{SHA}'.length), 'base64');
  return timingSafeEqual(createHash('sha1').update(password).digest(), wanted);
}

/** A hash of no password that costs as much to check. */
export const sha1Decoy = (): Sha1Hash => ({ kind: 'sha1', text: `{SHA}${randomBytes(20).toString('base64')}` });
