import { setImmediate } from 'node:timers/promises';
import type { AccessRequest } from '../access/request.ts';
import { ConnectionsFull } from '../errors.ts';
import type { Basis } from '../identity/authenticate.ts';
import type { Identity } from '../identity/identity.ts';
import { type Clock, nowSec } from '../lib/clock.ts';

/**
 * Why a connection is told to end. `over`: it would not be let through now. `reconnect`: it would, but not as what the
 * dashboard was told. `moved`: it would be forwarded elsewhere, or in another way.
 */
export type EndWhy = 'over' | 'reconnect' | 'moved';

/** How a connection stands by the rules of today. */
export type Standing =
  /** `untilSec`: unless somebody proves anew who they are, in seconds since the epoch. */
  { readonly standing: 'stays'; readonly untilSec: number } | { readonly standing: EndWhy };

/** A request that was let through and whose answer, or websocket, may last. */
export interface OpenConnection {
  readonly request: AccessRequest;
  /** What it was let through by; `null`: its path is public. */
  readonly basis: Basis | null;
  /** As the dashboard was told. */
  readonly identity: Identity;
  /** Where and how it is forwarded, to be compared. */
  readonly route: string;
  /** May be called again while it is ending. */
  end(why: EndWhy): void;
}

/** Judges as if the connection were asked for now. Throws where it could not be found out. */
export type Rejudge = (connection: OpenConnection) => Promise<Standing>;

/** Everything that is open through the proxy way, whichever version of the configuration it was let through by. */
export interface OpenConnections {
  /**
   * Follows a connection until the returned function is called. One whose session is over by now is told so within the call.
   * @throws ConnectionsFull
   */
  follow(connection: OpenConnection): () => void;
  /** From now on this judges, beginning with all that is open. */
  judgeBy(rejudge: Rejudge): void;
  /** Something has changed that connections may hang on: all are judged again, soon. */
  rejudge(): void;
  readonly size: number;
  close(): void;
}

export interface OpenConnectionsOptions {
  /** Whether a session has neither ended nor been ended. No I/O. */
  readonly isLive: (session: Basis['session']) => boolean;
  readonly clock: Clock;
  /** Told of each connection that is ended for what its identity may. */
  readonly onEnd: (connection: OpenConnection, why: 'over' | 'reconnect') => void;
  /** How many are followed; more are refused. */
  readonly most?: number;
  /** How often ends are looked for that no event tells of, as that of a session's time. In milliseconds. */
  readonly lookEveryMs?: number;
}

const NEVER = Number.POSITIVE_INFINITY;
const MOST = 50_000;
const LOOK_EVERY_MS = 500;
/** All are judged again every so many looks, for what only asking shows: who is gone from a directory far away. */
const ALL_EVERY = 30;
/** Between two rounds, so that a storm of sign-outs is a few of them. */
const REST_MS = 100;
/** So many are judged before others get a turn. */
const AT_ONCE = 500;

interface Entry {
  readonly connection: OpenConnection;
  told: EndWhy | null;
  isBeingJudged: boolean;
  /** Something changed while it was being judged. */
  isDueAgain: boolean;
  /** When it is over by time alone, as far as it was judged. */
  untilSec: number;
}

/**
 * Ends what would not be let through any more. There is no index by session or subject: a round looks at all, in a few
 * microseconds each, so nothing that access hangs on can be forgotten in one.
 */
export function createOpenConnections(options: OpenConnectionsOptions): OpenConnections {
  const { isLive, clock, onEnd, most = MOST, lookEveryMs = LOOK_EVERY_MS } = options;
  const open = new Set<Entry>();
  /** Opened since the last look. What changed while they were being let through was told too early for them. */
  let fresh = new Set<Entry>();
  let judge: Rejudge = async () => ({ standing: 'over' });
  let isClosed = false;
  let isRoundDue = false;
  let isRoundRunning = false;
  let looks = 0;

  const tell = (entry: Entry, why: EndWhy): void => {
    if (!open.has(entry)) return;
    // An answer that has moved ends by itself, most often.
    if (entry.told !== why && why !== 'moved') onEnd(entry.connection, why);
    entry.told = why;
    entry.connection.end(why);
  };

  const judgeOne = (entry: Entry): void => {
    if (!open.has(entry)) return;
    if (entry.isBeingJudged) {
      entry.isDueAgain = true;
      return;
    }
    entry.isBeingJudged = true;
    // Who cannot be asked about is not let in either, and may try again.
    const standing = judge(entry.connection).catch((): Standing => ({ standing: 'reconnect' }));
    void standing.then((found) => {
      entry.isBeingJudged = false;
      if (found.standing === 'stays') entry.untilSec = found.untilSec;
      else tell(entry, found.standing);
      if (!entry.isDueAgain) return;
      entry.isDueAgain = false;
      judgeOne(entry);
    });
  };

  /** Those whose session is over end at once: nobody has to be asked. Those whose proof is too old by now are judged. */
  const endTheDead = (): void => {
    const now = nowSec(clock);
    for (const entry of open) {
      const { basis } = entry.connection;
      if (!basis || entry.told === 'over') continue;
      if (!isLive(basis.session)) tell(entry, 'over');
      else if (entry.untilSec <= now) judgeOne(entry);
    }
  };

  const runRounds = async (): Promise<void> => {
    if (isRoundRunning) return;
    isRoundRunning = true;
    while (isRoundDue && !isClosed) {
      isRoundDue = false;
      endTheDead();
      let judged = 0;
      for (const entry of [...open]) {
        judgeOne(entry);
        judged++;
        if (judged % AT_ONCE === 0) await setImmediate();
      }
      await rest();
    }
    isRoundRunning = false;
  };
  const round = (): void => {
    isRoundDue = true;
    void runRounds();
  };

  const timer = setInterval(() => {
    if (open.size === 0) return;
    endTheDead();
    const young = fresh;
    fresh = new Set();
    for (const entry of young) judgeOne(entry);
    looks++;
    if (looks % ALL_EVERY === 0) round();
  }, lookEveryMs).unref();

  return {
    follow(connection) {
      if (open.size >= most) throw new ConnectionsFull('more connections are open than are followed');
      const entry: Entry = { connection, told: null, isBeingJudged: false, isDueAgain: false, untilSec: NEVER };
      open.add(entry);
      fresh.add(entry);
      // A body may have been long in coming since it was let through.
      const { basis } = connection;
      if (basis && !isLive(basis.session)) tell(entry, 'over');
      return () => {
        open.delete(entry);
        fresh.delete(entry);
      };
    },
    judgeBy(rejudge) {
      judge = rejudge;
      round();
    },
    rejudge: round,
    get size() {
      return open.size;
    },
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

const rest = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, REST_MS).unref());
