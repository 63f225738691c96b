import type { Config } from '../config/schema/config.ts';
import { short } from '../identity/attempts/counters.ts';
import { createSharedTally } from '../identity/attempts/shared-tally.ts';
import type { Counted, Tally } from '../identity/attempts/tally.ts';
import { newest } from '../lib/lru.ts';
import { keysOf } from '../session/redis/keys.ts';
import type { Entry } from '../session/redis/replies.ts';
import type { Channel } from './channel.ts';
import type { Status, ToPrimary, ToWorker } from './protocol.ts';

export interface JoinedTally {
  readonly tally: Tally;
  learnWaits(waits: ToWorker['waits']['said']): void;
  learnEntries(entries: ToWorker['entries']['said']): void;
}

type Primary = Pick<Channel<ToPrimary>, 'ask'>;

/** Counts in the primary process, or through it in Redis for as long as that is there. */
export const joinTally = (
  store: Config['session']['store'],
  primary: Primary,
  status: () => Status | null,
): JoinedTally =>
  store.kind === 'redis' ? throughPrimary(store, primary, status) : { ...inPrimary(primary), learnEntries() {} };

/** As many as count where they are held. */
const MOST = 65_536;

/** What is known here is who has to wait, so that a check has nobody to ask; an attempt itself is always asked about. */
function inPrimary(primary: Primary): Pick<JoinedTally, 'tally' | 'learnWaits'> {
  const until = newest<number>(MOST);
  const idOf = ({ of, key }: Pick<Counted, 'of' | 'key'>): string => `${of} ${short(key)}`;
  // What cannot be told fades by itself.
  const tell = async (name: 'count' | 'takeBack' | 'forget', counted: Counted, nowMs: number): Promise<void> =>
    void (await primary.ask(name, { counted, nowMs }).catch(() => {}));
  return {
    tally: {
      waitMs(counted, nowMs) {
        const left = (until.get(idOf(counted)) ?? 0) - nowMs;
        return Math.min(Math.max(0, left), counted.pace.longestWaitMs);
      },
      take: (all, nowMs) => primary.ask('take', { all, nowMs }),
      count: (counted, nowMs) => tell('count', counted, nowMs),
      takeBack: (counted, nowMs) => tell('takeBack', counted, nowMs),
      forget: (counted, nowMs) => tell('forget', counted, nowMs),
    },
    learnWaits(waits) {
      for (const { counted, untilMs } of waits) {
        if (untilMs === 0) until.delete(idOf(counted));
        else until.set(idOf(counted), untilMs);
      }
    },
  };
}

type RedisConfig = Extract<Config['session']['store'], { kind: 'redis' }>;

function throughPrimary(store: RedisConfig, primary: Primary, status: () => Status | null): JoinedTally {
  const listeners = new Set<(entries: readonly Entry[]) => void>();
  // Without Redis the workers of one machine still count together.
  const alone = inPrimary(primary);
  const tally = createSharedTally(
    {
      hub: { ask: (command) => primary.ask('redis', command), isUp: () => status()?.isRedisUp ?? false },
      keys: keysOf(store.prefix),
      goesOn: store.goesOn,
      onEntries: (listener) => void listeners.add(listener),
    },
    alone.tally,
  );
  return {
    tally,
    learnWaits: alone.learnWaits,
    learnEntries(written) {
      const entries = written.map(({ id, fields }) => ({ id, fields: new Map(fields) }));
      for (const listener of listeners) listener(entries);
    },
  };
}
