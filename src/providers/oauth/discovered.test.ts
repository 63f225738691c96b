import { expect, it } from 'vitest';
import { ProviderUnavailable } from '../../errors.ts';
import { createDiscovered } from './discovered.ts';

const MINUTE = 60_000;

function stage() {
  const state = { nowMs: 1_000_000, asked: 0, isUp: true };
  const discovered = createDiscovered(
    async () => {
      state.asked += 1;
      const answer = state.asked;
      if (!state.isUp) throw new ProviderUnavailable('down');
      return answer;
    },
    { nowMs: () => state.nowMs },
  );
  return { state, discovered };
}

it('asks when it is needed first, once for all, and again after an hour while nobody waits', async () => {
  const { state, discovered } = stage();
  expect(state.asked).toBe(0);
  expect(await Promise.all([discovered.get(), discovered.get()])).toEqual([1, 1]);
  state.nowMs += 59 * MINUTE;
  expect(await discovered.get()).toBe(1);
  state.nowMs += 2 * MINUTE;
  expect(await discovered.get()).toBe(1);
  expect(await discovered.get()).toBe(2);
});

it('goes on with what it knows for a day, and then with nothing', async () => {
  const { state, discovered } = stage();
  await discovered.get();
  state.isUp = false;
  state.nowMs += 23 * 60 * MINUTE;
  expect(await discovered.get()).toBe(1);
  state.nowMs += 2 * 60 * MINUTE;
  await expect(discovered.get()).rejects.toThrow(ProviderUnavailable);
});

it('leaves a provider in peace for a moment that did not answer', async () => {
  const { state, discovered } = stage();
  state.isUp = false;
  await expect(discovered.get()).rejects.toThrow(ProviderUnavailable);
  expect(discovered.isDown()).toBe(true);
  state.isUp = true;
  await expect(discovered.get()).rejects.toThrow(ProviderUnavailable);
  expect(state.asked).toBe(1);
  state.nowMs += 5001;
  expect(discovered.isDown()).toBe(false);
  expect(await discovered.get()).toBe(2);
});
