import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern, readingsOf } from './path-pattern.ts';

const guards = (pattern: string, path: string): boolean => compilePattern(pattern, { ignoreCase: true })(path);
const opens = (pattern: string, path: string): boolean => compilePattern(pattern, { ignoreCase: false })(path);

describe('a guarding pattern', () => {
  it.each([
    ['/hr', '/hr', true],
    ['/hr', '/hr/', true],
    ['/hr/', '/hr', true],
    ['/hr', '/HR', true],
    ['/Hr', '/hR', true],
    ['/hr', '/hr/pay', false],
    ['/hr', '/hra', false],
    ['/hr', '/x/hr', false],
    ['/hr/*', '/hr/pay', true],
    ['/hr/*', '/hr/pay/', true],
    ['/hr/*', '/hr', false],
    ['/hr/*', '/hr/pay/2026', false],
    ['/hr/**', '/hr', true],
    ['/hr/**', '/hr/', true],
    ['/hr/**', '/hr/pay/2026', true],
    ['/hr/**', '/hrx', false],
    ['/**/pay', '/pay', true],
    ['/**/pay', '/a/b/pay', true],
    ['/**/pay', '/a/b/pays', false],
    ['/**/a/**/b', '/x/a/y/a/z/b', true],
    ['/**', '/', true],
    ['/', '/', true],
    ['/', '/a', false],
    ['/report-*.csv', '/report-2026.csv', true],
    ['/report-*.csv', '/report-.csv', true],
    ['/report-*.csv', '/report.csv', false],
    ['/*a*b*', '/xaxbx', true],
    ['/*a*b*', '/xbxax', false],
    ['/a*a', '/a', false],
    ['/a.b', '/aXb', false],
  ])('%s for %s: %s', (pattern, path, expected) => {
    expect(guards(pattern, path)).toBe(expected);
  });
});

describe('an opening pattern', () => {
  it.each([
    ['/robots.txt', '/robots.txt', true],
    ['/robots.txt', '/Robots.txt', false],
    ['/robots.txt', '/robots.txt/', false],
    ['/open/**', '/open/a', true],
    ['/open/**', '/OPEN/a', false],
  ])('%s for %s: %s', (pattern, path, expected) => {
    expect(opens(pattern, path)).toBe(expected);
  });
});

/** The same rules, written to be read and not to be fast. */
function plainly(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === '**') return plainly(rest, path) || (path.length > 0 && plainly(pattern, path.slice(1)));
  const [segment, ...more] = path;
  return segment !== undefined && plainlyOne([...first], [...segment]) && plainly(rest, more);
}

function plainlyOne(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === '*') return plainlyOne(rest, text) || (text.length > 0 && plainlyOne(pattern, text.slice(1)));
  return text[0] === first && plainlyOne(rest, text.slice(1));
}

const segment = fc
  .array(fc.constantFrom('a', 'b', 'B', '*', '.'), { minLength: 1, maxLength: 4 })
  .map((c) => c.join(''));
const patterns = fc
  .array(
    fc.oneof(
      fc.constant('**'),
      segment.filter((text) => !text.includes('**')),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((segments) => `/${segments.join('/')}`);
const paths = fc
  .array(
    fc.array(fc.constantFrom('a', 'b', 'B', '.'), { minLength: 1, maxLength: 3 }).map((c) => c.join('')),
    { maxLength: 6 },
  )
  .map((segments) => `/${segments.join('/')}`);

const withoutLastSlash = (parts: readonly string[]): readonly string[] =>
  parts.length > 2 && parts.at(-1) === '' ? parts.slice(0, -1) : parts;

it('means what the plainest matcher means', () => {
  fc.assert(
    fc.property(patterns, paths, (pattern, path) => {
      expect(opens(pattern, path)).toBe(plainly(pattern.split('/'), path.split('/')));
      const lower = (text: string): string[] => text.toLowerCase().split('/');
      // A path means itself, and what is left of it where every segment loses the dots at its end.
      const readings = [lower(path), lower(path).map((part) => part.replace(/\.+$/, ''))];
      const [asWritten, trimmed] = readings.map((reading) => withoutLastSlash(reading));
      const wanted = withoutLastSlash(lower(pattern));
      expect(guards(pattern, path)).toBe(plainly(wanted, asWritten ?? []) || plainly(wanted, trimmed ?? []));
    }),
    { numRuns: 2000 },
  );
});

it.each(['/hr.', '/hr ', '/ hr', '/hr./', '/hr.../people', '/HR. /people'])(
  'guards /hr/** where the path is "%s"',
  (path) => {
    expect(guards('/hr/**', path)).toBe(true);
    expect(opens('/hr/**', path)).toBe(false);
  },
);

it('guards at least what it would open', () => {
  fc.assert(fc.property(patterns, paths, (pattern, path) => !opens(pattern, path) || guards(pattern, path)));
});

it('takes no time to speak of for a path that is made to be slow', () => {
  const path = `/${'a/'.repeat(4000)}b`;
  const began = performance.now();
  expect(guards('/**/a/**/a/**/a/**/c', path)).toBe(false);
  expect(guards(`/${'*a'.repeat(40)}c`, `/${'a'.repeat(8000)}`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
});

it('the readings of a path are as an expression would make them', () => {
  const piece = fc.constantFrom('/', '/', '.', '..', ' ', '\u00a0', '\u2028', 'a', 'B', 'hr');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const path = `/${pieces.join('')}`;
      const lower = path.toLowerCase();
      const bare = lower.replace(/\/\s+/g, '/').replace(/[\s.]+(?=\/|$)/g, '');
      expect(readingsOf(path).at(-1)).toBe(bare);
    }),
    { numRuns: 2000 },
  );
});
