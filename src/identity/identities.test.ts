import { describe, expect, it } from 'vitest';
import type { Person } from '../directories/directory.ts';
import { createIdentityOf } from './identities.ts';

const PROOF = { amr: ['pwd'], authTimeSec: 7 };
const person = (changes: Partial<Person> = {}): Person => ({
  sub: 'file:mike',
  user: 'mike',
  name: 'Mike',
  email: 'mike@example.com',
  groups: [],
  allowedResources: [],
  ...changes,
});
const grantsOf = (grants: Parameters<typeof createIdentityOf>[0], who: Person) =>
  createIdentityOf(grants)(who, PROOF).allowedResources;

describe('grants', () => {
  it.each<[string, Record<string, string[]>, Record<string, string[]>, Partial<Person>, string[]]>([
    ['none', {}, {}, {}, []],
    ['of the directory', {}, {}, { allowedResources: ['hr'] }, ['hr']],
    ['of the configuration, by user name', {}, { mike: ['hr'] }, {}, ['hr']],
    ['of the configuration, in full', {}, { 'file:mike': ['hr'] }, {}, ['hr']],
    ['of a group', { finance: ['pay'] }, {}, { groups: ['finance', 'other'] }, ['pay']],
    [
      'all of them, once',
      { finance: ['pay'] },
      { mike: ['hr', 'pay'] },
      { groups: ['finance'], allowedResources: ['hr'] },
      ['hr', 'pay'],
    ],
    ['not those of another', {}, { mica: ['_all_'], 'ldap:mike': ['_all_'] }, {}, []],
    ['not those of a group in other letters', { finance: ['pay'] }, {}, { groups: ['Finance'] }, []],
    [
      'not what every map has',
      {},
      {},
      { user: 'constructor', sub: 'file:constructor', groups: ['__proto__', 'toString'] },
      [],
    ],
  ])('%s', (_what, groups, users, who, expected) => {
    expect(grantsOf({ groups, users }, person(who))).toEqual(expected);
  });
});

it('the identity says who it is, and how and when they proved it', () => {
  const identity = createIdentityOf({ groups: {}, users: {} })(person({ groups: ['a'] }), PROOF);
  expect(identity).toEqual({
    ...{ sub: 'file:mike', user: 'mike', name: 'Mike', email: 'mike@example.com' },
    ...{ groups: ['a'], allowedResources: [], ...PROOF },
  });
});
