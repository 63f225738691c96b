import { type Clock, nowSec } from '../../lib/clock.ts';
import type { SessionStore } from '../../session/store.ts';
import type { Modes } from '../modes.ts';

/** Takes in what the modes without users hang on: at the start, and whenever it may have changed. Throws StoreUnavailable. */
export type NoteModes = (proofs: ReturnType<Modes['proofs']>) => void;

/** Ends the sessions of each mode that is gone, or whose password is another one, also since before the last start. */
export function createModeNotes(store: Pick<SessionStore, 'noteProofs' | 'revokeSubjects'>, clock: Clock): NoteModes {
  let last: ReadonlyMap<string, string> = new Map();
  return (proofs) => {
    const now = new Map(proofs);
    const atSec = nowSec(clock);
    // Told outright as well, for a store that keeps no notes.
    const gone = [...last].filter(([sub, proof]) => now.get(sub) !== proof).map(([sub]) => sub);
    if (gone.length > 0) store.revokeSubjects(gone, atSec);
    store.noteProofs('label', proofs, atSec);
    last = now;
  };
}
