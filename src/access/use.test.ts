import { describe, expect, it } from 'vitest';
import { aRequest, compiled, NAVIGATION } from '../../test/support/a-request.ts';
import type { AccessRequest } from './request.ts';
import { countsAsUse } from './use.ts';

const FETCH = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' };

describe('somebody uses a dashboard who', () => {
  it.each<[string, string, Partial<AccessRequest>]>([
    ['opens a page', '/', { headers: NAVIGATION }],
    ['follows a link of another site', '/', { headers: { ...NAVIGATION, 'sec-fetch-site': 'cross-site' } }],
    ['clicks, which a script sends', '/_dash-update-component', { method: 'POST', headers: FETCH }],
    ['asks by a program', '/data.csv', {}],
    ['saves a notebook', '/api/contents/a.ipynb', { method: 'PUT', headers: FETCH }],
    ['opens what is only called like a poll', '/reports/_reload-hash-of-2026', { headers: FETCH }],
  ])('%s', (_what, uri, request) => {
    expect(countsAsUse(aRequest(uri, request))).toBe(true);
  });
});

describe('nobody is seen to use a dashboard by', () => {
  it.each<[string, string, Partial<AccessRequest>]>([
    ['a websocket, which is opened again by itself', '/_stcore/stream', { isUpgrade: true }],
    ['an event stream, likewise', '/events', { headers: { ...FETCH, accept: 'text/event-stream' } }],
    ['a picture by a timer', '/plot.png', { headers: { ...FETCH, 'sec-fetch-dest': 'image' } }],
    ['the search for a new service worker', '/sw.js', { headers: { ...FETCH, 'sec-fetch-dest': 'serviceworker' } }],
    ['a page fetched in advance', '/', { headers: { ...NAVIGATION, 'sec-purpose': 'prefetch;prerender' } }],
    [
      'a frame in another site',
      '/',
      { headers: { ...NAVIGATION, 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'same-site' } },
    ],
    ['Dash with hot reload', '/_reload-hash', { headers: FETCH }],
    ['Streamlit', '/_stcore/health', { headers: FETCH }],
    ['Streamlit below a path of its own', '/base/_stcore/host-config', { headers: FETCH }],
    ['Gradio', '/gradio_api/heartbeat/abc', { headers: FETCH }],
    ['Jupyter, kernels', '/api/kernels', { headers: FETCH }],
    ['Jupyter, sessions', '/user/mica/api/sessions', { headers: FETCH }],
    ['Jupyter, files', '/api/contents/a/b', { headers: FETCH }],
    ['NiceGUI', '/_nicegui_ws/socket.io/', { method: 'POST', headers: FETCH }],
  ])('%s', (_what, uri, request) => {
    expect(countsAsUse(aRequest(uri, { headers: FETCH, ...request }))).toBe(false);
  });

  it('a poll of an app below a prefix', () => {
    const at = { origin: 'http://dash.example.com', host: 'dash.example.com', isHttps: false, prefix: '/sales/' };
    const app = compiled({ at, kind: 'dash' });
    expect(countsAsUse(aRequest('/sales/_reload-hash', { app }))).toBe(false);
    expect(countsAsUse(aRequest('/sales/', { app }))).toBe(true);
  });
});
