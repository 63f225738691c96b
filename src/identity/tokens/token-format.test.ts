import fc from 'fast-check';
import { expect, it } from 'vitest';
import { claimsToBeToken, createToken, hashOf, idOf, isToken } from './token-format.ts';

it('is a prefix, 43 digits of chance, and 6 that tell a mistake, each time another', () => {
  const tokens = Array.from({ length: 200 }, createToken);
  for (const token of tokens) expect([token.length, isToken(token), claimsToBeToken(token)]).toEqual([53, true, true]);
  expect(new Set(tokens).size).toBe(200);
  // Leading zeros are digits too.
  expect(new Set(tokens.map((token) => token.slice(4, 8))).size).toBeGreaterThan(190);
});

it('is told from one that was mistyped, cut, or written by somebody else', () => {
  const token = createToken();
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 52 }), fc.constantFrom(...'0aZ-_ '), (at, char) => {
      const other = token.slice(0, at) + char + token.slice(at + 1);
      expect(isToken(other)).toBe(other === token);
    }),
  );
  for (const other of ['', 'dgp_', token.slice(0, -1), `${token}0`, ` ${token}`, `${token}\n`, token.toLowerCase()])
    expect(isToken(other)).toBe(false);
  fc.assert(fc.property(fc.string(), (text) => !isToken(text)));
});

it('is called by the beginning of its digest, which says nothing of it', () => {
  const token = createToken();
  expect(hashOf(token)).toMatch(/^[0-9a-f]{64}$/);
  expect(idOf(hashOf(token))).toBe(hashOf(token).slice(0, 20));
});
