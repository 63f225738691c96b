import { createHash } from 'node:crypto';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { newest } from '../../lib/lru.ts';
import type { Told } from '../../providers/provider.ts';
import type { DerivedKey } from '../../session/key-ring.ts';
import type { RefreshShelf } from '../../session/refresh-shelf.ts';
import { openClaims, sealClaims } from '../../session/sealed-claims.ts';
import type { Session } from '../../session/session.ts';
import { claimsOf, sessionOf } from '../../session/token.ts';

/** Held in memory. */
const MOST = 10_000;

/**
 * What a provider said of people when they were there last, sealed, where the ends of sessions are: their tokens go by it while
 * they are away. Each method throws StoreUnavailable.
 */
export interface VouchedOwners {
  /** Takes in what a provider says of somebody who is signed in. Written where it says something new, and once an hour. */
  note(session: Session, told: Told): Promise<void>;
  /** As a session that began then, `writtenSec`: the same object for as long as that is the same. `null`: nothing is known. */
  read(sub: string): Promise<Session | null>;
  /** It vouches for them no more. */
  drop(sub: string): Promise<void>;
}

export interface VouchedOwnersOptions {
  readonly shelf: Pick<RefreshShelf, 'put' | 'read' | 'take'>;
  /** Of this purpose, newest first; read anew each time. */
  readonly keys: () => readonly DerivedKey[];
  readonly clock: Clock;
}

const AUDIENCE = 'vouched';
const WRITTEN_EVERY_SEC = 3600;
/** Longer than `personal_tokens.provider_age` can be. */
const KEPT_SEC = 367 * 86_400;

export function createVouchedOwners({ shelf, keys, clock }: VouchedOwnersOptions): VouchedOwners {
  const noted = newest<{ readonly told: Told; readonly atSec: number }>(MOST);
  const opened = newest<{ readonly text: string; readonly session: Session }>(MOST);
  return {
    async note(session, told) {
      const { sub, provider } = session;
      if (!provider) return;
      const now = nowSec(clock);
      const last = noted.get(sub);
      if (last?.told === told && now - last.atSec < WRITTEN_EVERY_SEC) return;
      const { name, email, user, groups, allowedResources } = told;
      const kept: Session = {
        ...{ sub, name, email, groups, allowedResources, amr: [], authTimeSec: 0, jti: nameOf(sub) },
        ...{ writtenSec: now, endsSec: now + KEPT_SEC },
        provider: { issuer: provider.issuer, sid: null, user },
      };
      const { iat, exp, ...claims } = claimsOf(kept);
      const sealed = await sealClaims(
        (Jwt) => new Jwt(claims).setAudience(AUDIENCE).setIssuedAt(iat).setExpirationTime(exp),
        keys(),
      );
      await shelf.put(nameOf(sub), sealed, exp);
      noted.set(sub, { told, atSec: now });
    },
    async read(sub) {
      const text = await shelf.read(nameOf(sub));
      if (text === null) return null;
      const last = opened.get(sub);
      if (last?.text === text) return last.session;
      const claims = await openClaims(text, keys(), OPENED);
      const session = claims && sessionOf(claims);
      if (session?.sub !== sub) return null;
      opened.set(sub, { text, session });
      return session;
    },
    async drop(sub) {
      noted.delete(sub);
      await shelf.take(nameOf(sub));
    },
  };
}

/** How old it may be is for the reader to judge. */
const OPENED = { audience: AUDIENCE, currentDate: new Date(0), requiredClaims: ['sub', 'iat', 'exp'] };

/** Beside the names of sessions, which have no such beginning. */
const nameOf = (sub: string): string => `who-${createHash('sha256').update(sub).digest('hex')}`;
