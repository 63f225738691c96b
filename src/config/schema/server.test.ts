import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { server } from './server.ts';

it.each([
  [1, 1],
  [64, 64],
  ['auto', Math.min(availableParallelism(), 64)],
])('server.workers: %s', (workers, count) => {
  expect(server.parse({ workers }).workers).toBe(count);
});

it('one process answers, unless more are asked for', () => {
  expect(server.parse({}).workers).toBe(1);
});

it.each([[0], [65], [1.5], ['many'], ['2'], [true], [null]])('server.workers: %j is refused', (workers) => {
  expect(server.safeParse({ workers }).error?.issues.map(({ message }) => message)).toEqual([
    'is no number of workers; write one from 1 to 64, or auto',
  ]);
});
