import { expect, it } from 'vitest';
import { endpointOf } from './endpoint.ts';

it.each([
  ['GET', '/_dash-layout', 'layout'],
  ['HEAD', '/x/_dash-layout', 'layout'],
  ['GET', '/_dash-dependencies', 'dependencies'],
  ['POST', '/_dash-update-component', 'callback'],
  ['GET', '/_dash-update-component', 'closed'],
  ['POST', '/_dash-layout', 'closed'],
  ['POST', '/', 'closed'],
  ['DELETE', '/hr', 'closed'],
  ['OPTIONS', '/', 'closed'],
  ['GET', '/_dash-component-suites/dash/a.js', 'file'],
  ['GET', '/_favicon.ico', 'file'],
  ['GET', '/_reload-hash', 'file'],
  ['GET', '/assets/style.css', 'page'],
  ['GET', '/', 'page'],
  ['GET', '/_dash-ws-callback', 'closed'],
  ['GET', '/_Dash-Layout', 'closed'],
  ['GET', '/_dash-layout/', 'closed'],
  ['GET', '/_dash-layout ', 'closed'],
  ['GET', '/_mcp', 'closed'],
  ['GET', '/_mcp/x', 'closed'],
  ['GET', '/console', 'closed'],
  ['GET', '/Console/', 'closed'],
])('%s %s is %s', (method, path, kind) => {
  expect(endpointOf(method, path, '').kind).toBe(kind);
});

it('the debugger is closed wherever it is asked', () => {
  for (const query of ['?__debugger__=yes', '?a=1&__debugger__', '?__%64ebugger__=yes'])
    expect(endpointOf('GET', '/', query).kind).toBe('closed');
});

it('says where the root of the Dash app is', () => {
  expect(endpointOf('POST', '/a/b/_dash-update-component', '')).toEqual({ kind: 'callback', base: '/a/b/' });
});
