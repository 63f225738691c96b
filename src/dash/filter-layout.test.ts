import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aView } from '../../test/support/dash-sections/views.ts';
import { filterLayout } from './filter-layout.ts';

const view = aView();
const part = (type: string, props: object, namespace = 'dash_core_components') => ({ props, type, namespace });
const div = (id: unknown, children: unknown = null) =>
  part('Div', id === null ? { children } : { id, children }, 'dash_html_components');
const filter = (layout: unknown) => filterLayout(structuredClone(layout), view);

it('takes a component out of a list with all that is below it, and out of a property by null', () => {
  const layout = div(null, [div('a', 'x'), div('hr-a', [div('marketing-x', 'y')]), 'text', null, 7]);
  expect(filter(layout)).toEqual(div(null, [div('a', 'x'), 'text', null, 7]));
  expect(filter(div('a', div('hr-b')))).toEqual(div('a', null));
  expect(filter(part('Loading', { custom_spinner: div('hr-b'), children: [] }))).toEqual(
    part('Loading', { custom_spinner: null, children: [] }),
  );
});

it('looks into every list and dict, wherever it is', () => {
  expect(filter(part('Grid', { a: { b: [{ c: div('hr-b') }] } }))).toEqual(part('Grid', { a: { b: [{ c: null }] } }));
  expect(filter(div({ type: 'x', section: 'hr' }))).toEqual(div(null, null));
  expect(filter([div('hr-a'), div('a')])).toEqual([div('a')]);
});

it('leaves a page that is all another’s empty', () => {
  expect(filter(div('hr-page', 'secret'))).toEqual(div(null, null));
});

it('takes links away that lead to another’s page', () => {
  const link = (href: string) => part('Link', { href, children: 'x' });
  expect(filter(div(null, [link('/hr'), link('/people/1'), link('/marketing'), link('https://other/x')]))).toEqual(
    div(null, [link('/marketing'), link('https://other/x')]),
  );
});

it('gives tabs without a name the one of their place, and selects the first that is left', () => {
  const tab = (props: object) => part('Tab', props);
  const tabs = part('Tabs', {
    id: 'tabs',
    value: 'tab-1',
    children: [tab({ id: 'hr-tab' }), tab({ label: 'M' }), tab({ value: 'x' })],
  });
  expect(filter(tabs)).toEqual(
    part('Tabs', { id: 'tabs', value: 'tab-2', children: [tab({ label: 'M', value: 'tab-2' }), tab({ value: 'x' })] }),
  );
  expect(filter(part('Tabs', { children: [tab({ value: 'hr' }), tab({ value: 'marketing' })] }))).toEqual(
    part('Tabs', { children: [tab({ value: 'marketing' })] }),
  );
  expect(filter(div(null, [part('Tabs', { children: [tab({ id: 'hr-tab' })] })]))).toEqual(div(null, [null]));
});

it('knows the tabs of dash-bootstrap-components', () => {
  const dbc = (type: string, props: object) => part(type, props, 'dash_bootstrap_components');
  const tabs = dbc('Tabs', {
    active_tab: 'tab-0',
    children: [dbc('Tab', { id: 'hr-tab' }), dbc('Tab', { label: 'M' })],
  });
  expect(filter(tabs)).toEqual(
    dbc('Tabs', { active_tab: 'tab-1', children: [dbc('Tab', { label: 'M', tab_id: 'tab-1' })] }),
  );
});

it('whatever a layout is like, no component of another’s stays', () => {
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constantFrom('SECRET'));
  const tree = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'medium' },
      leaf,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
      tie('component'),
    ),
    component: fc
      .record({
        id: fc.constantFrom('hr-a', 'marketing-a', 'a', undefined),
        type: fc.constantFrom('Div', 'Tabs', 'Tab'),
        children: tie('any'),
        other: tie('any'),
      })
      .map(({ id, type, children, other }) =>
        part(type, id === 'hr-a' ? { id, children: ['FOREIGN', children], other } : { id, children, other }),
      ),
  })).any;
  fc.assert(
    fc.property(tree, (layout) => !JSON.stringify(filterLayout(structuredClone(layout), view))?.includes('FOREIGN')),
  );
});
