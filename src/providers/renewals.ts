import { setTimeout as wait } from 'node:timers/promises';
import type { ProviderConfig } from '../config/schema/config.ts';
import { ProviderUnavailable, StoreUnavailable } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { newest } from '../lib/lru.ts';
import { AHEAD, type Answer, createRecheck } from '../lib/recheck.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import type { RefreshShelf } from '../session/refresh-shelf.ts';
import { beganOf, type Session } from '../session/session.ts';
import { type KeptToken, openToken, sealToken } from './kept-token.ts';
import type { Provider, Tokens, Told } from './provider.ts';

/** Asks one provider again about who has signed in by it, by refresh tokens. */
export interface Renewals {
  /** Keeps what came with a sign-in. @throws StoreUnavailable */
  keep(session: Session, tokens: Tokens): Promise<void>;
  /** A session goes on by another name: what was kept for it as well. @throws StoreUnavailable */
  move(jti: string, to: string): Promise<void>;
  /**
   * What the provider says of who is behind a session, no older than `recheck`.
   * @returns `null` where it vouches for them no more
   * @throws ProviderUnavailable or StoreUnavailable where that could not be found out for longer than `recheck_grace`
   */
  told(session: Session): Promise<Told | null>;
  /** The same, as far as it is known; `undefined`: it has to be asked. */
  known(jti: string): Told | null | undefined;
  /**
   * The tokens of a session, asked for anew where the access token has run out and can be.
   * @returns `null` where none are kept, or the provider vouches for the session no more
   * @throws ProviderUnavailable or StoreUnavailable
   */
  tokens(session: Session): Promise<Tokens | null>;
}

/** By which sessions ask their providers. */
export interface RefreshParts {
  readonly shelf: RefreshShelf;
  /** Of this purpose, newest first; read anew each time. */
  readonly keys: () => readonly DerivedKey[];
  /** Ends a session whose provider vouches for it no more. */
  readonly onOver: (session: Pick<KeptToken, 'jti' | 'sub' | 'endsSec'>) => void;
  /** A provider says something else of somebody than before: what is open may hang on it. */
  readonly onChanged: () => void;
}

export interface RenewalsOptions extends RefreshParts {
  readonly provider: Provider;
  readonly config: Pick<ProviderConfig, 'id' | 'timeoutMs' | 'recheckMs' | 'recheckGraceMs'>;
  readonly clock: Clock;
}

/** A token, the keys and the user info: each may take its time. */
const QUESTIONS = 4;
const MARGIN_MS = 5000;
const STEP_MS = 50;
const LONGEST_STEP_MS = 400;
/** So long before its end an access token is taken for one that has run out. */
const EARLY_SEC = 30;
/** So many are held that could not be written. */
const MOST_UNSAVED = 1000;

/** What the cookie says, which is what the provider said when the session began. */
export const toldAtBegin = ({ name, email, groups, allowedResources, provider }: Session): Told => ({
  ...{ name, email, groups, allowedResources },
  user: provider?.user ?? null,
});

export function createRenewals({ provider, config, shelf, keys, onOver, onChanged, clock }: RenewalsOptions): Renewals {
  const { id, timeoutMs, recheckMs: everyMs, recheckGraceMs: graceMs } = config;
  // A token that was exchanged is worth nothing: the one that came for it may not be lost where the store takes no write.
  const unsaved = newest<KeptToken>(MOST_UNSAVED);

  const read = async (jti: string): Promise<KeptToken | null> => {
    const text = await shelf.read(jti);
    const kept = text === null ? null : await openToken(text, jti, keys());
    const late = unsaved.get(jti);
    return kept && late && late.checkedMs >= kept.checkedMs ? late : kept;
  };
  /** @returns false where the session was ended meanwhile */
  const save = async (kept: KeptToken): Promise<boolean> => {
    try {
      const isThere = await shelf.replace(kept.jti, await sealToken(kept, keys()));
      unsaved.delete(kept.jti);
      return isThere;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      unsaved.set(kept.jti, kept);
      return true;
    }
  };
  const isFresh = ({ checkedMs }: KeptToken): boolean => {
    const age = clock.nowMs() - checkedMs;
    return age >= 0 && age < everyMs * AHEAD;
  };

  /** Asks the provider, as the one whose turn it is. @returns `null` where it vouches for the session no more */
  const renew = async (jti: string, isGood: (kept: KeptToken) => boolean): Promise<KeptToken | null> => {
    const kept = await read(jti);
    const askedMs = clock.nowMs();
    if (!kept || isGood(kept)) return kept;
    const renewal = await provider.renew(kept.tokens, kept.sub);
    if (renewal.kind === 'over') {
      await shelf.take(jti).catch(() => {});
      unsaved.delete(jti);
      onOver(kept);
      return null;
    }
    const { tokens, told } = renewal;
    const isKnown = !(told instanceof ProviderUnavailable);
    const next = { ...kept, tokens, ...(isKnown && { told: told ?? kept.told, checkedMs: askedMs }) };
    if (!(await save(next))) {
      await provider.revoke(tokens).catch(() => {});
      return null;
    }
    if (!isKnown) throw told;
    return next;
  };

  /** Of all instances one asks, and the others read what it was told. @param isGood - what need not be asked for anew */
  const askOnce = async (jti: string, isGood: (kept: KeptToken) => boolean): Promise<KeptToken | null> => {
    const untilMs = performance.now() + QUESTIONS * timeoutMs;
    for (let stepMs = STEP_MS; ; stepMs = Math.min(2 * stepMs, LONGEST_STEP_MS)) {
      const kept = await read(jti);
      if (!kept || isGood(kept)) return kept;
      const endTurn = await shelf.turn(jti, QUESTIONS * timeoutMs + MARGIN_MS);
      if (endTurn) return await renew(jti, isGood).finally(() => endTurn().catch(() => {}));
      if (performance.now() >= untilMs) throw new ProviderUnavailable(`${id}: has been asked, and did not answer yet`);
      await wait(stepMs);
    }
  };
  const ask = async (jti: string): Promise<Answer<Told>> => {
    const askedMs = clock.nowMs();
    const kept = await askOnce(jti, isFresh);
    return kept ? { found: kept.told, askedMs: kept.checkedMs } : { found: null, askedMs };
  };
  const isUsable = ({ tokens: { accessEndsSec } }: KeptToken): boolean =>
    accessEndsSec === null || clock.nowMs() < (accessEndsSec - EARLY_SEC) * 1000;

  const recheck = createRecheck<Told>({
    ask,
    everyMs,
    graceMs,
    clock,
    isOutage: (error) => error instanceof ProviderUnavailable || error instanceof StoreUnavailable,
    onChanged,
  });

  return {
    async keep(session, tokens) {
      const { jti, sub, endsSec, provider: by } = session;
      const kept: KeptToken = {
        ...{ jti, sub, endsSec, tokens, issuer: by?.issuer ?? provider.issuer },
        ...{ told: toldAtBegin(session), checkedMs: clock.nowMs() },
      };
      await shelf.put(jti, await sealToken(kept, keys()), endsSec);
    },
    async move(jti, to) {
      const kept = await read(jti);
      if (!kept) return;
      await shelf.put(to, await sealToken({ ...kept, jti: to }, keys()), kept.endsSec);
      await shelf.take(jti);
      unsaved.delete(jti);
    },
    known: recheck.current,
    async told(session) {
      const known = recheck.current(session.jti);
      if (known !== undefined) return known;
      const beganMs = beganOf(session) * 1000;
      const age = clock.nowMs() - beganMs;
      if (age < 0 || age >= everyMs) return recheck.lookUp(session.jti);
      const told = toldAtBegin(session);
      recheck.learn(session.jti, told, beganMs);
      return recheck.current(session.jti) ?? told;
    },
    async tokens({ jti }) {
      const kept = await read(jti);
      if (!kept || isUsable(kept)) return kept?.tokens ?? null;
      if (kept.tokens.refreshToken === null) return { ...kept.tokens, accessToken: null };
      return (await askOnce(jti, isUsable))?.tokens ?? null;
    },
  };
}
