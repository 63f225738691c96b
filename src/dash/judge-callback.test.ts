import { expect, it } from 'vitest';
import { aView } from '../../test/support/dash-sections/views.ts';
import { readDependencies } from './dependencies.ts';
import { judgeCallback } from './judge-callback.ts';

const entry = (output: string, inputs: [string, string][], state: [string, string][] = [], more = {}) => ({
  output,
  inputs: inputs.map(([id, property]) => ({ id, property })),
  state: state.map(([id, property]) => ({ id, property })),
  ...more,
});
const HASH = 'a'.repeat(64);
const declared = readDependencies([
  entry('marketing-plot.figure', [['marketing-channel', 'value']]),
  entry('..marketing-total.children...marketing-note.children..', [['marketing-channel', 'value']], [['kept', 'data']]),
  entry('{"index":["MATCH"],"type":"marketing-out"}.children', [
    ['{"index":["MATCH"],"type":"marketing-btn"}', 'n_clicks'],
  ]),
  entry(`marketing-note.children@${HASH}`, [['marketing-add', 'n_clicks']]),
  entry(HASH, [['hr-go', 'n_clicks']], [], { no_output: true }),
  entry('sum.children', [['{"section":["ALL"],"type":"pick"}', 'value']]),
  entry('found.children', [['search', 'value']], [['maybe', 'value']]),
  entry('shared.children', [['hr-x', 'value']]),
]);
const judge = (body: unknown, view = aView()) =>
  judgeCallback(body, (output) => declared.filter((callback) => callback.output === output), view);

const single = {
  output: 'marketing-plot.figure',
  outputs: { id: 'marketing-plot', property: 'figure' },
  inputs: [{ id: 'marketing-channel', property: 'value', value: 'search' }],
  changedPropIds: ['marketing-channel.value'],
  parsedChangedPropsIds: ['marketing-channel.value'],
};
const pick = (section: string) => ({ id: { section, type: 'pick' }, property: 'value', value: 1 });
const found = (value: unknown, maybe: object = { value: null }) => ({
  output: 'found.children',
  outputs: { id: 'found', property: 'children' },
  inputs: [{ id: 'search', property: 'value', value }],
  state: [{ id: 'maybe', property: 'value', ...maybe }],
  changedPropIds: ['search.value'],
});

it.each<[string, unknown]>([
  ['a single output', single],
  [
    'several outputs and a state',
    {
      output: '..marketing-total.children...marketing-note.children..',
      outputs: [
        { id: 'marketing-total', property: 'children' },
        { id: 'marketing-note', property: 'children' },
      ],
      inputs: single.inputs,
      state: [{ id: 'kept', property: 'data', value: { a: 1 } }],
      changedPropIds: [],
    },
  ],
  [
    'MATCH',
    {
      output: '{"index":["MATCH"],"type":"marketing-out"}.children',
      outputs: { id: { index: 2, type: 'marketing-out' }, property: 'children' },
      inputs: [{ id: { index: 2, type: 'marketing-btn' }, property: 'n_clicks', value: 1 }],
      changedPropIds: ['{"index":2,"type":"marketing-btn"}.n_clicks'],
      parsedChangedPropsIds: [{ index: 2, type: 'marketing-btn' }],
    },
  ],
  [
    'a duplicate output',
    {
      output: `marketing-note.children@${HASH}`,
      outputs: { id: 'marketing-note', property: `children@${HASH}` },
      inputs: [{ id: 'marketing-add', property: 'n_clicks', value: 1 }],
      changedPropIds: ['marketing-add.n_clicks'],
    },
  ],
  [
    'ALL of two',
    {
      output: 'sum.children',
      outputs: { id: 'sum', property: 'children' },
      inputs: [[pick('marketing'), pick('home')]],
    },
  ],
  [
    'ALL of none',
    { output: 'sum.children', outputs: { id: 'sum', property: 'children' }, inputs: [[]], changedPropIds: [] },
  ],
  ['what is not on the page', found('x', { value: null, allow_optional: true })],
  ['no value', { ...single, inputs: [{ id: 'marketing-channel', property: 'value' }] }],
  [
    'the name of another section in a property of its own',
    { ...single, inputs: [{ id: 'marketing-channel', property: 'value', value: 'hr' }] },
  ],
])('passes %s', (_name, body) => {
  expect(judge(body)).toMatchObject({ kind: 'pass' });
});

it.each<[string, string, unknown]>([
  ['unlike', 'an output that was not declared', { ...single, output: 'x.y' }],
  ['unlike', 'other outputs', { ...single, outputs: { id: 'marketing-note', property: 'figure' } }],
  ['unlike', 'another property', { ...single, outputs: { id: 'marketing-plot', property: 'style' } }],
  ['unlike', 'no outputs', { ...single, outputs: undefined }],
  ['unlike', 'other inputs', { ...single, inputs: [{ id: 'search', property: 'value', value: 1 }] }],
  ['unlike', 'more inputs', { ...single, inputs: [...single.inputs, ...single.inputs] }],
  ['unlike', 'a list for one', { ...single, inputs: [single.inputs] }],
  ['unlike', 'a state that was not declared', { ...single, state: [{ id: 'kept', property: 'data', value: 1 }] }],
  ['unlike', 'an input with a further key', { ...single, inputs: [{ ...single.inputs[0], also: 1 }] }],
  [
    'unlike',
    'a dict id with a further key',
    {
      output: 'sum.children',
      outputs: { id: 'sum', property: 'children' },
      inputs: [[{ ...pick('x'), id: { section: 'x', type: 'pick', a: 1 } }]],
    },
  ],
  [
    'unlike',
    'a dict id with a wildcard',
    {
      output: 'sum.children',
      outputs: { id: 'sum', property: 'children' },
      inputs: [[{ ...pick('x'), id: { section: ['hr'], type: 'pick' } }]],
    },
  ],
  ['refuse', 'a further key', { ...single, more: 1 }],
  ['refuse', 'a list', [single]],
  ['refuse', 'no output', { ...single, output: undefined }],
  [
    'refuse',
    'a callback without an output, of another section',
    { output: HASH, inputs: [{ id: 'hr-go', property: 'n_clicks' }] },
  ],
  [
    'refuse',
    'a shared output with another’s input',
    {
      output: 'shared.children',
      outputs: { id: 'shared', property: 'children' },
      inputs: [{ id: 'hr-x', property: 'value' }],
    },
  ],
  [
    'refuse',
    'one of ALL that is another’s',
    { output: 'sum.children', outputs: { id: 'sum', property: 'children' }, inputs: [[pick('marketing'), pick('hr')]] },
  ],
  ['refuse', 'a change of another’s', { ...single, changedPropIds: ['hr-x.value'] }],
  ['refuse', 'a change of another’s, parsed', { ...single, parsedChangedPropsIds: [{ section: 'hr' }] }],
  ['refuse', 'changes that are no list', { ...single, changedPropIds: 'hr' }],
  ['refuse', 'a change that is no id', { ...single, changedPropIds: [7] }],
  ['refuse', 'a change with a list for a part', { ...single, parsedChangedPropsIds: [{ section: ['hr'] }] }],
  ['refuse', 'a shared value that names another', found('hr')],
])('%s: %s', (kind, _name, body) => {
  expect(judge(body)).toMatchObject({ kind });
});

it('a value that may name any section is not looked at', () => {
  const view = aView(['marketing'], { freeValues: new Set(['search.value']) });
  expect(judge(found('hr'), view)).toMatchObject({ kind: 'pass' });
  expect(judge(found('x', { value: 'hr' }), view)).toMatchObject({ kind: 'refuse' });
});
