import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NAME, parseGrant } from '../lib/grant.ts';
import { covers } from './resource.ts';

const hr = { app: 'sales', name: 'hr' };

describe('sales/hr', () => {
  it.each([
    ['_all_', true],
    ['hr', true],
    ['sales/hr', true],
    ['sales/_all_', true],
    ['stock/hr', false],
    ['stock/_all_', false],
    ['sales', false],
    ['hr.pay', false],
    ['h', false],
    ['', false],
    ['/', false],
    ['HR', false],
    ['sales/hr/x', false],
  ])('by the grant %j: %s', (grant, covered) => {
    expect(covers(grant, hr)).toBe(covered);
  });
});

describe('a grant as it is written', () => {
  it.each([
    ['HR', 'hr'],
    ['Sales/HR', 'sales/hr'],
    ['_ALL_', '_all_'],
    ['sales/_all_', 'sales/_all_'],
    ['a.b-c_d', 'a.b-c_d'],
    ['', null],
    ['/', null],
    ['sales/', null],
    ['/hr', null],
    ['a/b/c', null],
    ['h r', null],
    ['hr\n', null],
    ['hr*', null],
    ['ĥr', null],
    ['a'.repeat(65), null],
  ])('%j is %j', (written, canonical) => {
    expect(parseGrant(written)).toBe(canonical);
  });
});

const name = fc.stringMatching(NAME).filter((text) => text !== '_all_');

it('covers by name, by app and name, by app, or by all, and by nothing else', () => {
  fc.assert(
    fc.property(name, name, name, name, (app, resource, otherApp, otherName) => {
      const wanted = { app, name: resource };
      for (const grant of ['_all_', resource, `${app}/_all_`, `${app}/${resource}`]) {
        expect(covers(grant, wanted)).toBe(true);
      }
      fc.pre(otherApp !== app && otherName !== resource);
      for (const grant of [otherName, `${otherApp}/_all_`, `${otherApp}/${resource}`, `${app}/${otherName}`]) {
        expect(covers(grant, wanted)).toBe(false);
      }
    }),
  );
});

it('a canonical grant stays as it is', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const grant = parseGrant(text);
      if (grant !== null) expect(parseGrant(grant)).toBe(grant);
    }),
  );
});
