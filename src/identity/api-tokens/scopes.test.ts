import { expect, it } from 'vitest';
import { allowedBy } from './scopes.ts';

const may = (scopes: string[], method: string, ownPath: string, headers = {}): boolean =>
  allowedBy(scopes, { method, ownPath, headers, isUpgrade: false });

it.each([
  ['tableau:content:read', 'GET', '/api/3.27/sites/x/workbooks'],
  ['tableau:workbooks:create', 'POST', '/api/3.27/sites/x/workbooks'],
  ['tableau:workbooks:*', 'DELETE', '/api/3.27/sites/x/workbooks/1'],
  ['tableau:*:*', 'PUT', '/api/3.27/sites/x/users/1'],
  ['tableau:views:download', 'GET', '/api/3.27/sites/x/views/1/image'],
  ['tableau:viz_data_service:read', 'GET', '/api/v1/viz-data-service/simple'],
  ['tableau:tasks:run', 'POST', '/api/3.27/sites/x/tasks/1/runNow'],
])('%s allows %s %s', (scope, method, path) => {
  expect(may([scope], method, path)).toBe(true);
});

it.each([
  ['tableau:content:read', 'POST', '/api/3.27/sites/x/workbooks'],
  ['tableau:content:read', 'DELETE', '/api/3.27/sites/x/content/1'],
  ['tableau:workbooks:create', 'GET', '/api/3.27/sites/x/workbooks'],
  ['tableau:workbooks:create', 'POST', '/api/3.27/sites/x/users'],
  ['tableau:views:embed', 'GET', '/api/3.27/sites/x/views'],
  ['tableau:workbooks:read', 'BREW', '/api/3.27/sites/x/workbooks'],
  ['workbooks:read', 'GET', '/api/3.27/sites/x/workbooks'],
])('%s does not allow %s %s', (scope, method, path) => {
  expect(may([scope], method, path)).toBe(false);
});

it('allows nothing that asks to be taken for another method', () => {
  const headers = { 'x-http-method-override': 'DELETE' };
  expect(may(['tableau:*:*'], 'POST', '/api/3.27/sites/x/workbooks', headers)).toBe(false);
});
