import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createKeyedDigest } from './keyed-digest.ts';

const KEY = '0123456789abcdef'.repeat(4);

it('is the HMAC that everybody else makes', () => {
  const digest = createKeyedDigest(Buffer.from(KEY));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      fc.pre(text.isWellFormed());
      expect(digest(text)).toBe(createHmac('sha256', KEY).update(text).digest('binary'));
    }),
  );
});

it('has a key of its own each time', () => {
  expect(createKeyedDigest()('mica')).not.toBe(createKeyedDigest()('mica'));
});

it.each([new Uint8Array(32), new Uint8Array(64).fill(0x80)])('takes no key that would be read otherwise', (key) => {
  expect(() => createKeyedDigest(key)).toThrow(TypeError);
});
