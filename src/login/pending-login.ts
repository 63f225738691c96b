import { createHash } from 'node:crypto';
import { type Clock, nowSec } from '../lib/clock.ts';
import { type Cookie, cookiesIn } from '../lib/cookie-header.ts';
import type { PendingLogin } from '../providers/provider.ts';
import { PENDING_COOKIE } from '../session/cookie.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import { openClaims, sealClaims } from '../session/sealed-claims.ts';

/**
 * Sign-ins at a provider that are under way, each in a cookie of its own: two tabs do not disturb each other, nothing of them is
 * kept here, and an answer counts only in the browser that asked. Over https the prefix keeps other hosts of the domain from
 * planting one (RFC 6265bis §4.1.3.2).
 */
export interface PendingLogins {
  /** @returns the Set-Cookie values that keep this attempt, and remove the oldest where there are too many */
  keep(header: string | undefined, pending: PendingLogin, origin: string): Promise<string[]>;
  /** @returns `null` where this browser began no such sign-in, or it is over */
  find(header: string | undefined, state: string): Promise<Found | null>;
}

export interface Found {
  readonly pending: PendingLogin;
  /** Names the attempt among ids that may be used once. */
  readonly id: string;
  /** Removes it from the browser that asked an origin. */
  clear(origin: string): string[];
}

/** How long somebody may take to sign in elsewhere. */
export const LONGEST_SEC = 600;
/** Together they have to fit into the head of a request beside the session. */
const MOST = 5;
const MOST_TEXT = 8000;
/** A longer address is not kept: the cookie would be dropped (RFC 6265bis §5.6). */
const LONGEST_RETURN = 2000;
const LONGEST_COOKIE = 4000;

const SHAPE = new RegExp(`^(?:__Host-)?${PENDING_COOKIE}([0-9a-z]{7})-([0-9a-f]{32})$`);
const AUDIENCE = 'pending-login';

export interface PendingLoginsOptions {
  /** Newest first; read anew each time, so that a reloaded ring counts at once. */
  readonly keys: () => readonly DerivedKey[];
  readonly clock: Clock;
}

export function createPendingLogins({ keys, clock }: PendingLoginsOptions): PendingLogins {
  return {
    async keep(header, pending, origin) {
      const isShort = pending.returnTo === null || pending.returnTo.length <= LONGEST_RETURN;
      const { provider, state, nonce, verifier, maxAgeSec, begunSec } = pending;
      const claims = {
        ...{ provider, state, nonce, verifier, max_age: maxAgeSec },
        return_to: isShort ? pending.returnTo : null,
      };
      const sealed = await sealClaims(
        (Jwt) =>
          new Jwt(claims)
            .setAudience(AUDIENCE)
            .setIssuedAt(begunSec)
            .setExpirationTime(begunSec + LONGEST_SEC),
        keys(),
      );
      const when = begunSec.toString(36).padStart(7, '0');
      const name = `${prefixOf(origin)}${PENDING_COOKIE}${when}-${idOf(state)}`;
      return [
        ...surplus(ownIn(header), sealed.length).map((old) => remove(old, origin)),
        `${name}=${sealed}; Max-Age=${LONGEST_SEC}${attributesOf(origin)}`,
      ];
    },
    async find(header, state) {
      const id = idOf(state);
      const found = ownIn(header).filter(({ name }) => SHAPE.exec(name)?.[2] === id);
      const [one] = found;
      // Two of them: somebody else had a hand in it.
      if (!one || found.length > 1 || one.value.length > LONGEST_COOKIE) return null;
      const pending = await open(one.value, keys(), nowSec(clock));
      if (pending?.state !== state) return null;
      return { pending, id, clear: (origin) => [remove(one.name, origin)] };
    },
  };
}

const idOf = (state: string): string => createHash('sha256').update(state).digest('hex').slice(0, 32);

const ownIn = (header: string | undefined): Cookie[] => [...cookiesIn(header)].filter(({ name }) => SHAPE.test(name));

/** Which of those that are there have to go for a new one, the oldest first: its age is in the name. */
function surplus(cookies: readonly Cookie[], newLength: number): string[] {
  const byAge = cookies.toSorted((a, b) => ageKey(b).localeCompare(ageKey(a)));
  let room = MOST_TEXT - newLength;
  const gone = byAge.filter(({ value }, index) => {
    room -= value.length;
    return room < 0 || index >= MOST - 1;
  });
  return [...new Set(gone.map(({ name }) => name))].slice(0, 50);
}

const ageKey = ({ name }: Cookie): string => SHAPE.exec(name)?.[1] ?? '';

const prefixOf = (origin: string): string => (origin.startsWith('https:') ? '__Host-' : '');
const attributesOf = (origin: string): string =>
  // Lax, whatever the session is: the answer comes from another site.
  `; Path=/; HttpOnly; SameSite=Lax${origin.startsWith('https:') ? '; Secure' : ''}`;
const remove = (name: string, origin: string): string => `${name}=; Max-Age=0${attributesOf(origin)}`;

async function open(token: string, keys: readonly DerivedKey[], now: number): Promise<PendingLogin | null> {
  const claims = await openClaims(token, keys, {
    audience: AUDIENCE,
    currentDate: new Date(now * 1000),
    requiredClaims: ['iat', 'exp'],
  });
  if (!claims) return null;
  const { provider, state, nonce, verifier, max_age, return_to, iat = 0 } = claims;
  if (![provider, state, nonce, verifier].every((text) => typeof text === 'string')) return null;
  return {
    ...{ provider: String(provider), state: String(state), nonce: String(nonce), verifier: String(verifier) },
    maxAgeSec: typeof max_age === 'number' ? max_age : null,
    returnTo: typeof return_to === 'string' ? return_to : null,
    begunSec: iat,
  };
}
