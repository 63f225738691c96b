import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CookieStyle,
  clearSessionCookie,
  isSessionCookie,
  readSessionCookie,
  replaceSessionCookie,
  writeSessionCookie,
} from './cookie.ts';
import { createSessionCookies } from './session-cookies.ts';

const STYLE: CookieStyle = { name: 'dashgate', sameSite: 'lax' };
const HTTPS = 'https://dash.example.com';
const pairOf = (setCookie: string): string => setCookie.split(';', 1)[0] ?? '';

describe('the session cookie', () => {
  it('is kept from scripts and other sites, and from http where there is https', () => {
    expect(writeSessionCookie('t', STYLE, HTTPS)).toEqual(['dashgate=t; Path=/; HttpOnly; SameSite=Lax; Secure']);
    expect(writeSessionCookie('t', STYLE, 'http://localhost')).toEqual(['dashgate=t; Path=/; HttpOnly; SameSite=Lax']);
    expect(writeSessionCookie('t', { ...STYLE, sameSite: 'strict' }, HTTPS)[0]).toContain('SameSite=Strict');
  });

  it('stays when the browser is closed only where it is to be remembered', () => {
    expect(writeSessionCookie('t', STYLE, HTTPS, 60)[0]).toContain('dashgate=t; Max-Age=60; Path=/');
    expect(writeSessionCookie('t', STYLE, HTTPS)[0]).not.toMatch(/max-age|expires/i);
  });

  it('is never larger than a browser keeps, and refuses to be more than five', () => {
    for (const cookie of writeSessionCookie('t'.repeat(19_000), { ...STYLE, name: 'n'.repeat(64) }, HTTPS)) {
      expect(pairOf(cookie).length).toBeLessThanOrEqual(4096);
    }
    expect(() => writeSessionCookie('t'.repeat(19_001), STYLE, HTTPS)).toThrow(RangeError);
  });

  it('comes back as it was written, in as many chunks as it needs, in any order, among other cookies', () => {
    const token = fc.nat(19_000).map((length) => 'abc.DEF-_'.repeat(2200).slice(0, length));
    const others = fc.array(fc.constantFrom('a=1', 'dashgate-user=mica', 'dashgate.x=1', 'xdashgate=2', 'b', '=', ''));
    fc.assert(
      fc.property(token, others, fc.nat(), (text, more, turn) => {
        const pairs = writeSessionCookie(text, STYLE, HTTPS).map(pairOf);
        const turned = [...pairs.slice(turn % pairs.length), ...pairs.slice(0, turn % pairs.length)];
        expect(readSessionCookie([...more, ...turned].join('; '), 'dashgate')).toEqual({ kind: 'token', token: text });
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [undefined, 'absent'],
    [Array.from({ length: 50 }, (_, index) => `dashgate.${index}=x`).join('; '), 'duplicate'],
    ['', 'absent'],
    ['a=1; b=2', 'absent'],
    ['dashgate-user=mica', 'absent'],
    ['Dashgate=x', 'absent'],
    ['dashgate.x=1; dashgate.=2; dashgate.-1=3', 'absent'],
    ['a=dashgate', 'absent'],
    ['dashgate=x', 'token'],
    ['dashgate=', 'token'],
    ['dashgate', 'token'],
    ['dashgate.0=x', 'token'],
    ['dashgate=x; dashgate=x', 'duplicate'],
    ['dashgate=x; dashgate.0=x', 'duplicate'],
    ['dashgate.0=x; dashgate.0=y', 'duplicate'],
    ['dashgate.1=x', 'duplicate'],
    ['dashgate.0=x; dashgate.2=y', 'duplicate'],
    ['dashgate.00=x', 'duplicate'],
    ['dashgate.99999999=x', 'duplicate'],
    [Array.from({ length: 500 }, (_, index) => `dashgate.${index}=x`).join(';'), 'duplicate'],
  ])('%s is %s', (header, kind) => {
    expect(readSessionCookie(header, 'dashgate').kind).toBe(kind);
  });

  it('never fails to be read, whatever is sent', () => {
    const pieces = fc.array(fc.constantFrom('dashgate', '.0', '.1', '=', ';', ' ', 'x', '\t', '"', 'é', '%00'));
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(['absent', 'token', 'duplicate']).toContain(readSessionCookie(parts.join(''), 'dashgate').kind);
      }),
    );
  });
});

describe('clearing it', () => {
  it('removes what the browser has of it, and the plain one always, with the attributes it was set with', () => {
    const host = { ...STYLE, name: '__Host-dashgate' };
    const header = 'a=1; __Host-dashgate.0=x; __Host-dashgate.1=y; __Host-dashgate-user=m';
    const cleared = clearSessionCookie(header, host, HTTPS);
    expect(cleared.map(pairOf)).toEqual(['__Host-dashgate=', '__Host-dashgate.0=', '__Host-dashgate.1=']);
    for (const cookie of cleared) expect(cookie).toContain('; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure');
  });

  it('is bounded, whatever is sent', () => {
    const header = Array.from({ length: 500 }, (_, index) => `dashgate.${index}=x`).join('; ');
    for (const origin of [HTTPS, `https://${'a.'.repeat(60)}example.com`]) {
      expect(clearSessionCookie(header, STYLE, origin).length).toBeLessThanOrEqual(12);
    }
  });

  it('reaches what a wider domain set under our name, where a browser would take that', () => {
    const domains = (name: string, origin: string): unknown[] =>
      clearSessionCookie(`${name}=x; ${name}=y`, { ...STYLE, name }, origin).map(
        (line) => /Domain=([^;]+)/.exec(line)?.[1],
      );
    expect(domains('dashgate', HTTPS)).toEqual([undefined, 'dash.example.com', 'example.com']);
    expect(domains('__Host-dashgate', HTTPS)).toEqual([undefined]);
    for (const origin of ['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080']) {
      expect(domains('dashgate', origin)).toEqual([undefined]);
    }
  });
});

it('a session takes the place of whatever was there, in chunks or whole', () => {
  const kept = (header: string, token: string): string[] => {
    const jar = new Set(header.split('; ').map((pair) => pair.split('=', 1)[0] ?? ''));
    for (const line of replaceSessionCookie(header, token, { ...STYLE, name: '__Host-dashgate' }, HTTPS)) {
      const name = line.split('=', 1)[0] ?? '';
      if (line.includes('Max-Age=0')) jar.delete(name);
      else jar.add(name);
    }
    return [...jar].sort();
  };
  const [whole, first, second, third] = ['', '.0', '.1', '.2'].map((end) => `__Host-dashgate${end}`);
  expect(kept(`${first}=a; ${second}=b; ${third}=c`, 't')).toEqual([whole]);
  expect(kept(`${first}=a; ${second}=b; ${third}=c`, 't'.repeat(4000))).toEqual([first, second]);
  expect(kept(`${whole}=a`, 't'.repeat(4000))).toEqual([first, second]);
});

it('one style serves writing and clearing', () => {
  const cookies = createSessionCookies({ name: '__Host-dashgate', sameSite: 'strict' });
  expect(cookies.name).toBe('__Host-dashgate');
  expect(cookies.write('t', HTTPS)[0]).toMatch(/^__Host-dashgate=t; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  expect(cookies.clear(undefined, HTTPS)[0]).toMatch(/^__Host-dashgate=; Max-Age=0; Path=\/; HttpOnly; .*Secure$/);
});

it('what is kept from dashboards is what is read as the session', () => {
  const isOurs = isSessionCookie('dashgate');
  expect(['dashgate', 'dashgate.0', 'dashgate.12'].every(isOurs)).toBe(true);
  expect(['dashgate-user', 'dashgate.x', 'dashgate.', 'dashgate.123456789', 'dashgate2', ''].some(isOurs)).toBe(false);
});
