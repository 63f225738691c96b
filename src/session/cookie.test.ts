import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CookieStyle,
  clearSessionCookie,
  isSessionCookie,
  readSessionCookie,
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
    const cleared = clearSessionCookie('a=1; dashgate.0=x; dashgate.1=y; dashgate-user=m', STYLE, HTTPS);
    expect(cleared.map(pairOf)).toEqual(['dashgate=', 'dashgate.0=', 'dashgate.1=']);
    for (const cookie of cleared) expect(cookie).toContain('; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure');
  });

  it('is bounded, whatever is sent', () => {
    const header = Array.from({ length: 500 }, (_, index) => `dashgate.${index}=x`).join('; ');
    expect(clearSessionCookie(header, STYLE, HTTPS).length).toBeLessThanOrEqual(6);
  });
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
