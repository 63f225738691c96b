import { expect, it } from 'vitest';
import { idOfKey, sectionOf, sectionsOfId } from './section-of-id.ts';

const known = new Set(['hr', 'hr-eu', 'marketing', 'a.b']);
const names = { known, shared: ['hr-hotline', 'page-*'] };

it.each([
  ['hr', 'hr'],
  ['hr-plot', 'hr'],
  ['HR-Plot', 'hr'],
  ['hr-eu', 'hr-eu'],
  ['hr-eu-plot', 'hr-eu'],
  ['hr-europe', 'hr'],
  ['hrx', null],
  ['hr_plot', null],
  ['-hr', null],
  ['page-content', null],
  ['tabs-content', null],
  ['a.b-c', 'a.b'],
  ['', null],
])('%s belongs to %s', (id, section) => {
  expect(sectionOf(id, known)).toBe(section);
});

it.each<[unknown, string[], boolean]>([
  [{ type: 'kpi-btn', section: 'hr', index: 1 }, ['hr'], false],
  [{ type: 'hr-card' }, ['hr'], false],
  [{ aio_id: 'hr-1', part: 'marketing-x' }, ['hr', 'marketing'], false],
  [{ type: 'btn', section: ['ALL'] }, [], false],
  ['{"section":"hr","type":"btn"}', ['hr'], false],
  ['{"section":"a\\.b","type":"btn"}', ['a.b'], false],
  ['hr-hotline', [], true],
  ['page-hr', [], true],
  ['_pages_content', [], true],
  ['e3e70682-c209-4cac-a29f-6fbed82c07cd', [], true],
  ['search', [], false],
  [7, [], false],
])('%j has the sections %j', (id, sections, isShared) => {
  expect(sectionsOfId(id, names)).toEqual({ sections, isShared });
});

it.each([
  ['hr-card', 'hr-card'],
  ['hr-card.children', 'hr-card'],
  ['{"section":"hr","type":"a.b"}.children', '{"section":"hr","type":"a.b"}'],
  ['{"section":"hr"}', '{"section":"hr"}'],
])('%s changes %s', (key, id) => {
  expect(idOfKey(key)).toBe(id);
});
