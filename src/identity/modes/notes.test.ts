import { describe, expect, it } from 'vitest';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { SessionStore } from '../../session/store.ts';
import { createMemoryStore } from '../../session/store-memory.ts';
import { createSqliteStore } from '../../session/store-sqlite.ts';
import { createModeNotes } from './notes.ts';

const clock = { nowMs: () => 1_800_000_000_000 };
const BEGAN = 1_800_000_000;
const isOver = (store: SessionStore, sub: string): boolean => store.isRevoked({ jti: 'j', sub, beganSec: BEGAN });

describe('a mode that is gone while nothing runs', () => {
  it.each<[string, readonly (readonly [string, string])[], boolean, boolean]>([
    [
      'nothing',
      [
        ['label:auth-user', ''],
        ['label:auth-pass', 'a'],
      ],
      false,
      false,
    ],
    ['a mode', [['label:auth-pass', 'a']], true, false],
    [
      'another password',
      [
        ['label:auth-user', ''],
        ['label:auth-pass', 'b'],
      ],
      false,
      true,
    ],
    ['all of them', [], true, true],
  ])('%s has changed', async (_what, later, userIsOver, passIsOver) => {
    await using dir = await tempDir();
    const open = (): SessionStore =>
      createSqliteStore({ file: dir.file('db'), clock: { nowMs: () => 1_799_999_999_000 } });
    const first = open();
    createModeNotes(
      first,
      clock,
    )([
      ['label:auth-user', ''],
      ['label:auth-pass', 'a'],
    ]);
    first.close();
    const second = open();
    createModeNotes(second, clock)(later);
    expect([isOver(second, 'label:auth-user'), isOver(second, 'label:auth-pass')]).toEqual([userIsOver, passIsOver]);
    expect(isOver(second, 'file:mica')).toBe(false);
    second.close();
  });
});

it('a mode that goes while it runs is over in a store that keeps no notes as well', () => {
  const store = createMemoryStore({ clock: { nowMs: () => 1_799_999_000_000 } });
  const note = createModeNotes(store, clock);
  note([
    ['label:auth-user', ''],
    ['label:auth-pass', 'a'],
  ]);
  note([
    ['label:auth-user', ''],
    ['label:auth-pass', 'a'],
  ]);
  expect([isOver(store, 'label:auth-user'), isOver(store, 'label:auth-pass')]).toEqual([false, false]);
  note([['label:auth-pass', 'b']]);
  expect([isOver(store, 'label:auth-user'), isOver(store, 'label:auth-pass')]).toEqual([true, true]);
});
