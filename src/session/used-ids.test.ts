import { expect, it } from 'vitest';
import { createUsedIds, USED_KEPT_SEC } from './used-ids.ts';

it('holds no more ids than it may: a full one gives none away, until some are over', () => {
  const used = createUsedIds(2);
  expect([used.add('a', 60, 0), used.add('b', 60, 0), used.add('c', 60, 0), used.add('a', 60, 0)]).toEqual([
    true,
    true,
    null,
    false,
  ]);
  expect(used.add('c', 1000, 61 + USED_KEPT_SEC)).toBe(true);
});
