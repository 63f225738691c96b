import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A password that stands in its file as it is. Kept as one round of SHA-256, so that it is in memory only while it is read. */
export interface PlainHash {
  readonly kind: 'plain';
  readonly text: string;
}

const digestOf = (password: Uint8Array): Buffer => createHash('sha256').update(password).digest();

export const plainHash = (password: Uint8Array): PlainHash => ({
  kind: 'plain',
  text: digestOf(password).toString('base64'),
});

/** In the same time wherever they differ. So cheap that it needs no thread of its own. */
export const verifyPlain = ({ text }: PlainHash, password: Uint8Array): boolean =>
  timingSafeEqual(digestOf(password), Buffer.from(text, 'base64'));

/** Of no password. */
export const plainDecoy = (): PlainHash => ({ kind: 'plain', text: randomBytes(32).toString('base64') });
