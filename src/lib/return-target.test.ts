import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReturnTarget } from './return-target.ts';

const ORIGIN = 'https://dash.example.com';
const target = (text: unknown): string | null => parseReturnTarget(text, ORIGIN, '/_dashgate');

describe('a place of ours', () => {
  it.each([
    ['/', `${ORIGIN}/`],
    ['/sales/?city=Lyon&city=Ghent#top', `${ORIGIN}/sales/?city=Lyon&city=Ghent#top`],
    [`${ORIGIN}/sales`, `${ORIGIN}/sales`],
    ['HTTPS://DASH.example.com:443/x', `${ORIGIN}/x`],
    ['/a/../b', `${ORIGIN}/b`],
    ['/_dashgateway', `${ORIGIN}/_dashgateway`],
    ['/?next=https://evil.example.com', `${ORIGIN}/?next=https://evil.example.com`],
  ])('%s', (text, href) => {
    expect(target(text)).toBe(href);
  });
});

it('a page of our own is one where it is named, to the letter and without a query', () => {
  const own = (text: string) => parseReturnTarget(text, ORIGIN, '/_dashgate', ['/_dashgate/signed-in']);
  expect(own('/_dashgate/signed-in')).toBe(`${ORIGIN}/_dashgate/signed-in`);
  expect(own('/_dashgate/x/../signed-in?x=1#y')).toBe(`${ORIGIN}/_dashgate/signed-in`);
  for (const text of [
    '/_dashgate/Signed-in',
    '/_dashgate/signed-in/',
    '/_dashgate/logout',
    '//evil.example.com/_dashgate/signed-in',
  ])
    expect(own(text)).toBeNull();
  expect(target('/_dashgate/signed-in')).toBeNull();
});

describe('no place of ours', () => {
  it.each([
    undefined,
    '',
    ['/', '/'],
    'sales',
    '//evil.example.com',
    '///evil.example.com',
    '/\\evil.example.com',
    '\\\\evil.example.com',
    '/\t/evil.example.com',
    '\t//evil.example.com',
    '/\n/evil.example.com',
    '/ /evil.example.com',
    '/x/..//evil.example.com',
    '/.//evil.example.com',
    'https:evil.example.com',
    'https:/evil.example.com',
    'https:///evil.example.com',
    'https://evil.example.com',
    'http://dash.example.com/',
    'https://dash.example.com.evil.example.com/',
    'https://dash.example.com@evil.example.com/',
    'https://evil@dash.example.com/',
    'https://dash.example.com:8443/',
    'https://dashXexample.com/',
    'https://dash.example.com%2eevil.example.com/',
    'javascript:alert(1)',
    'JaVaScRiPt://dash.example.com/%0aalert(1)',
    'data:text/html,x',
    'java\u0000script:alert(1)',
    'https://ｄash.example.com/',
    '/é',
    '/_dashgate',
    '/_dashgate/logout',
    '/_DashGate/login',
    '/x/../_dashgate/login',
    '/./_dashgate/login',
    `/${'a'.repeat(5000)}`,
  ])('%j', (text) => {
    expect(target(text)).toBeNull();
  });
});

it('what is accepted stays at the origin, below no page of our own, and is the same when it is given once more', () => {
  const piece = fc.oneof(
    fc.constantFrom(...['/', '\\', '//', '.', '..', '@', ':', '?', '#', 'http:', 'https:', '%2f', '%5c', '%2e', '\t']),
    fc.constantFrom(...['dash.example.com', 'evil.example.com', '_dashgate', 'javascript:', ORIGIN, '[', '%00']),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 7 }), (pieces) => {
      const found = target(pieces.join(''));
      if (found === null) return;
      const url = new URL(found, 'https://elsewhere.example.com');
      expect(url.origin).toBe(ORIGIN);
      expect(url.href).toBe(found);
      expect(url.pathname).not.toMatch(/^\/_dashgate(?:\/|$)/i);
      expect(url.pathname).not.toMatch(/^\/[/\\]/);
      expect(target(found)).toBe(found);
    }),
    { numRuns: 5000 },
  );
});
