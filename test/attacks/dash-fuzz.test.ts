import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callback, post, slot } from '../support/dash-sections/send.ts';
import { leaks, type Stage, stageSections } from '../support/dash-sections/stage.ts';
import { needs } from '../support/needs.ts';

const IDS = ['marketing-roll', 'hr-roll', 'hr-note', 'search', 'kept', 'tabs', 'url', 'any', 'hr-store', 'found'];
const OUTPUTS = [
  'hr-note.children',
  'marketing-note.children',
  'found.children',
  'tab-content.children',
  'picked.children',
];
const WORDS = [
  'hr',
  'HR',
  ' hr',
  'hr-x',
  '/hr',
  '//hr',
  'h\u0000r',
  '\u001chr',
  'tab-1',
  'marketing',
  '',
  'children',
  'n_clicks',
];
const DICTS = [
  { section: 'hr', type: 'btn' },
  { type: 'btn', section: 'marketing' },
  { index: 2, type: 'hr-btn' },
  { section: ['ALL'], type: 'btn' },
];

const word = fc.oneof(fc.constantFrom(...IDS, ...OUTPUTS, ...WORDS), fc.string({ maxLength: 8 }));
const id = fc.oneof(fc.constantFrom(...IDS), fc.constantFrom(...DICTS), word);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    word,
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.constantFrom(...DICTS),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(word, tie('any'), { maxKeys: 3 }),
  ),
})).any;
const aSlot = fc.record(
  { id, property: fc.constantFrom('value', 'n_clicks', 'children', 'data', 'id', 'pathname'), value },
  { requiredKeys: ['id', 'property'] },
);
const slots = fc.array(
  fc.oneof({ weight: 4, arbitrary: aSlot }, { weight: 1, arbitrary: fc.array(aSlot, { maxLength: 3 }) }),
  { maxLength: 3 },
);
const changes = fc.array(
  fc.oneof(word, fc.constantFrom(...DICTS.map((each) => `${JSON.stringify(each)}.n_clicks`)), value),
  { maxLength: 3 },
);

/** Bodies of any shape. */
const wild = fc.record(
  {
    output: fc.oneof(fc.constantFrom(...OUTPUTS), word),
    outputs: fc.oneof(aSlot, slots),
    inputs: slots,
    state: slots,
    changedPropIds: changes,
    parsedChangedPropsIds: changes,
  },
  { requiredKeys: ['output'] },
);

/** Bodies that the app understands, with values and changes of any kind. */
const close = fc
  .record({
    value,
    kept: value,
    changed: changes,
    parsed: changes,
    section: fc.constantFrom('hr', 'marketing', 'HR', ' hr'),
    which: fc.nat(3),
  })
  .map(({ value, kept, changed, parsed, section, which }) => {
    const more = { changedPropIds: changed, parsedChangedPropsIds: parsed };
    const bodies = [
      callback('found.children', [slot('search', 'value', value)], { state: [slot('kept', 'data', kept)], ...more }),
      callback('tab-content.children', [slot('tabs', 'value', value)], more),
      callback('picked.children', [[slot({ section, type: 'btn' }, 'n_clicks', value)]], more),
      callback('by-id.children', [slot('any', 'n_clicks', 1)], {
        state: [[slot({ section, type: 'btn' }, 'id', value)]],
        ...more,
      }),
    ];
    return bodies[which];
  });

needs('python')('whatever a callback’s body says', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await stageSections();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it.each([
    ['of any shape', wild, 250],
    ['of a shape that the app understands', close, 250],
  ] as const)('%s, nothing of hr reaches mike, and no request ends in a fault', async (_name, bodies, numRuns) => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const got = await stage.guarded('mike', post(JSON.stringify(body)));
        expect(leaks(got, ['hr'])).toEqual([]);
        expect([200, 204, 400, 403, 500]).toContain(got.status);
        if (got.status === 500) expect(got.body).toBe('{"error":"The dashboard answered 500."}');
      }),
      { numRuns },
    );
  });

  it('nor by bytes of any kind', async () => {
    const text = JSON.stringify(callback('hr-note.children', [slot('hr-roll', 'n_clicks', 1)]));
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.uint8Array({ maxLength: 4 }), fc.nat(6), async (at, bytes, cut) => {
        const body = Buffer.concat([Buffer.from(text.slice(0, at)), bytes, Buffer.from(text.slice(at + cut))]);
        expect(leaks(await stage.guarded('mike', post(body)), ['hr'])).toEqual([]);
      }),
      { numRuns: 250 },
    );
  });
});
