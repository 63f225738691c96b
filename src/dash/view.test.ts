import { expect, it } from 'vitest';
import { aView } from '../../test/support/dash-sections/views.ts';

const mike = aView();

it.each<[unknown, boolean]>([
  ['hr', true],
  ['HR', true],
  [' h r ', true],
  ['\u001chr', true],
  ['h\u200br', true],
  ['ｈｒ', true],
  ['hr-plot', true],
  ['hrx', false],
  ['the hr', false],
  ['marketing', false],
  [['x', { y: ['hr'] }], true],
  [{ hr: 1 }, true],
  ['{"section":"hr"}', true],
  ['{"section":"marketing"}', false],
  ['/hr', true],
  ['//hr/', true],
  ['/hr-people', true],
  ['/%2568r', true],
  ['%2Fhr', true],
  ['\\hr', true],
  ['/./hr', true],
  ['http://host/hr?x=1', true],
  ['/people/ada', true],
  ['/peoples', false],
  ['/x/hr', false],
  ['?section=hr', true],
  ['?q=a&b=HR', true],
  ['?q=marketing', false],
  ['', false],
  [null, false],
  [7, false],
])('%j names what mike may not see: %s', (value, isNamed) => {
  expect(mike.namesDenied(value)).toBe(isNamed);
});

it('in strict mode an id of no section is nobody’s, but for those that are declared shared or made by Dash', () => {
  const strict = aView(['marketing'], { isStrict: true, shared: ['tabs', 'page-*'] });
  const ids = [
    'tabs',
    'page-x',
    '_pages_content',
    'e3e70682-c209-4cac-a29f-6fbed82c07cd',
    'marketing-x',
    { type: 'marketing-x' },
  ];
  for (const id of ids) expect(strict.isDenied(id), String(id)).toBe(false);
  for (const id of ['search', 'finance-x', { type: 'btn', index: 1 }, 'hr-x']) expect(strict.isDenied(id)).toBe(true);
});

it('an id of two sections is seen by whoever holds both', () => {
  const id = { from: 'hr', to: 'marketing' };
  expect([aView(['hr']).isDenied(id), aView(['hr', 'marketing']).isDenied(id)]).toEqual([true, false]);
});

it('a path is read below the prefix that the browser sees', () => {
  const below = aView(['marketing'], {}, ['/iam/']);
  expect(below.deniedOn('/iam/hr')).toEqual(['hr']);
  expect(below.deniedOn('/iam/marketing')).toEqual([]);
  expect(below.deniedOn('/hr')).toEqual(['hr']);
  expect(aView(['marketing'], {}, ['/hr/']).deniedOn('/hr/')).toEqual([]);
  expect(aView(['marketing'], {}, ['/hr/']).deniedAt('/hr')).toEqual(['hr']);
});

it.each<[string, string[], string, string[]]>([
  ['at the root', ['/'], '/x/hr', []],
  ['at the root', ['/'], '/hr', ['hr']],
  ['below a prefix', ['/iam/'], '/iam/hr', ['hr']],
  ['below a prefix', ['/iam/'], '/iam/reports/hr', []],
  ['below a prefix', ['/iam/'], '/IAM//%68r', ['hr']],
  ['below a prefix', ['/iam/'], '/other/hr', ['hr']],
  ['below a prefix', ['/iam/'], '/other/people', ['hr']],
  ['below a prefix spelt like a section', ['/hr/'], '/hr/marketing', []],
  ['at the root and below a prefix', ['/', '/iam/'], '/iam/hr', ['hr']],
  ['at the root and below a prefix', ['/', '/iam/'], '/other/hr', []],
  ['nobody knows where', [], '/iam/reports/hr/x', ['hr']],
  ['nobody knows where', [], '/iam/marketing', []],
])('of an app %s (%j), %s is in what mike may not see: %j', (_where, own, path, sections) => {
  expect(aView(['marketing'], {}, ['/'], own).deniedAt(path)).toEqual(sections);
});
