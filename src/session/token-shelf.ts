import { type Clock, nowSec } from '../lib/clock.ts';

/** A personal access token as it is kept: everything but the token itself. Times in seconds since the epoch. */
export interface PersonalToken {
  /** What people and operators call it by: the beginning of {@link hash}. */
  readonly id: string;
  /** SHA-256 of the token, in hex. */
  readonly hash: string;
  /** Whose it is. */
  readonly sub: string;
  /** What its owner calls it. */
  readonly name: string;
  /** The grants that it is good for, of those that its owner has; `null`: all of them. */
  readonly scope: readonly string[] | null;
  readonly madeSec: number;
  readonly endsSec: number;
  /** When it was used last, to a minute; 0: never. */
  readonly usedSec: number;
  /** What else it stands for, as whoever made it wrote it. */
  readonly about?: string;
}

/** Where tokens are kept: where the ends of sessions are, so that all instances share them. Each method throws StoreUnavailable. */
export interface TokenShelf {
  /**
   * @param most - how many its owner may have that have not ended
   * @returns false where there is no room for it
   */
  put(token: PersonalToken, most: number): Promise<boolean>;
  find(id: string): Promise<PersonalToken | null>;
  /** Those of a subject that have not ended, the newest first. */
  of(sub: string): Promise<PersonalToken[]>;
  remove(token: Pick<PersonalToken, 'id' | 'sub'>): Promise<void>;
  /** Notes that it was used: of two times the later stays. */
  used(id: string, atSec: number): Promise<void>;
}

/** In all. */
export const MOST_TOKENS = 50_000;

export const newestFirst = (tokens: readonly PersonalToken[]): PersonalToken[] =>
  tokens.toSorted((a, b) => b.madeSec - a.madeSec || (a.id < b.id ? -1 : 1));

/** Forgets with the process. */
export function createMemoryTokens(clock: Clock): TokenShelf {
  const tokens = new Map<string, PersonalToken>();
  const purge = (): void => {
    for (const [id, { endsSec }] of tokens) if (endsSec <= nowSec(clock)) tokens.delete(id);
  };
  const of = (sub: string): PersonalToken[] => [...tokens.values()].filter((token) => token.sub === sub);
  return {
    async put(token, most) {
      purge();
      if (tokens.size >= MOST_TOKENS || tokens.has(token.id) || of(token.sub).length >= most) return false;
      tokens.set(token.id, token);
      return true;
    },
    find: async (id) => tokens.get(id) ?? null,
    async of(sub) {
      purge();
      return newestFirst(of(sub));
    },
    async remove({ id }) {
      tokens.delete(id);
    },
    async used(id, atSec) {
      const token = tokens.get(id);
      if (token) tokens.set(id, { ...token, usedSec: Math.max(token.usedSec, atSec) });
    },
  };
}
