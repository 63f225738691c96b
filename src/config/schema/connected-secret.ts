import * as z from 'zod';
import { file, Refused, text } from './values.ts';

/** HMAC-SHA256 wants a key of at least its own length (RFC 7518 §3.2), counted as the text is: bytes of UTF-8. */
const LEAST_SECRET_BYTES = 32;

/** What a client or a secret is called: Tableau's are UUIDs. No colon, as it stands in a `sub`. */
export const clientName = text(
  'name',
  (given) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(given)
      ? given
      : new Refused('is not an id; write 1 to 64 letters, digits, . _ and -, as a UUID'),
  { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
);

const secretText = text('text', (given) => {
  const fault = faultOfSecret(given);
  return fault === null ? given : new Refused(`${fault}; write another`);
});

/** What forbids a secret, in words that do not repeat it; `null`: nothing. */
export function faultOfSecret(given: string): string | null {
  if (given === '' || /\p{Cc}/u.test(given)) return 'is not a secret on one line';
  return Buffer.byteLength(given) < LEAST_SECRET_BYTES
    ? `is shorter than ${LEAST_SECRET_BYTES} bytes, so it could be guessed from a token`
    : null;
}

export const secret = z
  .strictObject({
    id: clientName.meta({
      description: 'What `kid` of a token says: by which secret it is signed.',
      examples: ['aaaabbbb-0000-4000-8000-000000000002'],
    }),
    value: secretText.optional().meta({
      description: `The secret itself, as text: at least ${LEAST_SECRET_BYTES} bytes, to the letter what the application signs by.`,
      examples: ['one-of-your-own-made-by-openssl-rand'],
      instead: true,
    }),
    value_file: file.optional().meta({
      description: 'A file with the secret on its one line, in place of `value`; read again when it changes.',
      examples: ['connected.secret'],
      derived: 'needed, unless there is `value`',
      needed: true,
    }),
  })
  .check(({ value, issues }) => {
    const isGiven = [value.value, value.value_file].filter((one) => one !== undefined).length;
    if (isGiven !== 1)
      issues.push({
        code: 'custom',
        message: isGiven === 0 ? 'has no secret; add value_file' : 'is given beside value; remove one of them',
        path: isGiven === 0 ? [] : ['value_file'],
        input: null,
      });
  });
