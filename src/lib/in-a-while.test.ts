import { expect, it, vi } from 'vitest';
import { createInAWhile } from './in-a-while.ts';

it('does all of it in its order once the time of the first is over, and what comes later by a time of its own', () => {
  vi.useFakeTimers();
  try {
    const done: number[] = [];
    const later = createInAWhile(10);
    later(() => done.push(1));
    vi.advanceTimersByTime(6);
    later(() => {
      done.push(2);
      later(() => done.push(3));
    });
    expect(done).toEqual([]);
    vi.advanceTimersByTime(4);
    expect(done).toEqual([1, 2]);
    vi.advanceTimersByTime(10);
    expect(done).toEqual([1, 2, 3]);
  } finally {
    vi.useRealTimers();
  }
});
