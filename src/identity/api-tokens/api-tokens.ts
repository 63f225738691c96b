import { timingSafeEqual } from 'node:crypto';
import { StoreUnavailable } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { newest } from '../../lib/lru.ts';
import type { Session } from '../../session/session.ts';
import type { SessionStore } from '../../session/store.ts';
import type { PersonalToken } from '../../session/token-shelf.ts';
import { jtiOf as jtiOfPersonal } from '../tokens/personal-tokens.ts';
import { API, createToken, hashOf, idOf, isToken } from '../tokens/token-format.ts';
import { type ApiToken, jtiOf, ownerOf, read, written } from './api-token.ts';

/** Held in memory. */
const MOST = 10_000;
/** So many ends of all that a subject has within a second are told apart. */
const MOST_ENDS = 30;
/** So many uses are written in one turn. */
const MOST_WRITTEN = 100;
const WRITTEN_EVERY_SEC = 60;

/** `session` stands for the token wherever something hangs on a session: it ends with the token. */
export type ApiTokenFinding =
  | { readonly kind: 'open'; readonly token: ApiToken; readonly session: Session }
  | {
      readonly kind: 'no';
      readonly reason: 'bad-token' | 'token-expired' | 'token-revoked';
      /** Whose it was; empty where it is nobody's. */
      readonly sub: string;
    };

/** What today's configuration says of the tokens of an app. */
export interface ApiTokenRules {
  /** One that was not used for so long ends. */
  readonly idleSec: number;
  /** How many one user may have at a time. */
  readonly most: number;
}

/** Tokens that clients of an API are given as they sign in. What can fail throws StoreUnavailable. */
export interface ApiTokens {
  /**
   * Where its user has as many as they may, that which was used longest ago ends.
   * @returns the token, which nobody can be told again
   */
  make(asked: Omit<ApiToken, 'id' | 'madeSec'>, rules: ApiTokenRules): Promise<{ text: string; token: ApiToken }>;
  find(text: string, rules: Pick<ApiTokenRules, 'idleSec'>): Promise<ApiTokenFinding>;
  /** What is called so; it may have ended. */
  byId(id: string): Promise<ApiToken | null>;
  /** Ends it here at once, and everywhere within a second. */
  end(token: ApiToken): Promise<void>;
  /** Notes a use, to be written soon. */
  noteUse(token: ApiToken): void;
  close(): Promise<void>;
}

export interface ApiTokensOptions {
  readonly store: Pick<SessionStore, 'tokens' | 'isRevoked' | 'isCurrent' | 'takesSignIns' | 'revoke' | 'confirm'>;
  readonly clock: Clock;
  readonly writeEveryMs?: number;
}

interface Entry {
  readonly hash: string;
  readonly token: ApiToken;
  readonly session: Session;
}

export function createApiTokens({ store, clock, writeEveryMs = 2000 }: ApiTokensOptions): ApiTokens {
  // What is remembered never changes; whether it still counts is judged each time.
  const known = newest<Entry>(MOST);
  /** When it was used last, as far as is known here. */
  const used = newest<number>(MOST);
  const lastWritten = newest<number>(MOST);
  const unwritten = new Set<string>();

  const isRevoked = ({ id, sub, parent, madeSec }: ApiToken): boolean =>
    store.isRevoked({ jti: jtiOf(id), sub, beganSec: madeSec }) ||
    (parent !== null && store.isRevoked({ jti: jtiOfPersonal(parent), sub, beganSec: madeSec }));

  const load = async (id: string): Promise<Entry | null> => {
    const cached = known.get(id);
    if (cached) return cached;
    const kept = await store.tokens.find(id);
    const token = kept && read(kept);
    if (!token) return null;
    noteUsed(kept);
    const entry = { hash: kept.hash, token, session: sessionOf(token) };
    known.set(id, entry);
    return entry;
  };
  const noteUsed = ({ id, usedSec, madeSec }: PersonalToken): void => {
    used.set(id, Math.max(used.peek(id) ?? 0, usedSec, madeSec));
  };
  const isIdle = ({ id, madeSec }: ApiToken, idleSec: number): boolean =>
    (used.peek(id) ?? madeSec) + idleSec <= nowSec(clock);
  /** Others may have seen it used: asked before it is refused for that. */
  const isIdleEverywhere = async (token: ApiToken, idleSec: number): Promise<boolean> => {
    if (!isIdle(token, idleSec)) return false;
    const kept = await store.tokens.find(token.id);
    if (kept) noteUsed(kept);
    return isIdle(token, idleSec);
  };

  /** Ends what is in the way of one more. */
  const makeRoom = async (owner: string, { idleSec, most }: ApiTokenRules): Promise<void> => {
    const theirs: ApiToken[] = [];
    for (const kept of await store.tokens.of(owner)) {
      const token = read(kept);
      if (token) noteUsed(kept);
      if (!token || isRevoked(token) || isIdle(token, idleSec)) await store.tokens.remove(kept);
      else theirs.push(token);
    }
    const longestAgo = theirs.toSorted((a, b) => (used.peek(a.id) ?? 0) - (used.peek(b.id) ?? 0));
    for (const token of longestAgo.slice(0, Math.max(0, theirs.length - most + 1))) await end(token);
  };

  const end = async (token: ApiToken): Promise<void> => {
    // In this order: what is ended may stand there, what stands there may not have been ended.
    store.revoke(jtiOf(token.id), token.endsSec);
    await store.confirm();
    await store.tokens.remove({ id: token.id, sub: ownerOf(token) });
    unwritten.delete(token.id);
  };

  const write = async (): Promise<void> => {
    const now = nowSec(clock);
    const due = [...unwritten].filter((id) => now - (lastWritten.get(id) ?? 0) >= WRITTEN_EVERY_SEC);
    for (const id of due.slice(0, MOST_WRITTEN)) {
      unwritten.delete(id);
      lastWritten.set(id, now);
      // What could not be written ends as idle too early, never too late.
      await store.tokens.used(id, used.peek(id) ?? now).catch(() => {});
    }
  };
  const timer = setInterval(() => void write(), writeEveryMs).unref();

  return {
    async make(asked, rules) {
      if (!(await store.takesSignIns())) throw new StoreUnavailable('nobody signs in while the session store is lost');
      const text = createToken(API);
      const hash = hashOf(text);
      const id = idOf(hash);
      const { sub } = asked;
      let madeSec = nowSec(clock);
      // Not within the very second of an end of all that this subject had before.
      for (let left = MOST_ENDS; left > 0 && store.isRevoked({ jti: jtiOf(id), sub, beganSec: madeSec }); left--)
        madeSec++;
      const token = { ...asked, id, madeSec };
      await makeRoom(ownerOf(token), rules);
      if (!(await store.tokens.put(written(token, hash), rules.most)))
        throw new StoreUnavailable('there is no room for another API token');
      used.set(id, madeSec);
      return { text, token };
    },
    async find(text, { idleSec }) {
      if (!isToken(text, API)) return NOBODYS;
      const hash = hashOf(text);
      const entry = await load(idOf(hash));
      if (!entry || !timingSafeEqual(Buffer.from(entry.hash), Buffer.from(hash))) return NOBODYS;
      const { token, session } = entry;
      const no = (reason: 'token-expired' | 'token-revoked'): ApiTokenFinding => ({
        kind: 'no',
        reason,
        sub: token.sub,
      });
      if (token.endsSec <= nowSec(clock)) return no('token-expired');
      if (isRevoked(token)) return no('token-revoked');
      // What is over stays over, whatever else is not known.
      if (!store.isCurrent()) throw new StoreUnavailable('the session store is lost for too long');
      return (await isIdleEverywhere(token, idleSec)) ? no('token-expired') : { kind: 'open', token, session };
    },
    byId: async (id) => (await load(id))?.token ?? null,
    end,
    noteUse({ id }) {
      used.set(id, nowSec(clock));
      unwritten.add(id);
    },
    async close() {
      clearInterval(timer);
      for (const id of unwritten) lastWritten.delete(id);
      await write();
    },
  };
}

const NOBODYS: ApiTokenFinding = { kind: 'no', reason: 'bad-token', sub: '' };

const sessionOf = ({ id, sub, amr, authTimeSec, madeSec, endsSec }: ApiToken): Session => ({
  ...{ sub, name: '', email: '', groups: [], allowedResources: [], amr, authTimeSec, beganSec: madeSec },
  ...{ jti: jtiOf(id), writtenSec: madeSec, endsSec, token: 'api' },
});
