import { type Clock, nowSec } from '../../lib/clock.ts';
import { inParts, nameOf, type WrittenEnd, writeEnds } from './ends.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';

/** Ends that Redis has not taken yet: of each session and each subject the latest. */
export interface UnsavedEnds {
  readonly size: number;
  put(end: WrittenEnd): void;
  /** Until there are none, also of those that come meanwhile. Throws StoreUnavailable: what is left is still here. */
  write(link: Pick<Link, 'ask'>): Promise<void>;
}

export function createUnsavedEnds(keys: Keys, clock: Clock): UnsavedEnds {
  const unsaved = new Map<string, WrittenEnd>();
  return {
    get size() {
      return unsaved.size;
    },
    put(end) {
      const name = nameOf(end);
      const before = unsaved.get(name);
      if (!before || before.sec < end.sec) unsaved.set(name, end);
    },
    async write(link) {
      while (unsaved.size > 0) {
        for (const part of inParts([...unsaved.values()])) {
          await writeEnds(link, keys, part, nowSec(clock));
          // Unless it was ended anew meanwhile.
          for (const end of part) if (unsaved.get(nameOf(end)) === end) unsaved.delete(nameOf(end));
        }
      }
    },
  };
}
