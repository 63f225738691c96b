import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Directory, findPerson, type PasswordTerm, type Person } from '../directories/directory.ts';
import { DirectoryUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';
import type { Attempt, Attempts, Delayed } from './attempts.ts';
import type { BasicCredentials } from './basic.ts';
import type { IdentityOf } from './identities.ts';

export type VerifiedFinding =
  | { readonly kind: 'right'; readonly person: Person; readonly session: Session; readonly token: string }
  | { readonly kind: 'wrong' }
  | Delayed;

/** A request that carries credentials. */
export interface Bearer extends Pick<Attempt, 'address' | 'device'> {
  /** A front proxy asks about one request twice, under one id: what was wrong is not counted again. */
  readonly requestId: string;
}

/** Passwords already found right, each with the one session that was sealed for it. */
export interface VerifiedCredentials {
  verify(credentials: BasicCredentials, bearer: Bearer): Promise<VerifiedFinding>;
  close(): void;
}

interface Verified {
  readonly sub: string;
  readonly session: Session;
  readonly token: string;
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
 * never remembered, and nothing here is looked at while its user has to wait: what is known could be guessed at as well. Dropped when the directory says that the user changed, or when its session was ended. A directory that
 * cannot tell of changes gives a password a term: then it is asked again, and the session stays the same.
 */
export function createVerifiedCredentials(options: VerifiedCredentialsOptions): VerifiedCredentials {
  const { directory, sessions, identityOf, attempts, clock } = options;
  const secret = randomBytes(32);
  const verified = new LRUCache<string, Verified>({ max: 10_000 });
  const underWay = new Map<string, Promise<VerifiedFinding>>();
  /** Requests whose credentials were wrong, for the moment until a front asks about the same request again. */
  const refused = new LRUCache<string, number>({ max: 1000 });
  let generation = 0;

  const forget = directory.onChanged((sub) => {
    generation++;
    for (const [key, entry] of verified.entries()) if (entry.sub === sub) verified.delete(key);
  });

  /** Length first, so that no two pairs spell one key; an HMAC, so that memory holds no password. */
  const keyOf = (user: string, password: string): string =>
    createHmac('sha256', secret)
      .update(`${Buffer.byteLength(user)}:${user}${password}`)
      .digest('base64url');

  const isUsable = ({ session }: Verified): boolean => {
    const halfLifeSec = session.writtenSec + (session.endsSec - session.writtenSec) / 2;
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
    const found = await attempts.make(attempt, () => directory.verify(attempt.user, password));
    if (found.kind === 'delayed') return found;
    if (found.kind === 'wrong') {
      verified.delete(key);
      return found;
    }
    const { person } = found;
    const isSame = last?.sub === person.sub && isUsable(last);
    const { session, token } = isSame
      ? last
      : await sessions.begin(identityOf(person, { amr: ['pwd'], authTimeSec: nowSec(clock) }));
    const { lifeMs, graceMs } = directory.passwordTerm?.(person.sub) ?? FOR_EVER;
    const dueMs = beganMs + lifeMs;
    if (generation === began) verified.set(key, { sub: person.sub, session, token, dueMs, endMs: dueMs + graceMs });
    return { kind: 'right', person, session, token };
  };

  const checkOnce = (
    key: string,
    attempt: Attempt,
    password: string,
    last: Verified | null,
  ): Promise<VerifiedFinding> => {
    let pending = underWay.get(key);
    if (!pending) {
      pending = check(key, attempt, password, last).finally(() => underWay.delete(key));
      underWay.set(key, pending);
    }
    return pending;
  };

  const verify = async (key: string, attempt: Attempt, password: string): Promise<VerifiedFinding> => {
    const known = verified.get(key) ?? null;
    const person = known && isUsable(known) ? await findPerson(directory, known.sub) : null;
    if (!known || !person) {
      verified.delete(key);
      return checkOnce(key, attempt, password, null);
    }
    const { session, token } = known;
    if (clock.nowMs() < known.dueMs) return { kind: 'right', person, session, token };
    try {
      return await checkOnce(key, attempt, password, known);
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable) || clock.nowMs() >= known.endMs) throw error;
      known.dueMs = Math.min(clock.nowMs() + RETRY_MS, known.endMs);
      return { kind: 'right', person, session, token };
    }
  };

  return {
    async verify({ user, password }, { requestId, address, device }) {
      const attempt = { user: directory.canonical(user), address, device };
      const key = keyOf(attempt.user, password);
      const asked = `${key} ${requestId}`;
      if ((refused.get(asked) ?? 0) > clock.nowMs()) return WRONG;
      const wait = await attempts.mustWait(attempt);
      if (wait) return wait;
      const found = await verify(key, attempt, password);
      if (found.kind === 'wrong') refused.set(asked, clock.nowMs() + ASKED_AGAIN_MS);
      return found;
    },
    close: forget,
  };
}

const WRONG = { kind: 'wrong' } as const;
/** Longer than a front takes from the check to its answer. */
const ASKED_AGAIN_MS = 5000;
const FOR_EVER: PasswordTerm = { lifeMs: Number.POSITIVE_INFINITY, graceMs: 0 };
/** So long a directory that could not be asked is not asked again. */
const RETRY_MS = 2000;
