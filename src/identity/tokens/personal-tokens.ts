import { timingSafeEqual } from 'node:crypto';
import { StoreUnavailable } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { newest } from '../../lib/lru.ts';
import type { Session } from '../../session/session.ts';
import type { SessionStore } from '../../session/store.ts';
import type { PersonalToken } from '../../session/token-shelf.ts';
import { PERSONAL_TOKEN } from '../identity.ts';
import { createToken, hashOf, idOf, isToken } from './token-format.ts';

/** Held in memory. */
const MOST = 10_000;

/** `session` stands for the token wherever something hangs on a session: it ends with the token. */
export type TokenFinding =
  | { readonly kind: 'open'; readonly token: PersonalToken; readonly session: Session }
  | {
      readonly kind: 'no';
      readonly reason: 'bad-token' | 'token-expired' | 'token-revoked';
      /** Whose it was; empty where it is nobody's. */
      readonly sub: string;
    };

/** Tokens that people make for their programs. What can fail throws StoreUnavailable. */
export interface PersonalTokens {
  /** @returns the token, which nobody can be told again; `null` where its owner has too many */
  make(
    asked: Pick<PersonalToken, 'sub' | 'name' | 'scope'> & Made,
  ): Promise<{ text: string; token: PersonalToken } | null>;
  find(text: string): Promise<TokenFinding>;
  /** Those of a subject that count, the newest first. */
  of(sub: string): Promise<PersonalToken[]>;
  /** Ends it here at once, and everywhere within a second. */
  end(token: PersonalToken): Promise<void>;
  /** Notes a use, to be written soon. @returns whether it is the first that is known */
  noteUse(token: PersonalToken): boolean;
  close(): Promise<void>;
}

interface Made {
  readonly lifetimeSec: number;
  /** How many one owner may have. */
  readonly most: number;
}

export interface PersonalTokensOptions {
  readonly store: Pick<SessionStore, 'tokens' | 'isRevoked' | 'isCurrent' | 'revoke' | 'confirm'>;
  readonly clock: Clock;
  readonly writeEveryMs?: number;
}

/** So many ends of all that a subject has within a second are told apart. */
const MOST_ENDS = 30;
const WRITTEN_EVERY_SEC = 60;
/** So many uses are written in one turn. */
const MOST_WRITTEN = 100;

export function createPersonalTokens({ store, clock, writeEveryMs = 2000 }: PersonalTokensOptions): PersonalTokens {
  // What is remembered never changes; whether it still counts is judged each time.
  const known = newest<{ readonly token: PersonalToken; readonly session: Session }>(MOST);
  const uses = newest<number>(MOST);
  const written = newest<number>(MOST);
  const unwritten = new Set<string>();

  const reasonAgainst = ({ id, sub, madeSec, endsSec }: PersonalToken): 'token-expired' | 'token-revoked' | null => {
    if (endsSec <= nowSec(clock)) return 'token-expired';
    return store.isRevoked({ jti: jtiOf(id), sub, beganSec: madeSec }) ? 'token-revoked' : null;
  };

  const load = async (id: string): Promise<{ readonly token: PersonalToken; readonly session: Session } | null> => {
    const cached = known.get(id);
    if (cached) return cached;
    const token = await store.tokens.find(id);
    if (!token) return null;
    const entry = { token, session: sessionOf(token) };
    known.set(id, entry);
    return entry;
  };

  const write = async (): Promise<void> => {
    const now = nowSec(clock);
    const due = [...unwritten].filter((id) => now - (written.get(id) ?? 0) >= WRITTEN_EVERY_SEC);
    for (const id of due.slice(0, MOST_WRITTEN)) {
      unwritten.delete(id);
      written.set(id, now);
      // When something was used last decides nothing.
      await store.tokens.used(id, uses.get(id) ?? now).catch(() => {});
    }
  };
  const timer = setInterval(() => void write(), writeEveryMs).unref();

  return {
    async make({ sub, name, scope, lifetimeSec, most }) {
      const text = createToken();
      const hash = hashOf(text);
      const id = idOf(hash);
      let madeSec = nowSec(clock);
      // Not within the very second of an end of all that this subject had before.
      for (let left = MOST_ENDS; left > 0 && store.isRevoked({ jti: jtiOf(id), sub, beganSec: madeSec }); left--)
        madeSec++;
      // What was ended with all that a subject had stands in nobody's way.
      for (const old of await store.tokens.of(sub)) if (reasonAgainst(old) !== null) await store.tokens.remove(old);
      const token = { id, hash, sub, name, scope, madeSec, endsSec: nowSec(clock) + lifetimeSec, usedSec: 0 };
      const isPut = await store.tokens.put(token, most);
      return isPut ? { text, token } : null;
    },
    async find(text) {
      if (!isToken(text)) return NOBODYS;
      const hash = hashOf(text);
      const entry = await load(idOf(hash));
      if (!entry || !timingSafeEqual(Buffer.from(entry.token.hash), Buffer.from(hash))) return NOBODYS;
      const { token } = entry;
      const reason = reasonAgainst(token);
      if (reason) return { kind: 'no', reason, sub: token.sub };
      // What is over stays over, whatever else is not known.
      if (!store.isCurrent()) throw new StoreUnavailable('the session store is lost for too long');
      return { kind: 'open', ...entry };
    },
    async of(sub) {
      const tokens = await store.tokens.of(sub);
      return tokens
        .filter((token) => reasonAgainst(token) === null)
        .map((token) => ({ ...token, usedSec: Math.max(token.usedSec, uses.peek(token.id) ?? 0) }));
    },
    async end(token) {
      // In this order: what is ended may stand there, what stands there may not have been ended.
      store.revoke(jtiOf(token.id), token.endsSec);
      await store.confirm();
      await store.tokens.remove(token);
    },
    noteUse({ id, usedSec }) {
      const isFirst = usedSec === 0 && !uses.has(id);
      uses.set(id, nowSec(clock));
      unwritten.add(id);
      return isFirst;
    },
    async close() {
      clearInterval(timer);
      for (const id of unwritten) written.delete(id);
      await write();
    },
  };
}

const NOBODYS: TokenFinding = { kind: 'no', reason: 'bad-token', sub: '' };

/** Among the ends of sessions it stands as if it were the name of one. */
export const jtiOf = (id: string): string => `${PERSONAL_TOKEN}-${id}`;

const sessionOf = ({ id, sub, madeSec, endsSec }: PersonalToken): Session => ({
  ...{ sub, name: '', email: '', groups: [], allowedResources: [], amr: [PERSONAL_TOKEN] },
  ...{ authTimeSec: 0, beganSec: madeSec, jti: jtiOf(id), writtenSec: madeSec, endsSec, token: 'personal' },
});
