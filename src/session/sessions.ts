import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { MOST_TOKEN } from './cookie.ts';
import type { DerivedKey } from './key-ring.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './store.ts';
import { open, seal } from './token.ts';

export type SessionFinding =
  | { readonly kind: 'open'; readonly session: Session }
  | {
      readonly kind: 'no';
      readonly reason: 'session-unreadable' | 'session-expired' | 'session-revoked';
      /** Whose it was; empty where no key of ours sealed it. */
      readonly sub: string;
    };

export interface SessionsOptions {
  readonly issuer: string;
  /** How long a session lasts after sign-in, in seconds. */
  readonly lifetimeSec: number;
  /** Read anew for each token, so that a reloaded ring counts at once. */
  readonly keys: () => readonly DerivedKey[];
  readonly store: SessionStore;
  readonly clock: Clock;
}

/** Begins, finds and ends sessions. */
export interface Sessions {
  begin(who: Pick<Session, 'sub' | 'name' | 'email' | 'groups' | 'allowedResources' | 'amr'>): Promise<{
    session: Session;
    token: string;
  }>;
  /** Expiry and revocation are judged on each call; only the opening of the token is remembered. */
  find(token: string): Promise<SessionFinding>;
  /** Whether a session has neither ended nor been ended. */
  isLive(session: Session): boolean;
  /**
   * Throws StoreUnavailable where the end could not be written down. That of a session which proved nothing is not: the last
   * 10,000 are known until this process ends.
   */
  end(session: Session): void;
  /** Throws StoreUnavailable unless every end so far is written down. */
  confirmEnds(): void;
  /** Forgets opened tokens: the ring has changed. */
  forget(): void;
}

export function createSessions({ issuer, lifetimeSec, keys, store, clock }: SessionsOptions): Sessions {
  // Keyed by the exact bytes of the cookie, so no other cookie can share an entry. What is kept is what an opened token
  // says, never a verdict.
  const opened = new LRUCache<string, Session>({ max: 10_000, maxSize: 16 * 1024 * 1024, sizeCalculation: sizeOf });

  // Anybody can have such a session anew, and end it, without a password: their ends may not fill the store.
  const endedUnproved = new LRUCache<string, true>({ max: 10_000 });

  const finding = (session: Session): SessionFinding => {
    const { jti, sub, authTimeSec, endsSec } = session;
    if (endsSec <= nowSec(clock)) return { kind: 'no', reason: 'session-expired', sub };
    if (endedUnproved.has(jti) || store.isRevoked({ jti, sub, beganSec: authTimeSec }))
      return { kind: 'no', reason: 'session-revoked', sub };
    return { kind: 'open', session };
  };

  return {
    async begin(who) {
      const jti = randomBytes(16).toString('base64url');
      const { sub, name, email, groups, allowedResources, amr } = who;
      // Not within the very second of an end of all that this subject had before.
      const isOver = store.isRevoked({ jti, sub, beganSec: nowSec(clock) });
      const now = nowSec(clock) + (isOver ? 1 : 0);
      const session: Session = {
        ...{ sub, name, email, groups, allowedResources, amr },
        ...{ authTimeSec: now, jti, writtenSec: now, endsSec: now + lifetimeSec },
      };
      const token = await seal(session, issuer, keys());
      if (token.length <= MOST_TOKEN) return { session, token };
      // Lists too long for a cookie are left out of it: grants and groups are looked up at each request anyhow.
      const brief: Session = { ...session, groups: [], allowedResources: [] };
      return { session: brief, token: await seal(brief, issuer, keys()) };
    },
    async find(token) {
      const known = opened.get(token);
      if (known) return finding(known);
      const session = await open(token, issuer, keys());
      if (!session) return { kind: 'no', reason: 'session-unreadable', sub: '' };
      opened.set(token, session);
      return finding(session);
    },
    isLive: (session) => finding(session).kind === 'open',
    end({ jti, amr, endsSec }) {
      if (amr.length === 0) endedUnproved.set(jti, true);
      else store.revoke(jti, endsSec);
    },
    confirmEnds() {
      if (!store.isReady()) throw new StoreUnavailable('the end of a session is not written down yet');
    },
    forget: () => opened.clear(),
  };
}

const sizeOf = (session: Session, token: string): number =>
  token.length * 2 + 400 + 40 * (session.groups.length + session.allowedResources.length);
