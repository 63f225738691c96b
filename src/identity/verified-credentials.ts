import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Directory, Person } from '../directories/directory.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { Session } from '../session/session.ts';
import type { Sessions } from '../session/sessions.ts';
import type { BasicCredentials } from './basic.ts';
import type { IdentityOf } from './identities.ts';

export type VerifiedFinding =
  | { readonly kind: 'right'; readonly person: Person; readonly session: Session; readonly token: string }
  | { readonly kind: 'wrong' };

/** Passwords already found right, each with the one session that was sealed for it. */
export interface VerifiedCredentials {
  verify(credentials: BasicCredentials): Promise<VerifiedFinding>;
  close(): void;
}

interface Verified {
  readonly sub: string;
  readonly session: Session;
  readonly token: string;
}

export interface VerifiedCredentialsOptions {
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly identityOf: IdentityOf;
  readonly clock: Clock;
}

/**
 * The slow hash is paid once a credential and half a session's life; equal requests at once share it. A wrong password is
 * never remembered. Dropped when the directory says that the user changed, or when its session was ended.
 */
export function createVerifiedCredentials(options: VerifiedCredentialsOptions): VerifiedCredentials {
  const { directory, sessions, identityOf, clock } = options;
  const secret = randomBytes(32);
  const verified = new LRUCache<string, Verified>({ max: 10_000 });
  const underWay = new Map<string, Promise<VerifiedFinding>>();
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

  const check = async (key: string, user: string, password: string): Promise<VerifiedFinding> => {
    const began = generation;
    const found = await directory.verify(user, password);
    if (found.kind === 'wrong') return found;
    const { person } = found;
    const { session, token } = await sessions.begin(identityOf(person, { amr: ['pwd'], authTimeSec: nowSec(clock) }));
    if (generation === began) verified.set(key, { sub: person.sub, session, token });
    return { kind: 'right', person, session, token };
  };

  return {
    async verify({ user, password }) {
      const name = directory.canonical(user);
      const key = keyOf(name, password);
      const known = verified.get(key);
      if (known) {
        const person = directory.current(known.sub);
        const { session, token } = known;
        const halfLifeSec = session.writtenSec + (session.endsSec - session.writtenSec) / 2;
        if (person && nowSec(clock) < halfLifeSec && sessions.isLive(session)) {
          return { kind: 'right', person, session, token };
        }
        verified.delete(key);
      }
      let pending = underWay.get(key);
      if (!pending) {
        pending = check(key, name, password).finally(() => underWay.delete(key));
        underWay.set(key, pending);
      }
      return pending;
    },
    close: forget,
  };
}
