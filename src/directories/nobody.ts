import type { Directory } from './directory.ts';
import { canonicalUser } from './user-name.ts';

/** A directory that has no users: where nobody signs in by a password of their own. */
export const nobodysDirectory: Directory = {
  source: 'nobody',
  canonical: canonicalUser,
  verify: async () => ({ kind: 'wrong', reason: 'unknown-user' }),
  knows: () => false,
  current: () => null,
  granted: () => new Set(),
  onChanged: () => () => {},
  close() {},
};
