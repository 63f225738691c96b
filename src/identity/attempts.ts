import type { PasswordFinding } from '../directories/directory.ts';
import { HalfAnswered, HashQueueFull } from '../errors.ts';
import { compileTrusted, LOCAL_PEERS, type TrustedPeer } from '../lib/client-address.ts';
import type { Clock } from '../lib/clock.ts';
import type { Pace } from './attempts/counters.ts';
import { createKnownAddresses, type KnownAddresses } from './attempts/known-addresses.ts';
import { networkOf } from './attempts/network.ts';
import { type Counted, createTally, type Tally } from './attempts/tally.ts';

/** Somebody who gives a password for a user name. */
export interface Attempt {
  /** Canonical: one counter, whatever the case or alias. */
  readonly user: string;
  /** The client's address, as far as it can be trusted. */
  readonly address: string;
  /** What shows that this user has signed in on this very device before, if anything does; asked for only when it matters. */
  readonly device: () => Promise<string | null> | string | null;
}

/** The password was not looked at. */
export interface Delayed {
  readonly kind: 'delayed';
  readonly retryAfterSec: number;
}

/**
 * Who may try a password now. Two lanes: strangers share one counter a name and one an address; who has signed in as this
 * user before, on this device or from this address, has a counter of their own, which no stranger can fill.
 */
export interface Attempts {
  /** Whether an attempt would have to wait, without making it. While it would, nothing may depend on the password. */
  mustWait(attempt: Attempt): Delayed | null | Promise<Delayed | null>;
  /**
   * Counts an attempt and makes it, unless it has to wait. A right password clears its name.
   * @throws HashQueueFull where too many strangers' passwords are being checked already
   */
  make(attempt: Attempt, verify: () => Promise<PasswordFinding>): Promise<PasswordFinding | Delayed>;
}

/** What is remembered of attempts; it outlives a change of the configuration. */
export interface AttemptMemory {
  readonly tally: Tally;
  readonly known: KnownAddresses;
  /** How many strangers' passwords are being checked now. */
  strangers: number;
  readonly mostStrangers: number;
}

/** @param sharers - how many processes have the queue of hashes in common */
export const createAttemptMemory = (
  tally: Tally = createTally(),
  known: KnownAddresses = createKnownAddresses(),
  sharers = 1,
): AttemptMemory => ({
  ...{ tally, known, strangers: 0 },
  mostStrangers: Math.max(1, Math.floor(MOST_STRANGERS / sharers)),
});

export interface AttemptsOptions {
  readonly memory: AttemptMemory;
  readonly clock: Clock;
  readonly isLimited: boolean;
  /** The longest that a name has to wait. */
  readonly longestWaitMs: number;
  /** Addresses that say nothing of who is there, beside this machine's own: of proxies, and of many people at once. */
  readonly shared: readonly TrustedPeer[];
}

const FREE_PER_NAME = 5;
/** A stranger's address may be a whole office: many may mistype, and ten a minute after that. */
const ADDRESS: Pace = { free: 50, longestWaitMs: 60_000, fadeMs: 6000 };
/** Fewer than the queue of hashes holds, so that strangers cannot fill it. */
const MOST_STRANGERS = 32;

interface Lane {
  readonly isStrangers: boolean;
  readonly name: Counted;
  readonly address: Counted | null;
}

export function createAttempts({ memory, clock, isLimited, longestWaitMs, shared }: AttemptsOptions): Attempts {
  if (!isLimited) return { mustWait: () => null, make: (_attempt, verify) => verify() };

  const { tally, known } = memory;
  const pace: Pace = { free: FREE_PER_NAME, longestWaitMs, fadeMs: longestWaitMs };
  const speaksForMany = compileTrusted([...LOCAL_PEERS, ...shared]);
  // The prefixes keep the kinds of key apart; neither a network nor a device has a blank in it.
  const ownLane = (key: string): Lane => ({
    isStrangers: false,
    name: { of: 'name', key, pace },
    address: null,
  });

  const usualLane = ({ user, address }: Attempt): Lane => {
    const network = networkOf(address);
    if (known.has(user, network)) return ownLane(`known ${network} ${user}`);
    return {
      isStrangers: true,
      name: { of: 'name', key: `name ${user}`, pace },
      address: speaksForMany.has(address) ? null : { of: 'address', key: network, pace: ADDRESS },
    };
  };

  const countedOf = ({ name, address }: Lane): Counted[] => (address ? [name, address] : [name]);
  const waitMs = (lane: Lane): number => {
    const nowMs = clock.nowMs();
    return Math.max(...countedOf(lane).map((counted) => tally.waitMs(counted, nowMs)));
  };

  const isBusy = ({ isStrangers }: Lane): boolean => isStrangers && memory.strangers >= memory.mostStrangers;

  /** At once where the usual lane is open, so that it still is when the attempt is counted. */
  const laneOf = (attempt: Attempt): Lane | Promise<Lane> => {
    const usual = usualLane(attempt);
    return waitMs(usual) === 0 && !isBusy(usual) ? usual : deviceLane(attempt, usual);
  };

  const deviceLane = async (attempt: Attempt, usual: Lane): Promise<Lane> => {
    const device = await attempt.device();
    return device === null ? usual : ownLane(`device ${device} ${attempt.user}`);
  };

  return {
    mustWait(attempt) {
      const lane = laneOf(attempt);
      return lane instanceof Promise ? lane.then((found) => delayed(waitMs(found))) : delayed(waitMs(lane));
    },
    async make(attempt, verify) {
      const found = laneOf(attempt);
      const lane = found instanceof Promise ? await found : found;
      // From here to the count nothing is awaited, but of a tally that counts one by one whatever comes together.
      const wait = delayed(waitMs(lane));
      if (wait) return wait;
      if (isBusy(lane)) throw new HashQueueFull(`${memory.mostStrangers} passwords wait to be checked already`);
      if (lane.isStrangers) memory.strangers++;
      try {
        const taken = tally.take(countedOf(lane), clock.nowMs());
        const late = delayed(typeof taken === 'number' ? taken : await taken);
        return late ? await tryDevice(attempt, lane, late, verify) : await makeIn(attempt, lane, verify);
      } finally {
        if (lane.isStrangers) memory.strangers--;
      }
    },
  };

  /** Where others have told only now that the usual lane is closed. */
  async function tryDevice(
    attempt: Attempt,
    usual: Lane,
    late: Delayed,
    verify: () => Promise<PasswordFinding>,
  ): Promise<PasswordFinding | Delayed> {
    const lane = usual.isStrangers ? await deviceLane(attempt, usual) : usual;
    if (lane === usual) return late;
    const wait = delayed(waitMs(lane) || (await tally.take(countedOf(lane), clock.nowMs())));
    return wait ?? (await makeIn(attempt, lane, verify));
  }

  /** Makes an attempt that was counted. */
  async function makeIn(
    attempt: Attempt,
    lane: Lane,
    verify: () => Promise<PasswordFinding>,
  ): Promise<PasswordFinding | Delayed> {
    const { name, address } = lane;
    try {
      const finding = await verify();
      const user = userOf(finding) ?? attempt.user;
      // By another name of theirs: what is counted for the one must hold for the other.
      const other = user === attempt.user ? null : await laneOf({ ...attempt, user });
      const wait = other && delayed(waitMs(other));
      if (wait) return wait;
      const nowMs = clock.nowMs();
      if (finding.kind === 'wrong') {
        if (other) await tally.count(other.name, nowMs);
        return finding;
      }
      for (const counted of other ? [name, other.name] : [name]) await tally.forget(counted, nowMs);
      // Not cleared: a right password now and then would make an address free to guess at others.
      if (address) await tally.takeBack(address, nowMs);
      for (const each of [attempt.user, user]) known.add(each, networkOf(attempt.address));
      return finding;
    } catch (error) {
      // Of a password that was looked at, "not known" would else mean "wrong" as often as somebody cares to ask.
      if (!(error instanceof HalfAnswered)) {
        for (const counted of countedOf(lane)) await tally.takeBack(counted, clock.nowMs());
      }
      throw error;
    }
  }
}

const userOf = (found: PasswordFinding): string | undefined =>
  found.kind === 'right' ? found.person.user : found.user;

const delayed = (waitMs: number): Delayed | null =>
  waitMs > 0 ? { kind: 'delayed', retryAfterSec: Math.ceil(waitMs / 1000) } : null;
