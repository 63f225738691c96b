import { afterAll, beforeAll, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

// A rule for some methods, and a dashboard that takes a request for another than it says: Rails' X-HTTP-Method-Override and its
// kin, in PHP, Java and .NET frameworks.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      {
        ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'], public: ['/open/**'] },
        resources: [{ resource: 'hr', paths: ['/hr/**', '/open/edit'], methods: ['DELETE', 'POST'] }],
      },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const Authorization = basicOf('mike');

it('a request is judged by its own method', async () => {
  for (const [method, path, status] of [
    ['GET', '/hr/x', 200],
    ['HEAD', '/hr/x', 200],
    ['POST', '/hr/x', 403],
    ['DELETE', '/hr/x', 403],
    ['PUT', '/hr/x', 200],
    ['GET', '/open/edit', 200],
    ['POST', '/open/edit', 403],
  ] as const) {
    const headers = { Authorization, 'X-Original-Method': method };
    expect((await gate.ask(path, { method, headers: { Authorization } })).status, `${method} ${path}`).toBe(status);
    expect((await gate.verify(path, { headers })).status, `${method} ${path}`).toBe(status);
  }
});

it.each([
  'X-HTTP-Method-Override',
  'x-http-method-override',
  'X_HTTP_Method_Override',
  'X-HTTP_METHOD-Override',
  'X.HTTP.Method.Override',
  'X-HTTP-Method',
  'X-Method-Override',
])('%s: whatever it says, every rule for the path counts', async (name) => {
  for (const value of ['DELETE', 'delete', 'GET', '']) {
    const headers = { Authorization, [name]: value };
    for (const path of ['/hr/x', '/open/edit']) {
      expect((await gate.ask(path, { headers })).status, `${value} ${path}`).toBe(403);
      expect((await gate.verify(path, { headers })).status, `${value} ${path}`).toBe(403);
    }
    expect((await gate.ask('/x', { headers })).status).toBe(200);
    expect((await gate.ask('/hr/x', { headers: { ...headers, Authorization: basicOf('hanna') } })).status).toBe(200);
  }
});

it('the query and the case of a method change nothing', async () => {
  expect((await gate.ask('/hr/x?_method=GET', { method: 'POST', headers: { Authorization } })).status).toBe(403);
  for (const method of ['post', 'Post', 'delete']) {
    const bytes = `${method} /hr/x HTTP/1.1\r\nHost: ${gate.host}\r\nAuthorization: ${Authorization}\r\nConnection: close\r\n\r\n`;
    expect((await raw(gate.port, bytes))?.status ?? 400, method).toBe(400);
    expect((await gate.verify('/hr/x', { headers: { Authorization, 'X-Original-Method': method } })).status).toBe(403);
  }
});
