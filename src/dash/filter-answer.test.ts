import { expect, it } from 'vitest';
import { aView } from '../../test/support/dash-sections/views.ts';
import { filterAnswer } from './filter-answer.ts';
import { filterPage } from './filter-page.ts';

const view = aView();
const filter = (answer: unknown) => filterAnswer(structuredClone(answer), view, (kind, handle) => `${kind}:${handle}`);
const div = (id: string) => ({ props: { id, children: 'x' }, type: 'Div', namespace: 'dash_html_components' });

it('takes out what changes another’s components, however they are named', () => {
  expect(
    filter({
      multi: true,
      response: {
        'marketing-plot': { figure: {} },
        '{"index":2,"type":"hr-out"}': { children: 'x' },
        'hr-a': { children: 'x' },
      },
      sideUpdate: { 'hr-card': { children: 'x' }, shared: { children: [div('hr-x'), div('x')] } },
      progress: { 'hr-progress.value': '1', 'marketing-progress.value': '2' },
    }),
  ).toEqual({
    multi: true,
    response: { 'marketing-plot': { figure: {} } },
    sideUpdate: { shared: { children: [div('x')] } },
    progress: { 'marketing-progress.value': '2' },
  });
});

it('seals handles, and takes out what a job would change or listen to', () => {
  expect(
    filter({
      cacheKey: 'h~m',
      job: 7,
      cancel: [
        { id: 'hr-cancel', property: 'n_clicks' },
        { id: 'marketing-cancel', property: 'n_clicks' },
      ],
      progressDefault: { 'hr-progress.value': '0' },
      running: { 'hr-run.disabled': true, 'marketing-run.disabled': true },
      runningOff: { '{"section":"hr"}.disabled': false },
    }),
  ).toEqual({
    cacheKey: 'cacheKey:h~m',
    job: 'job:7',
    cancel: [{ id: 'marketing-cancel', property: 'n_clicks' }],
    progressDefault: {},
    running: { 'marketing-run.disabled': true },
    runningOff: {},
  });
});

it('takes out of a patch what puts another’s component somewhere', () => {
  const operation = (value: unknown) => ({ operation: 'Append', location: [], params: { value } });
  const patch = (operations: unknown[]) => ({ __dash_patch_update: '__dash_patch_update', operations });
  expect(
    filter({
      multi: true,
      response: {
        list: { children: patch([operation(div('hr-x')), operation(div('x')), operation([div('hr-y'), 'z'])]) },
      },
    }),
  ).toEqual({ multi: true, response: { list: { children: patch([operation(div('x')), operation(['z'])]) } } });
});

it('the answer of an older Dash, with one output and no name', () => {
  expect(filter({ response: { props: { children: [div('hr-x'), div('x')] } } })).toEqual({
    response: { props: { children: [div('x')] } },
  });
});

it.each([[[]], ['x'], [null], [{ cacheKey: {} }]])('%j is no answer', (answer) => {
  expect(() => filter(answer)).toThrowError(expect.objectContaining({ status: 502 }));
});

it('takes the layouts of all pages and the previews out of a page', () => {
  const config = {
    validation_layout: 'secret',
    websocket: { url: 'x' },
    suppress_callback_exceptions: false,
    title: '</script>',
  };
  const page = `<meta property="og:title" content="secret"><script id="_dash-config" type="application/json">${JSON.stringify(config).replaceAll('<', '\\u003c')}</script>`;
  expect(filterPage(page)).toBe(
    '<script id="_dash-config" type="application/json">{"websocket":{"url":"x"},"suppress_callback_exceptions":true,"title":"\\u003c/script>"}</script>',
  );
  expect(filterPage('<p>not Dash</p>')).toBe('<p>not Dash</p>');
});
