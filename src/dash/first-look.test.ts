import { expect, it } from 'vitest';
import { aView } from '../../test/support/dash-sections/views.ts';
import { readDependencies } from './dependencies.ts';
import { createFirstLook } from './first-look.ts';

function aLook(layout: () => Promise<unknown> = async () => ({})) {
  const said: { message: string; fields: Record<string, unknown> }[] = [];
  const write = (message: string, fields: Record<string, unknown> = {}): void => void said.push({ message, fields });
  const log = { debug: write, info: write, warn: write, error: write, audit: write };
  const look = createFirstLook({ app: 'sales', rules: () => aView().rules, layoutAt: layout, log });
  const at = (...ids: string[]): void =>
    look('/', readDependencies(ids.map((id) => ({ output: `${id}.children`, inputs: [], state: [] }))));
  return { at, said };
}

it('names beginnings of ids that are nobody’s, each once', () => {
  const { at, said } = aLook();
  at('hr-plot', 'finance-plot', 'finance-note');
  at('finance-plot', 'page-x', 'marketing-x');
  expect(said.map(({ fields }) => fields.beginnings)).toEqual(['finance', 'page']);
});

it('names those of the layout too, and nothing where that cannot be had', async () => {
  const { at, said } = aLook(async () => ({ props: { id: 'finance-table' }, type: 'Div', namespace: 'x' }));
  at();
  await expect.poll(() => said.map(({ fields }) => fields.beginnings)).toEqual(['finance']);
  const other = aLook(() => Promise.reject(new Error('down')));
  other.at('hr-plot');
  expect(other.said).toEqual([]);
});

it('says no more than a person reads, whatever the app has', () => {
  const { at, said } = aLook();
  at(...Array.from({ length: 10_000 }, (_, i) => `${'x'.repeat(1000)}${i}-plot`));
  at(...Array.from({ length: 10_000 }, (_, i) => `y${i}-plot`));
  expect(said).toHaveLength(1);
  const { beginnings } = said[0]?.fields ?? {};
  expect(beginnings).toMatch(/, and 9980 more$/);
  expect(String(beginnings).length).toBeLessThan(1000);
});
