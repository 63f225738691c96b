import { LRUCache } from 'lru-cache';

/**
 * The ID tokens that sessions began with, to show a provider whose session it is to end. In memory only: without one the
 * provider asks the person.
 */
export interface IdTokens {
  keep(jti: string, idToken: string): void;
  /** Takes it out. */
  take(jti: string): string | null | Promise<string | null>;
}

const MOST_BYTES = 16 * 1024 * 1024;

export function createIdTokens(): IdTokens {
  const tokens = new LRUCache<string, string>({
    maxSize: MOST_BYTES,
    maxEntrySize: 16 * 1024,
    sizeCalculation: (token) => token.length + 200,
  });
  return {
    keep: (jti, idToken) => void tokens.set(jti, idToken),
    take(jti) {
      const token = tokens.get(jti) ?? null;
      tokens.delete(jti);
      return token;
    },
  };
}
