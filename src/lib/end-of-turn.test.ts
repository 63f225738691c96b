import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createEndOfTurn } from './end-of-turn.ts';

it('does nothing at once, and all in its order before the next turn', async () => {
  const done: number[] = [];
  const later = createEndOfTurn();
  for (const number of [1, 2, 3]) later(() => done.push(number));
  await Promise.resolve();
  expect(done).toEqual([]);
  await setImmediate();
  expect(done).toEqual([1, 2, 3]);
});

it('does in the turn after what it is told while it works', async () => {
  const done: string[] = [];
  const later = createEndOfTurn();
  later(() => {
    done.push('first');
    later(() => done.push('second'));
  });
  await setImmediate();
  expect(done).toEqual(['first']);
  await setImmediate();
  expect(done).toEqual(['first', 'second']);
});
