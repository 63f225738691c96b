import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { DerivedKey } from '../session/key-ring.ts';

/** A key that signs assertions (Ed25519, RFC 8037). */
export interface AssertionKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The public half, as it is published (RFC 7517 §4). */
  readonly published: Readonly<Record<'kty' | 'crv' | 'x' | 'kid' | 'use' | 'alg', string>>;
}

/** What their seeds are derived from the ring for. */
export const ASSERTION_PURPOSE = 'dashgate/assertion/v1';

/** Before the 32 bytes of a seed, this makes them a PKCS #8 document (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The keys that sign assertions, and those that readers may still meet. */
export interface AssertionKeys {
  /** Throws TypeError where the ring is empty. */
  signing(): AssertionKey;
  /** Newest first. */
  published(): readonly AssertionKey[];
}

/**
 * So long a new key is published before it signs, in seconds: readers keep what they fetched for five minutes, and some, as
 * PyJWT, do not look again at once for a key that they do not know.
 */
const LEAD_SEC = 600;

/**
 * One key for each of the ring, so that they are rotated with it and every instance that shares the ring has the same. Those that
 * are there at the start sign at once.
 * @param seeds - of 32 bytes, newest first, for {@link ASSERTION_PURPOSE}; a new list whenever the ring changes
 */
export function createAssertionKeys(seeds: () => readonly DerivedKey[], clock: Clock): AssertionKeys {
  let from: readonly DerivedKey[] | null = null;
  let made: readonly (AssertionKey & { readonly sinceSec: number })[] = [];
  const published = (): typeof made => {
    const now = seeds();
    if (now === from) return made;
    const sinceSec = from === null ? Number.NEGATIVE_INFINITY : nowSec(clock);
    const known = new Map(made.map((key) => [key.kid, key]));
    from = now;
    made = now.map((seed) => known.get(seed.kid) ?? { ...toKey(seed), sinceSec });
    return made;
  };
  return {
    published,
    signing() {
      const keys = published();
      const key = keys.find(({ sinceSec }) => nowSec(clock) >= sinceSec + LEAD_SEC) ?? keys[0];
      if (!key) throw new TypeError('the key ring is empty');
      return key;
    },
  };
}

function toKey({ kid, key: seed }: DerivedKey): AssertionKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { kid, key, published: { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' } };
}
