import { expect, it } from 'vitest';
import { isAdmitted } from './admit.ts';

const allow = { fence: [], emailDomains: ['example.com'], emails: ['mica@other.org'], groups: ['staff'] };

it.each([
  ['of the domain', 'mike@example.com', [], true],
  ['of the domain, in capitals', 'Mike@EXAMPLE.com', [], true],
  ['on the list', 'Mica@other.org', [], true],
  ['in a group', '', ['guests', 'staff'], true],
  // oauth2-proxy CVE-2026-40574
  ['of two domains', 'a@evil.org@example.com', [], false],
  ['of a domain below', 'a@sub.example.com', [], false],
  ['of a domain that ends so', 'a@notexample.com', [], false],
  ['of a domain that begins so', 'a@example.com.evil.org', [], false],
  ['of a domain with a dot behind it', 'a@example.com.', [], false],
  ['with a name in quotes', '"a@evil.org"@example.com', [], false],
  ['with a line end', 'a@example.com\n', [], false],
  ['with what cannot be seen', 'a\u200b@example.com', [], false],
  ['without a name', '@example.com', [], false],
  ['without an address', '', [], false],
  ['in a group of nearly that name', '', ['Staff', 'staff '], false],
])('somebody %s', (_who, email, groups, expected) => {
  expect(isAdmitted(allow, { email, groups })).toBe(expected);
});

it('everyone, where nothing is said', () => {
  expect(isAdmitted(null, { email: '', groups: [] })).toBe(true);
});

it('nobody from outside the fence, whatever else applies, and everybody within where nothing else is said', () => {
  const fenced = { ...allow, fence: [':tenant:a', ':tenant:b'] };
  const mike = { email: 'mike@example.com', groups: ['staff'] };
  expect(isAdmitted(fenced, mike)).toBe(false);
  expect(isAdmitted(fenced, { ...mike, groups: ['staff', ':tenant:c', 'tenant:a'] })).toBe(false);
  expect(isAdmitted(fenced, { ...mike, groups: [':tenant:b'] })).toBe(true);
  expect(isAdmitted(fenced, { email: '', groups: [':tenant:b'] })).toBe(false);
  const only = { fence: [':hd:example.com'], emailDomains: [], emails: [], groups: [] };
  expect(isAdmitted(only, { email: '', groups: [':hd:example.com'] })).toBe(true);
  expect(isAdmitted(only, { email: 'mike@example.com', groups: [] })).toBe(false);
});
