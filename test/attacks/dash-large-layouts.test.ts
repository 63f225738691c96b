import { afterAll, beforeAll, expect, it } from 'vitest';
import { basicOf, type Gate, startGate } from '../support/gate.ts';

const SECRET = 'CANARY-hr-8d1f';
const MOST_MB = 32;
const MB = 1024 * 1024;

/** Just below what is looked into: half of it is hr's. */
function aLargeLayout(): Buffer {
  const part = (id: string) =>
    JSON.stringify({
      props: { id, children: `${SECRET} ${'x'.repeat(900)}` },
      type: 'Div',
      namespace: 'dash_html_components',
    });
  const parts: string[] = [];
  for (let bytes = 0, i = 0; bytes < (MOST_MB - 1) * MB; i++) {
    const each = part(i % 2 === 0 ? `hr-${i}` : `marketing-${i}`).replace(i % 2 === 0 ? '' : SECRET, '');
    parts.push(each);
    bytes += each.length + 1;
  }
  return Buffer.from(`[${parts.join(',')}]`);
}

let gate: Gate;
let large: Buffer;
beforeAll(async () => {
  large = aLargeLayout();
  gate = await startGate({
    apps: [{ name: 'sales', at: '/', kind: 'dash', upstream: '$UPSTREAM', sections: { most_megabytes: MOST_MB } }],
    answer(request, response) {
      response.setHeader('Content-Type', 'application/json');
      response.end(request.url === '/_dash-dependencies' ? '[]' : large);
    },
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

it('many layouts of 32 MB at once are filtered or put off, in bounded memory, and dashgate goes on', async () => {
  const headers = { Authorization: basicOf('mike'), Connection: 'close' };
  await gate.ask('/_dash-dependencies', { headers });
  const before = process.memoryUsage().rss;
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss - before);
  }, 20);
  const statuses = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const { status, body } = await gate.ask('/_dash-layout', { headers });
      expect(body.includes(SECRET)).toBe(false);
      if (status === 200) expect(body.includes('marketing-1')).toBe(true);
      return status;
    }),
  );
  clearInterval(look);
  expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
  expect(statuses).toContain(200);
  // Twelve at once are 372 MB as bytes; of those at most four are held, each of them a page at a time. The test's own answers count too.
  expect(most).toBeLessThan(1500 * MB);
  expect((await gate.ask('/_dash-layout', { headers })).status).toBe(200);
}, 120_000);
