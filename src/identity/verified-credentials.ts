import { type Directory, findPerson, type PasswordTerm, type Person } from '../directories/directory.ts';
import { DirectoryUnavailable, HalfAnswered } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import { createKeyedDigest } from '../lib/keyed-digest.ts';
import { newest } from '../lib/lru.ts';
import type { Session } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Attempt, Attempts, Delayed } from './attempts.ts';
import { parseBasic } from './basic.ts';
import type { IdentityOf } from './identities.ts';

export type VerifiedFinding =
  | {
      readonly kind: 'right';
      readonly person: Person;
      readonly session: Session;
      readonly token: string;
      /** The session began with this proof. */
      readonly isNew: boolean;
      /**
       * Whether the same credentials would be found so now, from the same address, with the same person and token; counts as a use
       * of the session. Holds neither password nor header. Absent where only looking can tell.
       */
      readonly isStill?: () => boolean;
    }
  /** With the name as it was read, which may be nobody's. */
  | { readonly kind: 'wrong'; readonly user: string }
  | (Delayed & { readonly user: string })
  | { readonly kind: 'unreadable' };

type Right = VerifiedFinding & { readonly kind: 'right' };

/** A request that carries credentials. */
export interface Bearer {
  readonly address: string;
  /** As that of an attempt, for this user name. */
  readonly device: (user: string) => ReturnType<Attempt['device']>;
  /** A front proxy asks about one request twice, under one id: what was wrong is not counted again. */
  readonly requestId: string;
}

/** Passwords already found right, each with the one session that was sealed for it. */
export interface VerifiedCredentials {
  /** @param authorization - a header of the Basic scheme */
  verify(authorization: string, bearer: Bearer): Promise<VerifiedFinding>;
  /** Forgets all of them. */
  forget(): void;
  close(): void;
}

/** What a header says, by keys that do not tell it. */
interface Read {
  /** Canonical. */
  readonly user: string;
  /** Of the credentials, whatever the spelling. */
  readonly key: string;
}

interface Verified {
  readonly sub: string;
  session: Session;
  token: string;
  /** From here on the directory is asked again, if it gave the password a term. */
  dueMs: number;
  /** Until here it counts while the directory cannot be asked. */
  readonly endMs: number;
}

export interface VerifiedCredentialsOptions {
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly identityOf: IdentityOf;
  readonly attempts: Attempts;
  readonly clock: Clock;
}

/**
 * The slow hash is paid once a credential and half a session's life; equal requests at once share it. A wrong password is
 * never remembered, and nothing here is looked at while its user has to wait: what is known could be guessed at as well.
 * Dropped when the directory says that the user changed, or when its session was ended. A directory that cannot tell of
 * changes gives a password a term: then it is asked again, and the session stays the same.
 */
export function createVerifiedCredentials(options: VerifiedCredentialsOptions): VerifiedCredentials {
  const { directory, sessions, identityOf, attempts, clock } = options;
  const digest = createKeyedDigest();
  // Nobody's name means somebody only where the directory has a name for that.
  const parse = (authorization: string) => parseBasic(authorization, directory.canonical('') !== '');
  const verified = newest<Verified>(10_000);
  /** Headers whose credentials were right, so that they need not be taken apart each time. They are looked up all the same. */
  const read = newest<Read>(10_000);
  const underWay = new Map<string, Promise<VerifiedFinding>>();
  /** Requests whose credentials were wrong, for the moment until a front asks about the same request again. */
  const refused = newest<number>(1000);
  let generation = 0;

  const stop = directory.onChanged((subs) => {
    generation++;
    const changed = new Set(subs);
    for (const [key, entry] of verified.entries()) if (changed.has(entry.sub)) verified.delete(key);
  });

  /** Length first, so that no two pairs spell one key; a digest under a key, so that memory holds no password. */
  const keyOf = (user: string, password: string): string => digest(`${user.length}:${user}${password}`);

  const isUsable = ({ session }: Verified): boolean => {
    const halfLifeSec = session.authTimeSec + (session.endsSec - session.authTimeSec) / 2;
    return nowSec(clock) < halfLifeSec && sessions.isLive(session);
  };

  /** @param last - the same credential, right before and due to be asked about again */
  const check = async (
    key: string,
    attempt: Attempt,
    password: string,
    last: Verified | null,
  ): Promise<VerifiedFinding> => {
    const began = generation;
    const beganMs = clock.nowMs();
    const verify = () => directory.verify(attempt.user, password);
    const found = await attempts.make(attempt, last ? () => verify().catch(asNoGuess) : verify);
    if (found.kind === 'delayed') return { ...found, user: attempt.user };
    if (found.kind === 'wrong') {
      verified.delete(key);
      return { kind: 'wrong', user: attempt.user };
    }
    const { person } = found;
    const isSame = last?.sub === person.sub && isUsable(last);
    const { session, token } = isSame
      ? last
      : await sessions.begin(identityOf(person, { amr: ['pwd'], authTimeSec: nowSec(clock) }));
    const { lifeMs, graceMs } = directory.passwordTerm?.(person.sub) ?? FOR_EVER;
    const dueMs = beganMs + lifeMs;
    if (generation === began) verified.set(key, { sub: person.sub, session, token, dueMs, endMs: dueMs + graceMs });
    return { kind: 'right', person, session, token, isNew: !isSame };
  };

  const checkOnce = (
    key: string,
    attempt: Attempt,
    password: string,
    last: Verified | null,
  ): Promise<VerifiedFinding> => {
    const pending = underWay.get(key);
    // The session began with the request that came first.
    if (pending) return pending.then((found) => (found.kind === 'right' ? { ...found, isNew: false } : found));
    const begun = check(key, attempt, password, last).finally(() => underWay.delete(key));
    underWay.set(key, begun);
    return begun;
  };

  /** What is known of a credential, if it is still so. */
  const recall = async (known: Verified): Promise<Right | null> => {
    if (!isUsable(known)) return null;
    const person = await findPerson(directory, known.sub);
    if (!person) return null;
    // With each password comes a person, or a program that is meant to go on.
    const renewing = sessions.use(known.session);
    if (renewing) Object.assign(known, await renewing);
    return { kind: 'right', person, session: known.session, token: known.token, isNew: false };
  };

  const verify = async (key: string, attempt: Attempt, password: () => string): Promise<VerifiedFinding> => {
    const known = verified.get(key);
    const recalled = known ? await recall(known) : null;
    if (!known || !recalled) {
      verified.delete(key);
      return checkOnce(key, attempt, password(), null);
    }
    if (clock.nowMs() < known.dueMs) return recalled;
    try {
      return await checkOnce(key, attempt, password(), known);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable) || clock.nowMs() >= known.endMs) throw error;
      known.dueMs = Math.min(clock.nowMs() + RETRY_MS, known.endMs);
      return recalled;
    }
  };

  /** As {@link verify} goes where everything is known. */
  const stillOf = ({ user, key }: Read, address: string, { person, token }: Right): (() => boolean) => {
    const attempt = { user, address, device: () => null };
    return () => {
      const known = verified.get(key);
      return (
        known !== undefined &&
        known.token === token &&
        clock.nowMs() < known.dueMs &&
        attempts.mustWait(attempt) === null &&
        isUsable(known) &&
        directory.current(known.sub) === person &&
        sessions.use(known.session) === null
      );
    };
  };

  return {
    async verify(authorization, { requestId, address, device }) {
      const header = digest(authorization);
      let credentials = read.get(header);
      let given = credentials ? null : parse(authorization);
      if (given) {
        const user = directory.canonical(given.user);
        credentials = { user, key: keyOf(user, given.password) };
      }
      if (!credentials) return { kind: 'unreadable' };
      const { user, key } = credentials;
      const asked = `${key} ${requestId}`;
      if (given && (refused.get(asked) ?? 0) > clock.nowMs()) return { kind: 'wrong', user };
      const attempt = { user, address, device: () => device(user) };
      const waiting = attempts.mustWait(attempt);
      const wait = waiting instanceof Promise ? await waiting : waiting;
      if (wait) return { ...wait, user };
      const found = await verify(key, attempt, () => {
        given ??= parse(authorization);
        return given?.password ?? '';
      });
      if (found.kind === 'right') {
        read.set(header, credentials);
        return { ...found, isStill: stillOf(credentials, address, found) };
      }
      if (found.kind === 'wrong') {
        read.delete(header);
        refused.set(asked, clock.nowMs() + ASKED_AGAIN_MS);
      }
      return found;
    },
    forget() {
      generation++;
      verified.clear();
    },
    close: stop,
  };
}

/** What was right before is no guess, however long a directory is down. */
function asNoGuess(error: unknown): never {
  throw error instanceof HalfAnswered ? error.cause : error;
}

/** Longer than a front takes from the check to its answer. */
const ASKED_AGAIN_MS = 5000;
const FOR_EVER: PasswordTerm = { lifeMs: Number.POSITIVE_INFINITY, graceMs: 0 };
/** So long a directory that could not be asked is not asked again. */
const RETRY_MS = 2000;
