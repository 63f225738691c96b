import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

// Cross-site tracing (CERT VU#867593): TRACE has a server send the request back, with all that a proxy put into it. Some answer it as
// they come (Apache's TraceEnable), so a client would learn the service credential, and the cookie that tells who is there.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    server: { check_listen: '127.0.0.1:0' },
    prepare: (dir) => dir.write('service.password', 'sesame-R7', 0o600).then(() => {}),
    apps: [
      {
        ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', public: ['/open/**'], upstream_auth: 'fixed' },
        upstream_credentials: { user: 'service', password_file: '$DIR/service.password' },
      },
    ],
    answer: (request, response) => response.end(request.rawHeaders.join('\n')),
  });
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const SERVICE = Buffer.from('service:sesame-R7').toString('base64');
const Authorization = basicOf('mica');

it('the control: the dashboard gets the service credential', async () => {
  expect((await gate.ask('/open/x')).body).toContain(SERVICE);
});

it.each(['TRACE', 'TRACK'])('%s reaches no dashboard, and no front is told to let it through', async (method) => {
  for (const path of ['/open/x', '/x']) {
    const bytes = `${method} ${path} HTTP/1.1\r\nHost: ${gate.host}\r\nAuthorization: ${Authorization}\r\nConnection: close\r\n\r\n`;
    const answer = await raw(gate.port, bytes);
    expect(answer?.status, path).toBe(400);
    expect(answer?.body).not.toContain(SERVICE);
    const asked = await gate.verify(path, { headers: { Authorization, 'X-Original-Method': method } });
    expect([asked.status, asked.headers.get('x-dashgate-status')], path).toEqual([403, '400']);
    const head = `Host: ${gate.host}\r\nAuthorization: ${Authorization}\r\nConnection: close\r\n`;
    const words = `X-Forwarded-Uri: ${path}\r\nX-Forwarded-Host: ${gate.host}\r\nX-Forwarded-Method: ${method}\r\n`;
    for (const question of [
      `GET /_dashgate/auth/forward?app=sales HTTP/1.1\r\n${head}${words}\r\n`,
      `${method} /_dashgate/auth/envoy/sales${path} HTTP/1.1\r\n${head}\r\n`,
    ]) {
      const told = await raw(Number(gate.check), question);
      expect(told?.status, question).toBe(400);
      expect(JSON.stringify([...(told?.headers ?? [])])).not.toContain(SERVICE);
    }
  }
  expect(gate.upstream.seen).toEqual([]);
});
