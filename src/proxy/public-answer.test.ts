import { describe, expect, it } from 'vitest';
import type { Upstream } from '../config/schema/app-address.ts';
import { createPublicAnswer, type Rewritten } from './public-answer.ts';

const ALL: Rewritten = { location: true, cookiePath: true, cookieDomain: true };
const WIKI = { origin: 'https://dash.example.com', host: 'dash.example.com', prefix: '/wiki/' };
const tcp = (path: string | null, host = 'wiki.internal', port = 8052): Upstream => ({
  ...{ kind: 'tcp', protocol: 'http:', origin: `http://${host}:${port}`, host, port, path },
});

describe('an address in an answer, for browsers', () => {
  it.each<readonly [string, string]>([
    ['/', '/wiki/'],
    ['/x?y#z', '/wiki/x?y#z'],
    ['http://wiki.internal:8052/x', 'https://dash.example.com/wiki/x'],
    ['HTTP://WIKI.Internal:8052', 'https://dash.example.com/wiki/'],
    ['http://wiki.internal:8052?q', 'https://dash.example.com/wiki/?q'],
    ['http://dash.example.com/x', 'https://dash.example.com/wiki/x'],
    ['https://dash.example.com/x', 'https://dash.example.com/wiki/x'],
    ['//dash.example.com/x', 'https://dash.example.com/wiki/x'],
    ['//wiki.internal:8052/x', 'https://dash.example.com/wiki/x'],
    ...['x', '?x', '#x', '', './x', '../x', 'mailto:x', '//evil.example/x', 'http://evil.example/x'].map(
      (kept) => [kept, kept] as const,
    ),
    ['http://wiki.internal:80520/x', 'http://wiki.internal:80520/x'],
    ['http://wiki.internal/x', 'http://wiki.internal/x'],
    ['http://wiki.internal:8052@evil.example/x', 'http://wiki.internal:8052@evil.example/x'],
    ['https://dash.example.com.evil.example/', 'https://dash.example.com.evil.example/'],
    ['/\\evil.example', '/wiki/\\evil.example'],
  ])('whose upstream has no path: %s becomes %s', (value, expected) => {
    const answer = createPublicAnswer(WIKI, tcp('/'), ALL);
    expect(answer('location', value)).toBe(expected);
    expect(answer('content-location', value)).toBe(expected);
    if (value !== '') expect(answer('refresh', `5; url=${value}`)).toBe(`5; url=${expected}`);
  });

  it.each([
    ['/app/x', '/wiki/x'],
    ['/app', '/wiki'],
    ['/app?x', '/wiki?x'],
    ['/apple', '/apple'],
    ['/', '/'],
    ['http://wiki.internal:8052/app/x', 'https://dash.example.com/wiki/x'],
    ['http://wiki.internal:8052/other', 'https://dash.example.com/other'],
  ])('whose upstream has one: %s becomes %s', (value, expected) => {
    expect(createPublicAnswer(WIKI, tcp('/app/'), ALL)('location', value)).toBe(expected);
  });

  it.each([
    ['a=b; Path=/app/x; HttpOnly', 'a=b; Path=/wiki/x; HttpOnly'],
    ['a=b;path=/app', 'a=b;path=/wiki'],
    ['a=/app/; Path=/', 'a=/app/; Path=/'],
    ['path=/app/; Path=/apple', 'path=/app/; Path=/apple'],
    ['a=b; Domain=wiki.internal; Secure', 'a=b; Domain=dash.example.com; Secure'],
    ['a=b; domain=.WIKI.internal', 'a=b; domain=dash.example.com'],
    ['a=b; Domain=internal', 'a=b; Domain=internal'],
    ['a=b; Domain=evil.wiki.internal', 'a=b; Domain=evil.wiki.internal'],
    ['a=b', 'a=b'],
  ])('a cookie: %s becomes %s', (value, expected) => {
    expect(createPublicAnswer(WIKI, tcp('/app/'), ALL)('set-cookie', value)).toBe(expected);
  });

  it('an app at a root takes the path away', () => {
    const answer = createPublicAnswer({ ...WIKI, prefix: '/' }, tcp('/app/'), ALL);
    expect(['/app/x', '/app', '/app/'].map((value) => answer('location', value))).toEqual(['/x', '/', '/']);
    expect(answer('set-cookie', 'a=b; Path=/app')).toBe('a=b; Path=/');
  });

  it('each is changed only where it is asked for, and nothing else is', () => {
    const none = createPublicAnswer(WIKI, tcp('/'), { location: false, cookiePath: false, cookieDomain: false });
    const cookie = 'a=b; Path=/; Domain=wiki.internal';
    for (const [name, value] of [
      ['location', '/x'],
      ['refresh', '0;/x'],
      ['set-cookie', cookie],
    ] as const)
      expect(none(name, value)).toBe(value);
    const path = createPublicAnswer(WIKI, tcp('/'), { location: false, cookiePath: true, cookieDomain: false });
    expect(path('set-cookie', cookie)).toBe('a=b; Path=/wiki/; Domain=wiki.internal');
    expect(createPublicAnswer(WIKI, tcp('/'), ALL)('link', '</x>; rel=next')).toBe('</x>; rel=next');
  });

  it('is no more work for a long header than it is long', () => {
    const answer = createPublicAnswer(WIKI, tcp('/'), ALL);
    for (const piece of [' ', ';', '=', ' =', '; path', '5 ', '5.'])
      for (const name of ['location', 'refresh', 'set-cookie']) {
        const long = piece.repeat(60_000 / piece.length);
        expect(answer(name, long)).toBe(long);
      }
  });
});
