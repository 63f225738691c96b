import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gate, startGate } from '../support/gate.ts';

// mod_auth_openidc CVE-2024-24814: the cookie said how many chunks there are, and the server believed it.

let gate: Gate;
let token: string;
beforeAll(async () => {
  gate = await startGate();
  token = (await gate.signIn('mica')).slice('dashgate='.length);
});
afterAll(() => gate[Symbol.asyncDispose]());

const get = (header: string) => gate.ask('/x', { headers: { Cookie: header } });
const pieces = (count: number): string[] => {
  const size = Math.ceil(token.length / count);
  return Array.from({ length: count }, (_, index) => token.slice(index * size, (index + 1) * size));
};
const chunk = (index: number | string, text: string): string => `dashgate.${index}=${text}`;

it('the control: chunks in any order are the whole', async () => {
  for (const count of [1, 2, 3, 5]) {
    const chunks = pieces(count).map((text, index) => chunk(index, text));
    expect((await get(chunks.join('; '))).status).toBe(200);
    expect((await get(chunks.toReversed().join('; '))).status).toBe(200);
  }
});

it.each<[string, () => string]>([
  ['a count', () => 'dashgate=chunks:99999999'],
  ['a count in a cookie', () => `dashgate.chunks=99999999; ${chunk(0, token)}; dashgate=99999999`],
  ['a chunk far away', () => chunk(99999999, token)],
  ['a gap', () => [chunk(0, pieces(2)[0] ?? ''), chunk(2, pieces(2)[1] ?? '')].join('; ')],
  ['no beginning', () => [chunk(1, pieces(2)[0] ?? ''), chunk(2, pieces(2)[1] ?? '')].join('; ')],
  ['one chunk twice', () => [chunk(0, pieces(2)[0] ?? ''), chunk(1, pieces(2)[1] ?? ''), chunk(1, 'x')].join('; ')],
  [
    'the order changed',
    () =>
      pieces(2)
        .toReversed()
        .map((text, index) => chunk(index, text))
        .join('; '),
  ],
  ['a chunk beside the whole', () => `dashgate=${token}; ${chunk(0, 'x')}`],
  ['the whole beside its chunks', () => `${chunk(0, token)}; dashgate=${token}`],
  ['an empty chunk at the end', () => `${chunk(0, token)}; ${chunk(2, '')}`],
  ['another number for one chunk', () => `${chunk(0, pieces(2)[0] ?? '')}; ${chunk('01', pieces(2)[1] ?? '')}`],
  ['a negative one', () => `${chunk(0, pieces(2)[0] ?? '')}; ${chunk('-1', pieces(2)[1] ?? '')}`],
  [
    'more than are ever written',
    () =>
      pieces(6)
        .map((text, index) => chunk(index, text))
        .join('; '),
  ],
  ['very many', () => Array.from({ length: 4_000 }, (_, index) => chunk(index, 'A')).join(';')],
  ['very many of one', () => Array.from({ length: 4_000 }, () => chunk(0, 'A')).join(';')],
  [
    'very many others',
    () =>
      `${Array.from({ length: 8_000 }, (_, index) => `a${index}=1`)
        .join(';')
        .slice(0, 55_000)}; dashgate=x`,
  ],
  ['a number as long as a header', () => `dashgate.${'9'.repeat(50_000)}=${token}`],
])('%s: refused, fast', async (_what, header) => {
  const began = performance.now();
  expect((await get(header())).status).toBe(401);
  expect((await gate.verify('/x', { headers: { Cookie: header() } })).status).toBe(401);
  // What grows with the square of so many takes longer than that.
  expect(performance.now() - began).toBeLessThan(5000);
});

it('what clears them names a few at most', async () => {
  const header = Array.from({ length: 2_000 }, (_, index) => chunk(index, 'A')).join(';');
  expect((await get(header)).headers.getSetCookie().length).toBeLessThanOrEqual(12);
});

it('no chunk goes on to the dashboard, however it is numbered', async () => {
  for (const index of ['0', '4', '7', '00', '12345678']) {
    gate.upstream.clear();
    const answer = await gate.ask('/robots.txt', { headers: { Cookie: `a=1; ${chunk(index, 'SECRET')}; b=2` } });
    expect(answer.status).toBe(200);
    expect(gate.upstream.last().headers.cookie, index).toBe('a=1; b=2');
  }
});
