import { forEachPurpose, type KeySet } from '../app/keys.ts';
import type { WrittenKeys } from './protocol.ts';

export const writeKeys = (keys: KeySet): WrittenKeys =>
  forEachPurpose(keys, (of) => of.map(({ kid, key }) => ({ kid, key: Buffer.from(key).toString('base64') })));

export const readKeys = (written: WrittenKeys): KeySet =>
  forEachPurpose(written, (of) => of.map(({ kid, key }) => ({ kid, key: Buffer.from(key, 'base64') })));

/**
 * The keys that were in force with new ones behind them: all open what any process may have sealed, while none seals by a key
 * that another does not know yet.
 */
export const openingWith = (before: KeySet, now: KeySet): KeySet =>
  forEachPurpose(before, (keys, purpose) => [
    ...keys,
    ...now[purpose].filter(({ kid }) => keys.every((key) => key.kid !== kid)),
  ]);
