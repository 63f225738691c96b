import fc from 'fast-check';
import { AndFilter, EqualityFilter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { anyUser, escapeFilterValue, faultOfFilter, fillFilter, parseFilter } from './ldap-filter.ts';

const TEMPLATE = '(&(objectClass=person)(uid={user}))';

describe('a value in a filter', () => {
  it.each([
    ['*', '\\2a'],
    [')(uid=*', '\\29\\28uid=\\2a'],
    ['*)(|(uid=*', '\\2a\\29\\28|\\28uid=\\2a'],
    ['a\\', 'a\\5c'],
    ['a\0b', 'a\\00b'],
    ['zoé', 'zoé'],
    ['{dn}', '{dn}'],
  ])('%j is %s', (value, escaped) => {
    expect(escapeFilterValue(value)).toBe(escaped);
    expect(fillFilter(TEMPLATE, { user: value, dn: 'x' })).toBe(`(&(objectClass=person)(uid=${escaped}))`);
  });

  it.each([
    '*',
    'mica)(objectClass=*',
    'mica)(|(uid=*',
    '*)(uid=*))(|(uid=*',
    'mica\\2a',
    'mica\0)(uid=*',
    '(uid=mica)',
    '!(uid=x)',
    'mica*',
    '=*',
    ':dn:=x',
    '{user}',
  ])('%j is text and nothing else', (value) => {
    const filter = parseFilter(fillFilter(TEMPLATE, { user: value }));
    const [, uid] = filter instanceof AndFilter ? filter.filters : [];
    expect(filter instanceof AndFilter && filter.filters).toHaveLength(2);
    expect(uid).toBeInstanceOf(EqualityFilter);
    expect(uid).toMatchObject({ attribute: 'uid', value });
  });

  it('is never anything but text, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'()*\\\0&|!=~<>:{}') })),
        (value) => {
          const filter = parseFilter(fillFilter('(|(uid={user})(mail={user}))', { user: value }));
          expect(filter).toMatchObject({
            filters: [
              { attribute: 'uid', value },
              { attribute: 'mail', value },
            ],
          });
        },
      ),
    );
  });
});

describe('a template', () => {
  it.each([
    [TEMPLATE, '(&(objectClass=person)(uid=*))'],
    ['(|(uid={user})(mail={user}@example.com))', '(|(uid=*)(mail=*))'],
    ['(uid:caseExactMatch:={user})', '(uid=*)'],
    ['(&(uid={user})(memberOf=cn=staff,dc=example))', '(&(uid=*)(memberOf=cn=staff,dc=example))'],
  ])('%s, for whichever user, is %s', (template, any) => {
    expect(faultOfFilter(template)).toBeNull();
    expect(anyUser(template)).toBe(any);
    expect(() => parseFilter(any)).not.toThrow();
  });

  it.each([
    ['uid={user}', 'brackets'],
    ['(&(uid={user})', 'is not a filter'],
    ['(& (uid={user}))', 'blanks'],
    ['({user}=mica)', 'elsewhere'],
    ['(:dn:={user})', 'elsewhere'],
    ['(cn=\\c3\\a9)', 'character itself'],
    [`(cn=${'x'.repeat(2048)})`, 'shorten'],
  ])('%s is refused', (template, why) => {
    expect(faultOfFilter(template)).toContain(why);
  });
});
