import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { startTabpy, type Tabpy } from '../support/start-tabpy.ts';
import { startTabpyChain, type TabpyChain, type Way } from './tabpy-chain.ts';

const NOT_ACCEPTABLE =
  '{"message": "Username or password provided when authentication not available.", "info": "Not Acceptable"}';

needs(
  'python',
  'nginx',
  'curl',
)('a TabPy that is open to everyone', () => {
  let tabpy: Tabpy;
  beforeAll(async () => {
    tabpy = await startTabpy();
  });
  afterAll(() => tabpy[Symbol.asyncDispose]());

  describe.each<Way>(['proxy', 'nginx'])('by the way of %s', (way) => {
    let chain: TabpyChain;
    beforeAll(async () => {
      chain = await startTabpyChain(way, `upstream: "${tabpy.origin}", credentials: [], public: ["/**"]`);
    });
    afterAll(() => chain[Symbol.asyncDispose]());

    it('needs no password, and /info does not speak of one', async () => {
      const { status, body } = await chain.ask('/info');
      expect(status).toBe(200);
      expect(JSON.parse(body).versions.v1.features).not.toHaveProperty('authentication');
      expect((await chain.post('/evaluate', { data: {}, script: 'return [1]' })).body).toBe('[1]');
    });

    it.each(['/info', '/status', '/endpoints', '/query/x', '/evaluate'])('%s refuses a password: 406', async (path) => {
      for (const asked of [chain, { ask: (_: string, ...args: string[]) => direct(tabpy, path, ...args) }]) {
        const { status, headers, body } = await asked.ask(path, '-u', 'mica:x');
        expect({ status, body }).toEqual({ status: 406, body: NOT_ACCEPTABLE });
        expect(headers.get('www-authenticate')).toBe('Basic realm="TabPy Server"');
        expect(headers.get('content-type')).toMatch(/^application\/json/);
      }
    });

    it('takes what is no user and password for nothing at all, and its page looks at none', async () => {
      for (const value of ['Bearer abc', 'Basic !!!', 'Basic eA==', `Basic ${btoa('a:b:c')}`]) {
        expect((await chain.ask('/info', '-H', `Authorization: ${value}`)).status, value).toBe(200);
      }
      expect((await chain.ask('/', '-u', 'mica:x')).status).toBe(200);
    });
  });
});

/** TabPy itself, to compare with. */
async function direct({ origin }: Tabpy, path: string, ...args: string[]) {
  const { curl } = await import('../support/curl.ts');
  return curl(...args, ...(/query|evaluate/.test(path) ? ['-X', 'POST', '-d', '{}'] : []), origin + path);
}
