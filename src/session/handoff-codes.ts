import { createHash, randomBytes } from 'node:crypto';
import { type Clock, nowSec } from '../lib/clock.ts';
import { sealToFit } from './fit.ts';
import type { DerivedKey } from './key-ring.ts';
import { openClaims, sealClaims } from './sealed-claims.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './store.ts';
import { claimsOf, sessionOf } from './token.ts';

/** A code that was taken: what it carries, and whom it was made for. */
export interface Handoff {
  readonly session: Session;
  /** The one origin that it is good at. */
  readonly origin: string;
  /** Of the nonce that the browser was given there, {@link digestOf}. */
  readonly nonceDigest: string;
}

export type HandoffFinding =
  | { readonly kind: 'good'; readonly handoff: Handoff }
  | { readonly kind: 'unreadable' | 'late' };

/** One-time codes by which a session goes from the host of the login page to that of an app. */
export interface HandoffCodes {
  make(handoff: Handoff): Promise<string>;
  /**
   * Reads a code and uses it up, whatever the caller finds wrong with it then.
   * @throws StoreUnavailable where it is not known whether it was used before
   */
  take(code: string): Promise<HandoffFinding>;
}

export interface HandoffCodesOptions {
  readonly issuer: string;
  /** Of this purpose alone: no session cookie is a code, and no code a cookie. Newest first, read anew each time. */
  readonly keys: () => readonly DerivedKey[];
  readonly store: Pick<SessionStore, 'once'>;
  readonly clock: Clock;
}

/** For how long a code is good: a browser follows the redirect at once. */
const GOOD_SEC = 60;
/** It stands in an address, which fronts take up to 8 kB long; what a provider says of anybody fits. */
const MOST_CODE = 5500;
const TYPE = 'dashgate-handoff+jwt';

/** What a code says of a nonce, which tells nobody the nonce. */
export const digestOf = (nonce: string): string => createHash('sha256').update(nonce).digest('base64url');

export function createHandoffCodes({ issuer, keys, store, clock }: HandoffCodesOptions): HandoffCodes {
  return {
    async make({ session, origin, nonceDigest }) {
      const now = nowSec(clock);
      const id = randomBytes(16).toString('base64url');
      const seal = (brief: Session): Promise<string> =>
        sealClaims(
          (Jwt) =>
            new Jwt({ nonce: nonceDigest, session: claimsOf(brief) })
              .setIssuer(issuer)
              .setAudience(origin)
              .setJti(id)
              .setIssuedAt(now)
              .setExpirationTime(now + GOOD_SEC),
          keys(),
          TYPE,
        );
      return (await sealToFit(session, MOST_CODE, seal)).token;
    },
    async take(code) {
      if (code.length > MOST_CODE) return { kind: 'unreadable' };
      const claims = await openClaims(code, keys(), {
        ...{ issuer, typ: TYPE, requiredClaims: ['aud', 'jti', 'exp', 'nonce'] },
        // The end is compared below.
        currentDate: new Date(0),
      });
      const { jti, exp, aud, nonce, session: carried } = claims ?? {};
      const session = isClaims(carried) ? sessionOf(carried) : null;
      if (typeof jti !== 'string' || typeof exp !== 'number' || !session) return { kind: 'unreadable' };
      if (typeof aud !== 'string' || typeof nonce !== 'string') return { kind: 'unreadable' };
      if (exp <= nowSec(clock) || !(await store.once(`handoff:${jti}`, exp))) return { kind: 'late' };
      return { kind: 'good', handoff: { session, origin: aud, nonceDigest: nonce } };
    },
  };
}

const isClaims = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
