import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MICA as mica } from '../../test/support/proxy-stage.ts';
import type { Delegation } from '../config/schema/delegation.ts';
import { guest, nobody } from '../identity/identity.ts';
import { basicUserFor, delegateOf, delegateQuery } from './delegation.ts';

const told = (changes: Partial<Delegation> = {}) => ({
  delegation: { by: 'header', name: 'DelegationUID', tells: 'user', ...changes } as const,
});

describe('delegateOf', () => {
  it.each([
    ['a user', told(), mica, { kind: 'user', user: 'mica' }],
    ['a user by their address', told({ tells: 'email' }), mica, { kind: 'user', user: 'mica@example.com' }],
    ['nobody', told(), nobody, { kind: 'none' }],
    ['a guest', told(), guest, { kind: 'none' }],
    ['who only typed a name', told(), { ...mica, sub: 'label:root', user: 'root' }, { kind: 'none' }],
    ['an app that does not delegate', { delegation: null }, mica, { kind: 'none' }],
    ['a user without an address', told({ tells: 'email' }), { ...mica, email: '' }, { kind: 'untellable' }],
    ['who came by one password for all', told(), { ...mica, sub: 'anyone:root' }, { kind: 'untellable' }],
    ['a user with a line break', told(), { ...mica, user: 'a\r\nb' }, { kind: 'untellable' }],
    ['a user without a name', told(), { ...mica, user: '' }, { kind: 'untellable' }],
  ])('%s', (_who, app, identity, delegate) => {
    expect(delegateOf(app, identity)).toEqual(delegate);
  });

  it.each([
    ['{service};DelegationUID={user}', 'bob;DelegationUID=root'],
    ['{service};DelegationUID={user}', 'a=b'],
    ['{service}[{user}]', 'bob]'],
    ['{user}@{service}', 'bob@example.com'],
    ['{service};DelegationUID={user}', 'bob:x'],
  ])('in %s nobody is called %s', (name, user) => {
    expect(delegateOf(told({ by: 'basic_user', name }), { ...mica, user })).toEqual({ kind: 'untellable' });
    expect(delegateOf(told({ by: 'basic_user', name }), mica).kind).toBe('user');
  });
});

it('a user name of Basic holds both as they are, signs of patterns too', () => {
  expect(basicUserFor('{service};DelegationUID={user}', 'svc', 'mica')).toBe('svc;DelegationUID=mica');
  expect(basicUserFor('{service}[{user}]', 'svc', '$&{service}')).toBe('svc[$&{service}]');
});

describe('delegateQuery', () => {
  it.each([
    ['', '?doAs=mica'],
    ['?', '?doAs=mica'],
    ['?a=1&b=2', '?doAs=mica&a=1&b=2'],
    ['?doAs=root', '?doAs=mica'],
    ['?doAs', '?doAs=mica'],
    ['?a=1&doAs=root&b=2', '?doAs=mica&a=1&b=2'],
    ['?doas=root&DOAS=root', '?doAs=mica'],
    ['?%64oAs=root&a=1', '?doAs=mica&a=1'],
    ['?%2564oAs=root', '?doAs=mica'],
    ['?do%41s[]=root&doAs[0]=root&doAs%5B%5D=root', '?doAs=mica'],
    ['?a=1;doAs=root;b=2', '?doAs=mica&a=1;b=2'],
    ['?do+As=root&do.As=root&do_As=root&%20doAs=root&doAs%00=root', '?doAs=mica'],
    ['?%EF%BD%84oAs=root', '?doAs=mica'],
    ['??doAs=root', '?doAs=mica'],
    ['?a=doAs=root', '?doAs=mica&a=doAs=root'],
    ['?a=%26doAs%3Droot', '?doAs=mica&a=%26doAs%3Droot'],
    ['?doAsWell=yes', '?doAs=mica&doAsWell=yes'],
    ['?a&&b', '?doAs=mica&a&&b'],
  ])('%s becomes %s', (given, expected) => {
    expect(delegateQuery(given, 'doAs', 'mica')).toBe(expected);
  });

  it('names nobody where there is nobody, and takes the client’s away all the same', () => {
    expect(delegateQuery('?doAs=root', 'doAs', null)).toBe('');
    expect(delegateQuery('?doAs=root&a=1', 'doAs', null)).toBe('?a=1');
  });

  it('writes any name so that it is read again as it was', () => {
    expect(delegateQuery('', 'doAs', 'a&doAs=root')).toBe('?doAs=a%26doAs%3Droot');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.webQueryParameters(), (user, query) => {
        const read = new URLSearchParams(delegateQuery(`?${query}`, 'doAs', user));
        expect(read.getAll('doAs')).toEqual([user]);
      }),
      { numRuns: 30 },
    );
  });
});
