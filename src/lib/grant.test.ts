import fc from 'fast-check';
import { expect, it } from 'vitest';
import { covers } from '../access/resource.ts';
import { ALL, meet } from './grant.ts';

const APPS = ['sales', 'wiki'];
const NAMES = ['hr', 'marketing', 'sales'];
const grant = fc.oneof(
  fc.constantFrom(ALL, ...NAMES),
  fc.tuple(fc.constantFrom(...APPS), fc.constantFrom(ALL, ...NAMES)).map((pair) => pair.join('/')),
);

it('what two lists have in common covers what both of them cover, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(grant, { maxLength: 4 }), fc.array(grant, { maxLength: 4 }), (a, b) => {
      const both = meet(a, b);
      for (const app of [...APPS, 'other'])
        for (const name of [...NAMES, 'other']) {
          const by = (list: readonly string[]): boolean => list.some((one) => covers(one, { app, name }));
          expect([app, name, by(both)]).toEqual([app, name, by(a) && by(b)]);
        }
    }),
    { numRuns: 2000 },
  );
});

it('says each once, in order', () => {
  expect(meet(['hr', 'marketing', 'hr'], [ALL])).toEqual(['hr', 'marketing']);
  expect(meet([ALL], [ALL])).toEqual([ALL]);
  expect(meet(['sales/_all_'], ['hr', 'wiki/hr'])).toEqual(['sales/hr']);
  expect(meet([], [ALL])).toEqual([]);
});
