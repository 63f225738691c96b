import type { Clock } from '../../lib/clock.ts';
import { newest } from '../../lib/lru.ts';
import type { End } from '../../session/revocations.ts';
import type { Session } from '../../session/session.ts';
import { adviceOn, innerCode, type TableauRefusal } from './refusal.ts';
import type { ApiSession, TableauRest } from './rest.ts';

/** Tableau does not let a user in. */
export class TableauRefused extends Error {
  /** Its codes: `401001`, and in brackets that of the connected app's token where there is one. */
  readonly code: string;

  constructor(refusal: TableauRefusal) {
    const { status, code, detail } = refusal;
    const [inner, advice] = [innerCode(refusal), adviceOn(refusal)];
    super(
      `Tableau refused the sign-in (${status}, ${code})${detail && `: ${detail}`}${advice === null ? '' : `; ${advice}`}`,
    );
    this.code = inner === null ? code : `${code} (${inner})`;
  }
}

export interface ApiTokensOptions {
  readonly rest: TableauRest;
  /** A connected app's token for a user, for one sign-in. */
  readonly mint: (user: string) => Promise<string>;
  readonly clock: Clock;
  /** Told of what went wrong where nobody waits for it. */
  readonly warn: (line: string, why: unknown) => void;
}

/** The API tokens of users at one Tableau: one each, in memory only. */
export interface ApiTokens {
  /**
   * @param session - of ours, with which it is to end; `null`: there is none
   * @throws TableauRefused, TableauUnavailable
   */
  tokenFor(user: string, session: Pick<Session, 'jti' | 'sub'> | null): Promise<string>;
  /**
   * Tableau did not take it: the next one is asked for anew.
   * @returns `false`: it was given just now, so it is not the token that is wrong
   */
  forget(user: string, apiToken: string): boolean;
  /** A session of ours has ended, or all of somebody's: with the last one that used a token it is signed out. */
  sessionEnded(end: Pick<End, 'jti' | 'sub'>): void;
  /** Signs all of them out. */
  close(): void;
}

interface Kept {
  readonly session: Promise<ApiSession>;
  /** What Tableau has given, once it has. */
  given: ApiSession | null;
  /** From then on another one is asked for beside it, in milliseconds since the epoch. */
  givenMs: number;
  renewMs: number;
  endsMs: number;
  /** Whose each is, by its name. */
  readonly sessions: Map<string, string>;
}

const MOST_USERS = 1000;
const MOST_SESSIONS = 50;
/** Where Tableau does not say how long, and at most: what Tableau Cloud has. */
const LIFE_MS = 120 * 60_000;
/** So long a refusal counts: Tableau is not asked with each request of who may not. */
const REFUSED_MS = 30_000;
/** What is refused so soon is refused for something else, as scopes. */
const YOUNG_MS = 5_000;
const UNDER_WAY_MS = 60_000;

export function createApiTokens({ rest, mint, clock, warn }: ApiTokensOptions): ApiTokens {
  const signOut = (session: ApiSession): void => {
    rest.signOut(session).catch((error: unknown) => warn('an API token could not be signed out', error));
  };
  const kept = newest<Kept>(MOST_USERS, {
    dispose({ session }, _user, why) {
      const end = (): void => void session.then(signOut, () => {});
      // What was sent by the one before is still under way.
      if (why === 'set') setTimeout(end, UNDER_WAY_MS).unref();
      else end();
    },
  });
  /** By user: what Tableau said of them, and until when that counts. */
  const refused = newest<{ readonly error: TableauRefused; readonly untilMs: number }>(MOST_USERS);
  const renewing = new Set<string>();

  const signIn = async (user: string): Promise<ApiSession> => {
    const outcome = await rest.signIn(await mint(user));
    if (outcome.kind === 'done') return outcome.value;
    const error = new TableauRefused(outcome.refusal);
    refused.set(user, { error, untilMs: clock.nowMs() + REFUSED_MS });
    throw error;
  };

  const keep = (user: string, sessions: Kept['sessions'], session: Promise<ApiSession>): Kept => {
    const one: Kept = {
      session,
      given: null,
      givenMs: 0,
      renewMs: Number.POSITIVE_INFINITY,
      endsMs: Number.POSITIVE_INFINITY,
      sessions,
    };
    kept.set(user, one);
    session.then(
      (given) => {
        const lifeMs = Math.min(given.lifeMs ?? LIFE_MS, LIFE_MS);
        one.given = given;
        one.givenMs = clock.nowMs();
        one.renewMs = clock.nowMs() + lifeMs * 0.75;
        // A minute of grace: what is sent now has to get there.
        one.endsMs = clock.nowMs() + Math.max(lifeMs - 60_000, lifeMs / 2);
      },
      () => {
        if (kept.get(user) === one) kept.delete(user);
      },
    );
    return one;
  };

  /** Beside the one that still counts, which nobody has to wait for. */
  const renew = (user: string, { sessions }: Kept): void => {
    if (renewing.has(user)) return;
    renewing.add(user);
    signIn(user)
      .then(
        (given) => {
          // Who has left meanwhile gets no new one.
          if (kept.peek(user)?.sessions === sessions) keep(user, sessions, Promise.resolve(given));
          else signOut(given);
        },
        (error: unknown) => warn('an API token could not be renewed before its end', error),
      )
      .finally(() => renewing.delete(user));
  };

  return {
    async tokenFor(user, session) {
      const now = clock.nowMs();
      const no = refused.get(user);
      if (no && now < no.untilMs) throw no.error;
      let one = kept.get(user);
      if (one && now >= one.endsMs) one = undefined;
      if (one && now >= one.renewMs) renew(user, one);
      one ??= keep(user, new Map(), signIn(user));
      if (session && one.sessions.size < MOST_SESSIONS) one.sessions.set(session.jti, session.sub);
      return (await one.session).apiToken;
    },
    forget(user, apiToken) {
      const one = kept.peek(user);
      // Somebody else has found that out before.
      if (one?.given?.apiToken !== apiToken) return true;
      if (clock.nowMs() - one.givenMs < YOUNG_MS) return false;
      kept.delete(user);
      return true;
    },
    sessionEnded({ jti, sub }) {
      for (const [user, { sessions }] of [...kept.entries()]) {
        const ended = [...sessions].filter(([id, of]) => (jti === undefined ? of === sub : id === jti));
        for (const [id] of ended) sessions.delete(id);
        if (ended.length > 0 && sessions.size === 0) kept.delete(user);
      }
    },
    close: () => kept.clear(),
  };
}
