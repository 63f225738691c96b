import { ALL_OF_ANYONE } from '../../directories/anyone.ts';
import { type Directory, findPerson, type Person } from '../../directories/directory.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { newest } from '../../lib/lru.ts';
import type { Providers } from '../../providers/registry.ts';
import type { Session } from '../../session/session.ts';
import { isLabel } from '../modes/label.ts';
import type { VouchedOwners } from './vouched-owners.ts';

/** Held in memory. */
const MOST = 10_000;

/** Who owns personal tokens, as they are today. */
export interface Owners {
  /**
   * @returns `null` where nobody may own tokens by that subject now: they are gone, only said a name, or were not at their
   * provider for too long
   * @throws DirectoryUnavailable, StoreUnavailable where it could not be found out
   */
  find(sub: string): Promise<Person | null>;
}

export interface OwnersOptions {
  readonly directory: Pick<Directory, 'current' | 'lookUp'>;
  readonly providers: Pick<Providers, 'personOf' | 'findBySub'>;
  readonly vouched: VouchedOwners;
  /** For how long the word of a provider counts; `null`: not at all. */
  readonly providerAgeSec: number | null;
  readonly clock: Clock;
}

/** What a provider said is read again after this long, so that an end elsewhere counts here. */
const READ_EVERY_MS = 1000;

export function createOwners({ directory, providers, vouched, providerAgeSec, clock }: OwnersOptions): Owners {
  const read = newest<{ readonly session: Session | null; readonly atMs: number }>(MOST);

  const byProvider = async (sub: string, ageSec: number): Promise<Person | null> => {
    const known = read.get(sub);
    const isFresh = known && Math.abs(clock.nowMs() - known.atMs) < READ_EVERY_MS;
    const session = isFresh ? known.session : await vouched.read(sub);
    if (!isFresh) read.set(sub, { session, atMs: clock.nowMs() });
    if (!session || nowSec(clock) - session.writtenSec >= ageSec) return null;
    return (await providers.personOf(session)) ?? null;
  };

  return {
    async find(sub) {
      // Who comes by the one password may call themselves by anybody's name.
      if (isLabel({ sub }) || sub.startsWith(ALL_OF_ANYONE)) return null;
      if (providers.findBySub(sub)) return providerAgeSec === null ? null : byProvider(sub, providerAgeSec);
      return findPerson(directory, sub);
    },
  };
}
