import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { ProviderUnavailable } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';

/** The keys by which an issuer signs (RFC 7517), as they are known here. */
export interface IssuerKeys {
  /**
   * Those that may have made a signature; none where the issuer has no such key.
   * @throws ProviderUnavailable where that is not known
   */
  find(header: JWSHeaderParameters): Promise<readonly CryptoKey[]>;
}

export interface IssuerKeysOptions {
  /** The issuer's id. */
  readonly id: string;
  /** Asks for the keys. Whatever it throws, they could not be had. */
  readonly ask: () => Promise<JSONWebKeySet>;
  /** For how long keys count that could not be asked for again, in milliseconds. */
  readonly graceMs: number;
  readonly clock: Clock;
}

/** From then on they are asked for again, while nobody waits. */
const FRESH_MS = 600_000;
/** A token by a key that is not known asks at once, no more often than this: anybody can write one. */
const ASKED_EVERY_MS = 10_000;
/** More would be tried on one token. */
const MOST_TRIED = 5;

type LocalKeys = ReturnType<typeof createLocalJWKSet>;

export function createIssuerKeys({ id, ask, graceMs, clock }: IssuerKeysOptions): IssuerKeys {
  let known: { readonly keys: LocalKeys; readonly atMs: number } | null = null;
  let asked: { readonly atMs: number; readonly failure: ProviderUnavailable | null } | null = null;
  let underWay: Promise<void> | null = null;

  /** Infinity where the clock was put back. */
  const ageOf = (atMs: number): number => {
    const ms = clock.nowMs() - atMs;
    return ms < 0 ? Number.POSITIVE_INFINITY : ms;
  };
  /** Once for all who want it. Never rejects: what came of it is in `asked`. */
  const refresh = (): Promise<void> => {
    const attempt = async (): Promise<void> => {
      const atMs = clock.nowMs();
      try {
        known = { keys: createLocalJWKSet(await ask()), atMs };
        asked = { atMs, failure: null };
      } catch (cause) {
        asked = { atMs, failure: new ProviderUnavailable(`${id}: its keys cannot be had`, { cause }) };
      }
    };
    underWay ??= attempt().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const mayAsk = (): boolean => asked === null || ageOf(asked.atMs) >= ASKED_EVERY_MS;
  const current = async (): Promise<LocalKeys> => {
    const age = known ? ageOf(known.atMs) : Number.POSITIVE_INFINITY;
    if (known && age < FRESH_MS + graceMs) {
      if (age >= FRESH_MS && mayAsk()) void refresh();
      return known.keys;
    }
    if (mayAsk() || underWay) await refresh();
    if (known && ageOf(known.atMs) < FRESH_MS + graceMs) return known.keys;
    throw asked?.failure ?? new ProviderUnavailable(`${id}: its keys cannot be had`);
  };

  return {
    async find(header) {
      const found = await candidates(await current(), header);
      if (found.length > 0) return found;
      // It may sign by a new one.
      if (!mayAsk() && !underWay) {
        if (asked?.failure) throw asked.failure;
        return [];
      }
      await refresh();
      if (asked?.failure) throw asked.failure;
      return candidates(await current(), header);
    },
  };
}

/** A token need not say by which key it was signed: then all of the right kind may have. */
async function candidates(keys: LocalKeys, header: JWSHeaderParameters): Promise<CryptoKey[]> {
  try {
    return [await keys(header)];
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSENotSupported) return [];
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return [];
    const several: CryptoKey[] = [];
    for await (const key of error) {
      several.push(key);
      if (several.length === MOST_TRIED) break;
    }
    return several;
  }
}
