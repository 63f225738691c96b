import { expect, it } from 'vitest';
import { rootCause } from './root-cause.ts';

it('finds the innermost cause that is an error', () => {
  const inner = new Error('inner', { cause: { status: 404 } });
  expect(rootCause(new Error('outer', { cause: new Error('middle', { cause: inner }) }))).toBe(inner);
  expect(rootCause(new Error('alone'))).toBeUndefined();
});

it('ends where causes go round', () => {
  const error = new Error('round');
  error.cause = error;
  expect(rootCause(error)).toBe(error);
});
