import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPathIndex } from './path-index.ts';
import { compilePattern } from './path-pattern.ts';

const segment = fc.constantFrom('hr', 'HR', 'pay', 'a b', 'x.csv', '', 'über', 'hr.', ' hr');
const glob = fc.oneof(segment, fc.constantFrom('*', '**', '*.csv', 'h*'));
const paths = fc.array(segment, { minLength: 1, maxLength: 4 }).map((list) => `/${list.join('/')}`);
const patterns = fc.array(
  fc.array(glob, { minLength: 1, maxLength: 4 }).map((list) => `/${list.join('/')}`),
  { maxLength: 8 },
);

describe.each([true, false])('patterns by their beginning, ignoreCase %s', (ignoreCase) => {
  it('are found just as one by one', () => {
    fc.assert(
      fc.property(patterns, paths, (list, path) => {
        const find = createPathIndex(
          list.map((pattern, at) => [pattern, at] as const),
          { ignoreCase },
        );
        const wanted = list.flatMap((pattern, at) => (compilePattern(pattern, { ignoreCase })(path) ? [at] : []));
        expect(find(path)).toEqual(wanted);
      }),
    );
  });
});

it('finds one among ten thousand by looking at those few whose beginning it has', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => [`/team/${at}/**`, at] as const);
  const find = createPathIndex([...many, ['/**/pay', -1]], { ignoreCase: true });
  const began = performance.now();
  for (let times = 0; times < 1000; times++) expect(find(`/team/${times}/x/pay`)).toHaveLength(2);
  // One by one this is ten million comparisons.
  expect(performance.now() - began).toBeLessThan(2000);
});
