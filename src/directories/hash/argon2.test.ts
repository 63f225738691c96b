import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argon2Like, COST, hashArgon2, isWeakArgon2, parseArgon2, verifyArgon2 } from './argon2.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const SALT = Buffer.alloc(16, 1).toString('base64').replace(/=+$/, '');
const DIGEST = Buffer.alloc(32, 2).toString('base64').replace(/=+$/, '');
const phc = (head: string, salt = SALT, digest = DIGEST): string => `$argon2id$v=19$${head}$${salt}$${digest}`;

describe('argon2id hashes', () => {
  it('are made with the parameters of OWASP, salted, and match their password only', async () => {
    const [one, two] = await Promise.all([hashArgon2(bytes('gute Nacht')), hashArgon2(bytes('gute Nacht'))]);
    expect(one).not.toBe(two);
    const hash = parseArgon2(one);
    if (typeof hash === 'string') throw new Error(hash);
    expect(hash.cost).toEqual(COST);
    expect(isWeakArgon2(hash)).toBe(false);
    expect(await verifyArgon2(hash, bytes('gute Nacht'))).toBe(true);
    expect(await verifyArgon2(hash, bytes('gute nacht'))).toBe(false);
  });

  it.each([
    ['a plain password', '1234'],
    ['nothing', ''],
    ['bcrypt', '$2b$10$abcdefghijklmnopqrstuv'],
    ['argon2i', phc('m=19456,t=2,p=1').replace('argon2id', 'argon2i')],
    ['an old version', phc('m=19456,t=2,p=1').replace('v=19', 'v=16')],
    ['a salt too short', phc('m=19456,t=2,p=1', 'AAAA')],
    ['a digest cut short', phc('m=19456,t=2,p=1', SALT, DIGEST.slice(0, 20))],
    ['base64 that is not canonical', phc('m=19456,t=2,p=1', SALT, `${DIGEST.slice(0, -1)}J`)],
    ['too little memory for its lanes', phc('m=15,t=1,p=2')],
    ['no passes', phc('m=19456,t=0,p=1')],
    ['2 GiB', phc('m=2097152,t=1,p=1')],
    ['a thousand passes', phc('m=64,t=1000,p=1')],
    ['much of both', phc('m=131072,t=5,p=1')],
    ['255 lanes', phc('m=19456,t=2,p=255')],
    ['numbers beyond counting', phc('m=9999999999,t=9999999999,p=1')],
    ['a second line', `${phc('m=19456,t=2,p=1')}\n`],
  ])('that are %s are refused, in words that do not repeat them', (_what, text) => {
    const complaint = parseArgon2(text);
    expect(complaint).toBeTypeOf('string');
    if (text !== '') expect(complaint).not.toContain(text);
  });

  it('that are taken never make the check throw, and neither do their decoys', async () => {
    const base64 = (least: number, most: number) =>
      fc
        .uint8Array({ minLength: least, maxLength: most })
        .map((raw) => Buffer.from(raw).toString('base64').replace(/=+$/, ''));
    const text = fc
      .tuple(
        fc.integer({ min: 0, max: 64 }),
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 4 }),
        base64(4, 70),
        base64(8, 70),
      )
      .map(([m, t, p, salt, digest]) => phc(`m=${m},t=${t},p=${p}`, salt, digest));
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const hash = parseArgon2(text);
        if (typeof hash === 'string') return;
        expect(await verifyArgon2(hash, bytes(''))).toBe(false);
        expect(await verifyArgon2(argon2Like(hash), bytes('1234'))).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('have decoys of the same cost and shape', () => {
    const hash = parseArgon2(phc('m=65536,t=3,p=4'));
    if (typeof hash === 'string') throw new Error(hash);
    const decoy = argon2Like(hash);
    expect(parseArgon2(decoy.text)).toEqual(decoy);
    expect({ ...decoy, text: hash.text }).toEqual(hash);
    expect(decoy.text).not.toBe(argon2Like(hash).text);
  });
});
