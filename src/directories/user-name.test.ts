import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passwordBytes } from './password.ts';
import { canonicalUser, faultOfUser } from './user-name.ts';

describe('a user name', () => {
  it('has one spelling, whatever the case and the keyboard', () => {
    expect(canonicalUser('MiCa')).toBe('mica');
    expect(canonicalUser('Zoe\u0308')).toBe('zo\u00eb');
    expect(canonicalUser('\u212Aim')).toBe('kim');
  });

  it('is canonical once and for all, and of bounded length', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ max: 0xffff, min: 0 }), { maxLength: 700 }), (units) => {
        const name = canonicalUser(String.fromCharCode(...units));
        expect(name.length).toBeLessThan(2048);
        if (faultOfUser(name) === null) expect(canonicalUser(name)).toBe(name);
      }),
    );
  });

  it.each([
    ['', 'empty'],
    ['a:b', '":"'],
    ['a\u0000', 'control'],
    ['mi\u200Bca', 'invisible'],
    ['\u202Emica', 'invisible'],
    ['\ud800', 'control'],
    [' mica', 'space'],
    ['mica\u00a0', 'space'],
    ['x'.repeat(65), '64'],
    [canonicalUser('e\u0301'.repeat(600)), '64'],
  ])('%j is refused', (name, word) => {
    expect(faultOfUser(name)).toContain(word);
  });

  it.each(['mica', 'mica@example.com', 'o’neil', 'anna lena', '007', '\u{1F600}'.repeat(64)])('%j is good', (name) => {
    expect(faultOfUser(name)).toBeNull();
  });
});

describe('a password', () => {
  it('is the same from a keyboard that composes and one that does not', () => {
    expect(passwordBytes('pa\u0308ss')).toEqual(passwordBytes('p\u00e4ss'));
  });

  it('keeps its case and its spaces', () => {
    expect(passwordBytes(' A b ')).toEqual(Buffer.from(' A b '));
  });

  it.each([
    ['empty', ''],
    ['of 1025 bytes', 'x'.repeat(1025)],
    ['of 1026 bytes in 513 letters', '\u00e4'.repeat(513)],
    ['of a megabyte', 'x'.repeat(1 << 20)],
  ])('%s is nobody’s', (_what, password) => {
    expect(passwordBytes(password)).toBeNull();
  });

  it('may have 1024 bytes', () => {
    expect(passwordBytes('\u00e4'.repeat(512))).toHaveLength(1024);
  });
});
