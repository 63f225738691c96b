import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';

/**
 * What is kept for sessions to ask a provider by, one text a session, sealed by whoever keeps it. It is where the ends of sessions
 * are, so that all instances share it. Each method throws StoreUnavailable.
 */
export interface RefreshShelf {
  /** @param untilSec - when the session ends, so that the text can go */
  put(jti: string, text: string, untilSec: number): Promise<void>;
  read(jti: string): Promise<string | null>;
  /** @returns false where nothing is there to be replaced: the session was ended meanwhile */
  replace(jti: string, text: string): Promise<boolean>;
  /** Takes it out, for exactly one call of all processes. */
  take(jti: string): Promise<string | null>;
  /**
   * The turn to change it: one caller of all processes has it, for `forMs` at most.
   * @returns what ends the turn; `null` where it is another's, or nothing is there
   */
  turn(jti: string, forMs: number): Promise<(() => Promise<void>) | null>;
}

/** Beyond it the text that was used longest ago goes, and that session signs in again. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Forgets with the process. */
export function createMemoryRefresh(clock: Clock): RefreshShelf {
  const texts = new LRUCache<string, string>({
    maxSize: MOST_BYTES,
    sizeCalculation: (text, jti) => 2 * (text.length + jti.length) + 200,
  });
  const turns = new Map<string, number>();
  return {
    async put(jti, text) {
      texts.set(jti, text);
    },
    read: async (jti) => texts.get(jti) ?? null,
    async replace(jti, text) {
      if (!texts.has(jti)) return false;
      texts.set(jti, text);
      return true;
    },
    async take(jti) {
      const text = texts.get(jti) ?? null;
      texts.delete(jti);
      turns.delete(jti);
      return text;
    },
    async turn(jti, forMs) {
      const nowMs = clock.nowMs();
      if (!texts.has(jti) || (turns.get(jti) ?? 0) > nowMs) return null;
      const untilMs = nowMs + forMs;
      turns.set(jti, untilMs);
      return async () => {
        if (turns.get(jti) === untilMs) turns.delete(jti);
      };
    },
  };
}
