import type { LiveSession } from './live-sessions.ts';

/**
 * Where the list of live sessions outlives a process. Nothing is decided by it, so what cannot be read or written is done
 * without: nothing here throws.
 */
export interface LiveShelf {
  /** @param purgeSec - drop what ended before, and the oldest beyond the cap  @returns whether it is done */
  write(sessions: readonly LiveSession[], purgeSec: number | null): boolean | Promise<boolean>;
  /** Those that end later than `nowSec`, the one used longest ago first, for whoever is alone with the list. */
  read(nowSec: number, most: number): LiveSession[];
  of(sub: string, most: number): LiveSession[] | Promise<LiveSession[]>;
  /** Those of a user name, in whatever source. */
  ofUser(user: string, most: number): LiveSession[] | Promise<LiveSession[]>;
  drop(jti: string): void | Promise<void>;
  /** Which were used then or later, latest first: where others write to the list as well. */
  usedSince?(sec: number, most: number): Promise<(readonly [jti: string, usedSec: number])[]>;
  close(): void;
}
