import type { RefreshShelf } from './refresh-shelf.ts';
import type { End, Revocations } from './revocations.ts';
import type { TokenShelf } from './token-shelf.ts';

/**
 * What must outlive a cookie: which sessions were ended before their time. Reading never waits: what is revoked is held in
 * memory, where an end counts at once. It is written down when the call returns, or, over a network, when `confirm` says so.
 */
export interface SessionStore {
  /** Ends one session. `untilSec`: when it would have ended anyway, so that the entry can go. Throws StoreUnavailable. */
  revoke(jti: string, untilSec: number, by?: End['by']): void;
  /** Ends every session of these subjects that was begun at or before `atSec`, by one write. Throws StoreUnavailable. */
  revokeSubjects(subs: readonly string[], atSec: number, by?: End['by']): void;
  /** Waits until every end so far, and every proof, is written down. Throws StoreUnavailable where that cannot be said now. */
  confirm(): Promise<void>;
  /**
   * Notes by what the subjects of a source prove themselves now, and ends, as of `atSec`, the sessions of those who proved
   * themselves by something else when that was last noted, or are gone since. So a password that was changed while nothing ran
   * counts as well. Only HMACs of `proof` are kept. Throws StoreUnavailable.
   */
  noteProofs(source: string, proofs: Iterable<readonly [sub: string, proof: string]>, atSec: number): void;
  /** Whether the session was ended: by its `jti`, by its subject, or since it began before this store could know of it. */
  isRevoked(session: { jti: string; sub: string; beganSec: number }): boolean;
  /** The same, but for what began before this store: whoever began it elsewhere did not have to tell. */
  isEnded(session: { jti: string; sub: string; beganSec: number }): boolean;
  /**
   * Takes an id that may be used once, and keeps it until then; a use after that is for the caller to refuse.
   * @param id - 1 to 200 characters, beginning with what it is for, as in `handoff:…`
   * @returns true for exactly one call, of all processes and starts, when that is written down
   * @throws StoreUnavailable where it is not known: nobody may go on then
   */
  once(id: string, expiresAtSec: number): Promise<boolean>;
  /** What sessions ask their providers by. */
  readonly refresh: RefreshShelf;
  /** The tokens that people made for their programs. */
  readonly tokens: TokenShelf;
  /** The ends that are held here, to be told to others; only the store adds to them. */
  readonly held: Pick<Revocations, 'knownSince' | 'onHeld' | 'sessions' | 'subjects'>;
  /** Calls back when sessions were ended, by whichever process; returns what stops it. */
  onEnded(listener: (end: End) => void): () => void;
  /** Whether the store can take writes, for `/readyz`. */
  isReady(): boolean;
  /** How many ends count here and are not written down yet. */
  waiting(): number;
  /** Whether what is known here is new enough to judge sessions by. */
  isCurrent(): boolean;
  /** Whether sessions may begin. */
  takesSignIns(): boolean | Promise<boolean>;
  close(): void;
}
