import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadTarget } from '../errors.ts';
import { parseHost, parseTarget } from './target.ts';

const HOST = 'dash.example.com';
const parse = (uri: string) => parseTarget(uri, HOST);

describe('a target that has one meaning', () => {
  it.each([
    ['/', '/', '/', ''],
    ['/sales/q3', '/sales/q3', '/sales/q3', ''],
    ['/sales/', '/sales/', '/sales/', ''],
    ['/a?b=/../c&d=%00', '/a', '/a', '?b=/../c&d=%00'],
    ['/a?', '/a', '/a', '?'],
    ['/caf%c3%a9', '/caf%C3%A9', '/café', ''],
    ['/a%20b', '/a%20b', '/a b', ''],
    ['/x...y/.hidden/y..z', '/x...y/.hidden/y..z', '/x...y/.hidden/y..z', ''],
    ['/a:b@c,d=e+f(g)', '/a:b@c,d=e+f(g)', '/a:b@c,d=e+f(g)', ''],
  ])('%s', (uri, path, decodedPath, query) => {
    expect(parse(uri)).toEqual({ host: HOST, path, decodedPath, query });
  });

  it.each([
    ['Dash.Example.COM', 'dash.example.com'],
    ['dash.example.com:8443', 'dash.example.com:8443'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['[::1]:8080', '[::1]:8080'],
    ['localhost', 'localhost'],
  ])('and the host %s', (host, canonical) => {
    expect(parseHost(host)).toBe(canonical);
  });
});

describe('refused is', () => {
  it.each([
    ['nothing', ''],
    ['a target without a slash', 'sales'],
    ['an absolute address', 'http://evil.example.com/'],
    ['a star', '*'],
    ['a dot segment', '/a/../b'],
    ['a dot segment at the end', '/a/..'],
    ['a single dot', '/./a'],
    ['an encoded dot', '/%2e%2e/a'],
    ['an empty segment', '/a//b'],
    ['an empty segment in front', '//a'],
    ['an encoded slash', '/a%2fb'],
    ['a backslash', '/a\\b'],
    ['an encoded backslash', '/a%5Cb'],
    ['a path parameter', '/a;b'],
    ['an encoded semicolon', '/a%3bb'],
    ['a fragment', '/a#b'],
    ['an encoded fragment', '/a%23b'],
    ['an encoded question mark', '/a%3fb'],
    ['an encoded NUL', '/a%00'],
    ['an encoded line end', '/a%0d%0ab'],
    ['an encoded DEL', '/a%7f'],
    ['an encoded C1 control', '/a%C2%85b'],
    ['an encoding of an encoding', '/a%252e'],
    ['an encoded letter, which needs none', '/%68r'],
    ['an encoded digit', '/%31'],
    ['an encoded tilde', '/%7Euser'],
    ['half an encoding', '/a%2'],
    ['what is no encoding', '/a%zz'],
    ['an overlong slash', '/a%c0%afb'],
    ['UTF-8 cut short', '/a%c3'],
    ['half a surrogate pair', '/%ed%a0%80'],
    ['a blank', '/a b'],
    ['a tab', '/a\tb'],
    ['a letter outside ASCII', '/é'],
    ['a blank in the query', '/a?b c'],
    ['a fragment in the query', '/a?b#c'],
    ['a letter outside ASCII in the query', '/a?é'],
    ['more than 16 KiB', `/${'a'.repeat(16 * 1024)}`],
  ])('%s: %j', (_what, uri) => {
    expect(() => parse(uri)).toThrow(BadTarget);
  });

  it.each([
    undefined,
    '',
    'a b',
    'a,b',
    'a@b',
    'a/b',
    'a..b',
    '.a',
    'a.',
    '-a',
    'a_b',
    'a:',
    'a:123456',
    '[::1',
    'é.example.com',
    `${'a'.repeat(256)}`,
  ])('the host %j', (host) => {
    expect(() => parseTarget('/', host)).toThrow(BadTarget);
  });

  it('never by a message that repeats it', () => {
    expect(() => parse('/planted-word/..')).toThrow(/^(?!.*planted)/);
  });
});

/** Texts that have what paths are made of, and what they are misread by. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(...['/', '.', '..', '//', '?', '#', ';', '\\', '%', '%2e', '%2F', '%5c', '%00', '%25', '%c3%a9']),
      fc.constantFrom(...['a', 'hr', 'HR', '%20', '%C2%80', '%E2%80%A8', '^', '|', '[', ']', '"', '<', '{', '`', '\t']),
      fc.string({ maxLength: 4 }),
      fc.integer({ min: 0, max: 255 }).map((byte) => `%${byte.toString(16).padStart(2, '0')}`),
    ),
    { maxLength: 8 },
  )
  .map((parts) => `/${parts.join('')}`);

const accepted = (uri: string) => {
  try {
    return parse(uri);
  } catch (error) {
    expect(error).toBeInstanceOf(BadTarget);
    return null;
  }
};

describe('whatever is accepted', () => {
  const holds = (law: (target: ReturnType<typeof parse>) => void): void =>
    fc.assert(
      fc.property(nasty, (uri) => {
        const target = accepted(uri);
        if (target) law(target);
      }),
      { numRuns: 3000 },
    );

  it('has no dot segment, empty segment, backslash or control character, encoded or not', () => {
    holds(({ decodedPath }) => {
      expect(decodedPath).toMatch(/^\//);
      expect(decodedPath.split('/').slice(1, -1)).not.toContain('');
      expect(decodedPath.split('/').filter((segment) => segment === '.' || segment === '..')).toEqual([]);
      expect(decodedPath).not.toMatch(/[\\\p{Cc}]/u);
    });
  });

  it('means the same to a WHATWG URL parser', () => {
    holds(({ path, query, decodedPath }) => {
      const url = new URL(`http://${HOST}${path}${query}`);
      expect(decodeURIComponent(url.pathname)).toBe(decodedPath);
      expect(url.hash).toBe('');
      expect(url.host).toBe(HOST);
    });
  });

  it('is the same when it is given once more', () => {
    holds((target) => expect(parseTarget(target.path + target.query, target.host)).toEqual(target));
  });
});
