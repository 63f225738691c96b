import { expect, it } from 'vitest';
import { takeMark } from './mark.ts';

const MARK = 'A'.repeat(22);
const taken = (query: string, header?: string) => {
  const target = { host: 'dash.example.com', path: '/x', decodedPath: '/x', query };
  const found = takeMark(target, header === undefined ? {} : { 'x-dashgate-embed': header });
  return [found.target.query, found.mark];
};

it.each<[string, string | undefined, string, string | null]>([
  ['', undefined, '', null],
  ['?a=1&b', undefined, '?a=1&b', null],
  ['?a=1', MARK, '?a=1', MARK],
  [`?dashgate-embed=${MARK}`, undefined, '', MARK],
  [`?a=1&dashgate-embed=${MARK}`, undefined, '?a=1', MARK],
  [`?dashgate-embed=${MARK}&a=1`, undefined, '?a=1', MARK],
  [`?a&dashgate-embed=${MARK}&b`, MARK, '?a&b', MARK],
  ['?xdashgate-embed=1', undefined, '?xdashgate-embed=1', null],
])('of %j with the header %j the dashboard gets %j', (query, header, left, mark) => {
  expect(taken(query, header)).toEqual([left, mark]);
});

it('takes two marks for none that holds', () => {
  expect(taken(`?dashgate-embed=${MARK}&dashgate-embed=B`)).toEqual(['', '']);
  expect(taken(`?dashgate-embed=${MARK}`, 'B')).toEqual(['', '']);
  expect(taken('?dashgate-embed=')).toEqual(['', '']);
});
