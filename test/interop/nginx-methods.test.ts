import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { METHOD_OVERRIDES } from '../../src/lib/method-override.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Chain, MIKE, request, startChain } from './nginx-chain.ts';

// Rules by method, as nginx tells of methods; and of headers by which a dashboard takes a request for another one.

needs('nginx')('methods through nginx', () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain({
      apps: `
  - name: sales
    at: /
    upstream: "$DASHBOARD"
    open: ["/**"]
    resources: [{ resource: hr, paths: ["/hr/**"], methods: [DELETE] }]`,
    });
  });
  beforeEach(() => chain.dashboard.forget());
  afterAll(() => chain[Symbol.asyncDispose]());
  const ask = async (method: string, headers: readonly string[] = []): Promise<number> => {
    const bytes = request(chain, '/hr/x', [MIKE, ...headers]).replace(/^GET/, method);
    return (await raw(chain.port, bytes))?.status ?? 0;
  };

  it('the control: a rule is for its method', async () => {
    expect([await ask('GET'), await ask('POST', ['Content-Length: 0']), await ask('DELETE')]).toEqual([200, 200, 403]);
  });

  it.each(
    METHOD_OVERRIDES.flatMap((name) => [
      name,
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replaceAll('-', '.'),
    ]),
  )('%s: what is held to no rule for it does not arrive', async (name) => {
    for (const method of ['GET', 'POST']) {
      await ask(method, [`${name}: DELETE`, 'Content-Length: 0']);
      for (const { rawHeaders } of chain.dashboard.seen) expect(rawHeaders.join('\n')).not.toContain('DELETE');
    }
  });

  it('TRACE does not arrive', async () => {
    expect(await ask('TRACE')).toBeGreaterThanOrEqual(400);
    expect(chain.dashboard.seen.length).toBe(0);
  });
});
