import { describe, expect, it } from 'vitest';
import { apr1Decoy, parseApr1 } from './apr1.ts';
import { apr1Digest } from './apr1-digest.ts';
import { argon2Like } from './argon2.ts';
import { bcryptLike, parseBcrypt } from './bcrypt.ts';
import { decoyLike, isWeak, type PasswordHash, verifyPassword } from './password-hash.ts';
import { parseSha1, sha1Decoy } from './sha1.ts';
import { tabpyDecoy } from './tabpy.ts';

const ONE_OF_EACH: readonly PasswordHash[] = [
  argon2Like({ cost: { m: 8, t: 1, p: 1 }, saltBytes: 16, digestBytes: 32 }),
  bcryptLike({ cost: 4 }),
  apr1Decoy(),
  sha1Decoy(),
  tabpyDecoy('mica'),
];

describe('a hash of another program', () => {
  // By `openssl passwd -apr1 -salt …`.
  it.each([
    ['', 'a', 'lsAcX0kKaMIVmrCtUuk5b0'],
    ['abc', '12345678', '645h6VqFNJnFRjqOSiKm60'],
    ['x'.repeat(17), 'abcdefgh', 'nEC.roMonfRVEvk1l1rnA/'],
    ['pä:ss', './aZ', 'pWVx.TJgj4hVdMMPy9Yz31'],
    ['y'.repeat(200), 'q', 'Fa1njIFPMZ3.aEq8jYWC5.'],
  ])('of kind apr1, for %j and the salt %s', (password, salt, digest) => {
    expect(apr1Digest(Buffer.from(password), salt)).toBe(digest);
  });

  it.each(ONE_OF_EACH.map((hash) => [hash.kind, hash] as const))(
    'of kind %s has a decoy of its kind and cost, which no password fits',
    async (_kind, hash) => {
      const decoy = decoyLike(hash, 'nobody');
      expect(decoy.text).not.toBe(hash.text);
      expect(decoy.text).toHaveLength(hash.text.length);
      expect(Object.keys(decoy)).toEqual(Object.keys(hash));
      if (hash.kind === 'bcrypt') expect(parseBcrypt(decoy.text)).toEqual(decoy);
      if (hash.kind === 'apr1') expect(parseApr1(decoy.text)).toEqual(decoy);
      if (hash.kind === 'sha1') expect(parseSha1(decoy.text)).toEqual(decoy);
      for (const password of ['', 'x', 'x'.repeat(2000)]) {
        await expect(verifyPassword(decoy, password)).resolves.toBe(false);
      }
    },
  );

  it('is weak where whoever reads the file guesses fast', () => {
    expect(ONE_OF_EACH.map((hash) => [hash.kind, isWeak(hash)])).toEqual([
      ['argon2id', true],
      ['bcrypt', true],
      ['apr1', true],
      ['sha1', true],
      ['tabpy', false],
    ]);
    expect(isWeak(bcryptLike({ cost: 10 }))).toBe(false);
  });

  it('of kind apr1 is checked beside the thread that answers', async () => {
    const hash = parseApr1(`$apr1$12345678$${apr1Digest(Buffer.from('abc'), '12345678')}`);
    if (typeof hash === 'string') throw new Error(hash);
    const checks = Array.from({ length: 20 }, (_none, at) => verifyPassword(hash, at === 7 ? 'abc' : `abc${at}`));
    expect((await Promise.all(checks)).indexOf(true)).toBe(7);
  });
});
