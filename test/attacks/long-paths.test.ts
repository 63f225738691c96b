import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gate, startGate } from '../support/gate.ts';
import { raw } from '../support/raw.ts';

// ReDoS, as in path-to-regexp CVE-2024-45296: a path that nobody has to sign in for, and whose reading takes the square of its length.

let gate: Gate;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      {
        ...{ name: 'sales', at: '/', upstream: '$UPSTREAM', open: ['/**'], public: ['/open/**'] },
        resources: Array.from({ length: 20 }, (_, at) => ({
          resource: `r${at}`,
          paths: [`/**/r${at}*x*y/**`, '/**/z'],
        })),
      },
    ],
  });
});
afterAll(() => gate[Symbol.asyncDispose]());

const DOTS = '.'.repeat(15_000);
it.each([
  ['dots before a letter', `/${DOTS}a`],
  ['dots before a letter, and one at the end', `/a${DOTS}a.`],
  ['dots in many segments', `/${'...a/'.repeat(1_000)}a.`],
  ['blanks', `/a${'%20'.repeat(5_000)}a.`],
  ['segments', `/${'r1/'.repeat(5_000)}.x`],
])(
  '%s: forty such requests hold up nobody',
  async (_what, path) => {
    const began = performance.now();
    for (let time = 0; time < 20; time++) {
      const answer = await raw(gate.port, `GET ${path} HTTP/1.1\r\nHost: ${gate.host}\r\nConnection: close\r\n\r\n`);
      expect([400, 401]).toContain(answer?.status);
      expect([401, 403]).toContain((await gate.verify(path)).status);
    }
    // Milliseconds; by the square it would be a minute and more.
    expect(performance.now() - began).toBeLessThan(10_000);
  },
  120_000,
);
