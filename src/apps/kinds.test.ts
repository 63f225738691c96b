import { expect, it } from 'vitest';
import { KINDS, kindOf } from './kinds.ts';

it.each([
  ['panel', '/static/js/bokeh.min.js', true],
  ['panel', '/components/x.js', true],
  ['panel', '/hr/ws', false],
  ['bokeh', '/hr/autoload.js', false],
  ['streamlit', '/_stcore/stream', true],
  ['streamlit', '/hr', false],
  ['gradio', '/gradio_api/queue/join', true],
  ['gradio', '/monitoring', false],
  ['shiny', '/websocket/', true],
  ['shiny', '/websocket/../hr', false],
  ['marimo', '/api/kernel/run', true],
  ['jupyter', '/api/contents/hr.ipynb', false],
  ['jupyter', '/static/lab.js', true],
  ['voila', '/api/kernels/1/channels', true],
  ['voila', '/voila/files/hr.csv', false],
  ['grafana', '/public/build/app.js', true],
  ['grafana', '/api/dashboards/uid/x', false],
] as const)('%s: %s is for whoever may open one of its parts: %s', (kind, path, isShared) => {
  expect(kindOf({ kind }).isShared('GET', path)).toBe(isShared);
});

it.each([
  ['streamlit', 'GET', '/_stcore/health', true],
  ['streamlit', 'GET', '/x/_stcore/health', false],
  ['gradio', 'GET', '/gradio_api/heartbeat/abc', true],
  ['jupyter', 'GET', '/api/kernels', true],
  ['jupyter', 'GET', '/api/kernelspecs', true],
  ['jupyter', 'GET', '/api/me', true],
  ['jupyter', 'PUT', '/lab/api/workspaces/default', true],
  ['web', 'PUT', '/notes/lab/api/workspaces/default', true],
  ['web', 'GET', '/notes/api/kernelspecs', true],
  ['jupyter', 'PUT', '/api/contents/x', false],
  ['jupyter', 'POST', '/api/sessions', false],
  ['voila', 'GET', '/api/kernels/1', true],
  ['panel', 'GET', '/hr', false],
] as const)('%s: %s %s is asked for by a page itself: %s', (kind, method, path, isPoll) => {
  expect(kindOf({ kind }).isPoll(method, path)).toBe(isPoll);
});

it('opens nothing but what TabPy opens by itself, and shares nothing that another kind did not name', () => {
  for (const [name, kind] of Object.entries(KINDS)) {
    expect(kind.isOpen('GET', '/')).toBe(name === 'tabpy');
    expect(kind.isShared('GET', '/hr')).toBe(false);
    expect(kind.isShared('GET', '/')).toBe(false);
  }
});
