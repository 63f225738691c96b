import { createHmac, sign } from 'node:crypto';
import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { type AssertionKey, keysFrom } from './assertion-key.ts';

const seeds = fc.record({
  kid: fc.stringMatching(/^[\w-]{12}$/),
  key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const body = (header: object): string => `${part(header)}.${part({ aud: 'sales', exp: 4_000_000_000 })}`;
const keySet = (keys: readonly AssertionKey[]) =>
  createLocalJWKSet({ keys: keys.map(({ published }) => ({ kty: '', ...published })) });
const accepted = (token: string, keys: readonly AssertionKey[]): Promise<boolean> =>
  jwtVerify(token, keySet(keys)).then(
    () => true,
    () => false,
  );
/** What any of the keys would sign, whatever its algorithm is called. */
const signedBy = ({ key, algorithm }: AssertionKey, head: object): string => {
  const text = body(head);
  const how = algorithm === 'ES256' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
  return `${text}.${sign(algorithm === 'ES256' ? 'sha256' : null, Buffer.from(text), how).toString('base64url')}`;
};

it('every seed gives a key an algorithm, the same each time, published without its secret half', () =>
  fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const keys = keysFrom(seed);
      expect(keys.map(({ published: { kty, crv, alg, use } }) => [kty, crv, alg, use])).toEqual([
        ['OKP', 'Ed25519', 'EdDSA', 'sig'],
        ['EC', 'P-256', 'ES256', 'sig'],
      ]);
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(2);
      expect(keysFrom(seed).map(({ published }) => published)).toEqual(keys.map(({ published }) => published));
      for (const { key, kid, algorithm, published } of keys) {
        expect(Object.keys(published)).not.toContain('d');
        expect(published.kid).toBe(kid);
        const { d = '' } = key.export({ format: 'jwk' });
        expect(JSON.stringify(published)).not.toContain(d);
        expect(await accepted(signedBy({ key, kid, algorithm, published }, { alg: algorithm, kid }), keys)).toBe(true);
      }
    }),
    { numRuns: 40 },
  ));

it('no key’s signature counts under another algorithm, another key’s name, or none, nor a public key as a secret', () =>
  fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const keys = keysFrom(seed);
      for (const mine of keys) {
        for (const alg of ['EdDSA', 'ES256', 'ES384', 'RS256', 'HS256', 'none']) {
          for (const { kid } of keys) {
            if (alg === mine.algorithm && kid === mine.kid) continue;
            expect(await accepted(signedBy(mine, { alg, kid }), keys), `${alg} ${kid}`).toBe(false);
          }
        }
        for (const { kid, key, published } of keys) {
          const text = body({ alg: 'HS256', kid });
          for (const secret of [
            published.x ?? '',
            Buffer.from(published.x ?? '', 'base64url'),
            JSON.stringify(published),
          ])
            expect(
              await accepted(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`, keys),
            ).toBe(false);
          expect(await accepted(`${body({ alg: 'none', kid })}.`, keys)).toBe(false);
          // A name that is left out leads to the one key of that algorithm, and to no other.
          expect(await accepted(signedBy(mine, { alg: key === mine.key ? 'HS256' : 'none' }), keys)).toBe(false);
        }
      }
    }),
    { numRuns: 15 },
  ));

it('a scalar of P-256 is what FIPS 186-5 §A.2.1 makes of the seed', () => {
  const [, es256] = keysFrom({ kid: 'k', key: Buffer.alloc(32, 7) });
  expect(es256?.kid).toBe('k-es256');
  expect(es256?.published).toMatchObject(KNOWN);
});

/** Reckoned apart from this code, by Python: HKDF, 48 bytes, mod (n - 1), + 1. */
const KNOWN = { x: 'nRswPj6iIBfwQ32xjR1WRTSnQn9UN2xOdKmFl0SScV0', y: 'SmW2oEt-3vixw12LgitM--zexCuQTXps6h_gropNJUs' };
