import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { newest } from '../lib/lru.ts';
import { MOST_TOKEN } from './cookie.ts';
import { sealToFit } from './fit.ts';
import type { DerivedKey } from './key-ring.ts';
import { beganOf, ownOf, type Session } from './session.ts';
import type { SessionStore } from './store.ts';
import { open, seal } from './token.ts';

export type SessionFinding =
  | { readonly kind: 'open'; readonly session: Session }
  | {
      readonly kind: 'no';
      readonly reason: 'session-unreadable' | 'session-expired' | 'session-idle' | 'session-revoked';
      /** Whose it was; empty where no key of ours sealed it. */
      readonly sub: string;
    };

export interface SessionsOptions {
  readonly issuer: string;
  /** How long a session lasts after sign-in, in seconds. */
  readonly lifetimeSec: number;
  /** A session that is not used for so long ends; `null`: it does not. */
  readonly idleSec?: number | null;
  /** How long one lasts that was to be remembered; `null`: none is, whatever its cookie says. */
  readonly rememberSec?: number | null;
  /** When a session was used last as far as others know, in seconds since the epoch; 0: not known. */
  readonly lastUseSec?: (jti: string) => number;
  /** Read anew for each token, so that a reloaded ring counts at once. */
  readonly keys: () => readonly DerivedKey[];
  readonly store: SessionStore;
  readonly unproved?: UnprovedEnds;
  readonly clock: Clock;
}

/** Ended sessions of who proved nothing. Anybody can have such a one anew without a password: their ends may not fill the store. */
export interface UnprovedEnds {
  add(jti: string): void;
  has(jti: string): boolean;
  all(): Iterable<string>;
}

/** The last of them, for as long as this process runs. */
export function createUnprovedEnds(): UnprovedEnds {
  const ended = newest<true>(10_000);
  return { add: (jti) => void ended.set(jti, true), has: (jti) => ended.has(jti), all: () => ended.rkeys() };
}

export interface Sealed {
  readonly session: Session;
  readonly token: string;
}

/** Begins, finds, renews and ends sessions. */
export interface Sessions {
  /** Throws StoreUnavailable where none may begin. @param isRemembered - to last for `rememberSec`, where that is on */
  begin(
    who: Pick<Session, 'sub' | 'name' | 'email' | 'groups' | 'allowedResources' | 'amr' | 'acr'>,
    isRemembered?: boolean,
    /** Where a provider looked at the proof: which one, and when that was. */
    vouched?: Required<Pick<Session, 'authTimeSec' | 'provider'>>,
  ): Promise<Sealed>;
  /** The same session in a cookie written now. Whether it is still open is for the caller to have judged. */
  anew(session: Session): Promise<Sealed>;
  /**
   * Expiry and revocation are judged on each call; only the opening of the token is remembered. Throws StoreUnavailable where
   * what is known of ended sessions is too old to judge by.
   */
  find(token: string): SessionFinding;
  /** The same of a session that was found otherwise, as one that stands for a token. Throws StoreUnavailable likewise. */
  judge(session: Session): SessionFinding;
  /** Whether a session has neither ended nor been ended, as far as can be said. */
  isLive(session: Session): boolean;
  /** When it ends unless it is used again, in seconds since the epoch. */
  endOf(session: Session): number;
  /** Notes that an open session is used now, where no new cookie can be handed out. */
  touch(session: Session): void;
  /**
   * Notes that an open session is used now.
   * @returns the same session in a cookie written now, where that is due: once for a quarter of the idle time, the same one
   * for all who ask meanwhile. The cookie before it stays as good as it was.
   */
  use(session: Session): Promise<Sealed> | null;
  /**
   * Throws StoreUnavailable where the end could not be written down. That of a session which proved nothing is not: the last
   * 10,000 are known until this process ends.
   */
  end(session: Pick<Session, 'amr' | 'endsSec' | 'jti'>): void;
  /**
   * Ends the sessions that hang on a session of a provider's, and any that will. Throws StoreUnavailable likewise.
   * @returns those of them that this process knows
   */
  endAt(sid: string): readonly Session[];
  /** Ends all sessions of a subject that began then or before. Throws StoreUnavailable likewise. */
  endAllOf(sub: string, beganSec: number): void;
  /** Waits until every end so far is written down. Throws StoreUnavailable where that cannot be said. */
  confirmEnds(): Promise<void>;
  /** Forgets opened tokens: the ring has changed. */
  forget(): void;
}

/** So many ends of all sessions of a subject within a second are told apart. */
const MOST_ENDS = 30;
/** Of opened cookies, and of renewed ones, each as {@link sizeOf} reckons it: some ten thousand. */
const MOST_BYTES = 16 * 1024 * 1024;
/** A cookie is written anew after this part of the idle time. */
const RENEWED_AFTER = 1 / 4;

export function createSessions(options: SessionsOptions): Sessions {
  const { issuer, lifetimeSec, idleSec = null, rememberSec = null, lastUseSec = () => 0, keys, store, clock } = options;
  const { unproved = createUnprovedEnds() } = options;
  // Keyed by the exact bytes of the cookie, so no other cookie can share an entry. What is kept is what an opened token
  // says, never a verdict.
  const opened = new LRUCache<string, Session>({ maxSize: MOST_BYTES, sizeCalculation: sizeOf });
  /** The newest cookie of each session, by {@link cookieOf}. */
  const renewed = new LRUCache<string, Sealed>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ session, token }) => sizeOf(session, token),
  });
  const renewing = new Map<string, Promise<Sealed>>();
  /** When it was used last, by `jti`: later than its cookie says, which cannot be written at each use. */
  const used = newest<number>(50_000);

  /** Whoever is to be remembered is so by today's configuration, as it is with grants. */
  const absoluteEndOf = (session: Session): number =>
    session.isRemembered ? Math.min(session.endsSec, beganOf(session) + (rememberSec ?? lifetimeSec)) : session.endsSec;
  const mayIdle = ({ isRemembered, token, embed }: Session): boolean =>
    idleSec === null || token !== undefined || embed !== undefined || (isRemembered === true && rememberSec !== null);
  const idleEndOf = (session: Session): number =>
    mayIdle(session)
      ? Number.POSITIVE_INFINITY
      : Math.max(session.writtenSec, used.get(session.jti) ?? lastUseSec(session.jti)) + (idleSec ?? 0);

  const finding = (session: Session): SessionFinding => {
    const own = session.actingAs && finding(ownOf(session));
    if (own?.kind === 'no') return own;
    const { jti, sub, provider, token } = session;
    const now = nowSec(clock);
    if (absoluteEndOf(session) <= now) return { kind: 'no', reason: 'session-expired', sub };
    const began = { sub, beganSec: beganOf(session) };
    const sid = provider?.sid ?? null;
    const isEndedThere = sid !== null && store.isRevoked({ ...began, jti: sidKey(sid) });
    // What another issuer gave may be older than the store: it did not have to be known there.
    const isEnded = token === 'issued' ? store.isEnded({ ...began, jti }) : store.isRevoked({ ...began, jti });
    if (unproved.has(jti) || isEndedThere || isEnded) return { kind: 'no', reason: 'session-revoked', sub };
    if (idleEndOf(session) <= now) return { kind: 'no', reason: 'session-idle', sub };
    return { kind: 'open', session };
  };

  const judged = (session: Session): SessionFinding => {
    const found = finding(session);
    // What is over stays over, whatever else is not known.
    if (found.kind === 'open' && !store.isCurrent())
      throw new StoreUnavailable('the session store is lost for too long');
    return found;
  };

  const isDue = (session: Session): boolean =>
    !mayIdle(session) && nowSec(clock) - session.writtenSec >= (idleSec ?? 0) * RENEWED_AFTER;

  const touch = ({ jti, actingAs }: Session): void => {
    used.set(jti, nowSec(clock));
    if (actingAs) used.set(actingAs.own.jti, nowSec(clock));
  };

  const renew = async (session: Session): Promise<Sealed> => {
    const next = { ...session, writtenSec: nowSec(clock) };
    const sealed = await sealToFit(next, MOST_TOKEN, (brief) => seal(brief, issuer, keys()));
    renewed.set(cookieOf(session), sealed);
    return sealed;
  };

  return {
    async begin(who, isRemembered = false, vouched) {
      const jti = randomBytes(16).toString('base64url');
      const { sub, name, email, groups, allowedResources, amr, acr } = who;
      let now = nowSec(clock);
      // Not within the very second of an end of all that this subject had before, nor of the second such end.
      for (let left = MOST_ENDS; left > 0 && store.isRevoked({ jti, sub, beganSec: now }); left--) now++;
      // Dated before anybody is waited for: an end that comes meanwhile is one of this session too.
      if (!(await store.takesSignIns())) throw new StoreUnavailable('nobody signs in while the session store is lost');
      const keptSec = isRemembered ? rememberSec : null;
      const session: Session = {
        ...{ sub, name, email, groups, allowedResources, amr },
        ...{ authTimeSec: now, jti, writtenSec: now, endsSec: now + (keptSec ?? lifetimeSec) },
        ...(acr !== undefined && { acr }),
        ...(keptSec !== null && { isRemembered: true }),
        ...(vouched && { ...vouched, beganSec: now }),
      };
      return sealToFit(session, MOST_TOKEN, (brief) => seal(brief, issuer, keys()));
    },
    anew: renew,
    find(token) {
      const known = opened.get(token);
      if (known) return judged(known);
      const session = open(token, issuer, keys());
      if (!session) return { kind: 'no', reason: 'session-unreadable', sub: '' };
      opened.set(token, session);
      return judged(session);
    },
    judge: judged,
    isLive: (session) => store.isCurrent() && finding(session).kind === 'open',
    endOf: (session) => Math.min(absoluteEndOf(session), idleEndOf(session)),
    touch,
    use(session) {
      const cookie = cookieOf(session);
      touch(session);
      if (!isDue(session)) return null;
      const known = renewed.get(cookie);
      if (known && !isDue(known.session)) return Promise.resolve(known);
      const pending = renewing.get(cookie) ?? renew(session).finally(() => renewing.delete(cookie));
      renewing.set(cookie, pending);
      return pending;
    },
    end({ jti, amr, endsSec }) {
      if (amr.length === 0) unproved.add(jti);
      else store.revoke(jti, endsSec);
    },
    endAt(sid) {
      store.revoke(sidKey(sid), nowSec(clock) + Math.max(lifetimeSec, rememberSec ?? 0));
      return [...opened.values()].filter(({ provider }) => provider?.sid === sid);
    },
    endAllOf: (sub, beganSec) => store.revokeSubjects([sub], beganSec),
    confirmEnds: () => store.confirm(),
    forget() {
      opened.clear();
      renewed.clear();
    },
  };
}

/** One session has a cookie at each host that it was carried to. No `jti` has a space. */
const cookieOf = ({ jti, host = '' }: Session): string => `${jti} ${host}`;
/** Stands among the ends of sessions, as if it were one's name; a `jti` of ours is half as long. */
const sidKey = (sid: string): string => `sid-${sid}`;

const sizeOf = (session: Session, token: string): number =>
  token.length * 2 + 400 + 40 * (session.groups.length + session.allowedResources.length);
