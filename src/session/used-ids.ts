/** Ids that may be used once, in memory. */
export interface UsedIds {
  /** @returns true where it was not there yet; `null` where there is no room for it */
  add(id: string, expiresAtSec: number, nowSec: number): boolean | null;
}

/** A clock that was set back by less than this makes no id good again. */
export const USED_KEPT_SEC = 300;

/** @param most - how many are held, at some 150 bytes each */
export function createUsedIds(most = 100_000): UsedIds {
  const used = new Map<string, number>();
  return {
    add(id, expiresAtSec, nowSec) {
      if (used.has(id)) return false;
      if (used.size >= most) {
        for (const [old, endSec] of used) if (endSec < nowSec - USED_KEPT_SEC) used.delete(old);
        if (used.size >= most) return null;
      }
      used.set(id, expiresAtSec);
      return true;
    },
  };
}
