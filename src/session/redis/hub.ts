import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../../errors.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { RedisAccess } from './access.ts';
import type { Keys } from './keys.ts';
import { ANSWER_MS, connectTo, type Link, RedisRefused } from './link.ts';
import { findPlace } from './place.ts';
import { type Entry, readEntries } from './replies.ts';

/** What somebody does over the connection that the hub keeps. What throws, ends it, and another is made. */
export interface HubTask {
  /** First on each new connection. @param run - names the life of the server's process  @returns after which entry of each stream to go on */
  begin(link: Link, run: string): Promise<ReadonlyMap<string, string>>;
  /** Entries of a stream, in order. */
  take(stream: string, entries: readonly Entry[]): void;
  /** Before the connection is used, and once a second. Has to write. */
  beat(link: Link): Promise<void>;
}

/** The way to Redis: kept up for as long as this runs, and found anew when it is lost. */
export interface Hub {
  /** Sends a command. Throws StoreUnavailable, at once where Redis is lost for longer than a moment. */
  ask(command: readonly string[]): Promise<unknown>;
  isUp(): boolean;
  /** The same, after a moment where the connection was lost just now: most are back at once. Never rejects. */
  isUpSoon(): Promise<boolean>;
  /** For how long Redis has not been there, by whichever clock says longer: that of the wall may be put back meanwhile. */
  awayMs(): number;
  /** Gives the connection up for another: something about it is wrong. */
  drop(why: StoreUnavailable): void;
  close(): void;
}

export interface HubOptions {
  readonly access: RedisAccess;
  readonly keys: Keys;
  readonly task: HubTask;
  readonly clock: Clock;
  readonly say: { warn(line: string): void; info(line: string): void };
  /** How long a start may take until Redis is there. */
  readonly startWithinMs?: number;
}

const BEAT_MS = 1000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 400;
const MOMENT_MS = 1000;
const START_WITHIN_MS = 10_000;
const MOST_ENTRIES = '1000';

/**
 * Connects twice, as one of the two always waits for news.
 * @throws RedisRefused where Redis does not let us in, StoreUnavailable where it is not there within `startWithinMs`
 */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { access, keys, task, clock, say, startWithinMs = START_WITHIN_MS } = options;
  const closing = new AbortController();
  let main: Link | null = null;
  /** When Redis took a write last, by both clocks. */
  let lastSeen = { wallMs: Number.NEGATIVE_INFINITY, steadyMs: Number.NEGATIVE_INFINITY };
  let lostAtMs = Number.NEGATIVE_INFINITY;
  let up = Promise.withResolvers<void>();
  let failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});

  const drop = (why: StoreUnavailable): void => failed.reject(why);

  /** From finding the node to losing it. @throws what ended it */
  const live = async (onUp: () => void): Promise<never> => {
    await using stack = new AsyncDisposableStack();
    failed = Promise.withResolvers<never>();
    failed.promise.catch(() => {});
    const place = await findPlace(access, keys.epoch);
    const { database } = access.address;
    const link = await connectTo(place, access, database);
    stack.defer(link.close);
    const reader = await connectTo(place, access, database);
    stack.defer(reader.close);
    const run = await readRun(link);
    const positions = new Map(await task.begin(link, run));
    const beat = async (): Promise<void> => {
      await task.beat(link);
      lastSeen = { wallMs: clock.nowMs(), steadyMs: performance.now() };
    };
    // One that can only be read is lost: what others end is not heard of.
    await beat();
    closing.signal.throwIfAborted();
    stack.defer(() => {
      main = null;
      lostAtMs = performance.now();
      up = Promise.withResolvers<void>();
    });
    main = link;
    up.resolve();
    onUp();
    const stop = new AbortController();
    stack.defer(() => stop.abort());
    const beats = async (): Promise<never> => {
      for (;;) {
        await beat();
        await wait(BEAT_MS, undefined, { signal: stop.signal, ref: false });
      }
    };
    const follow = async (): Promise<never> => {
      for (;;) {
        const read = ['XREAD', 'COUNT', MOST_ENTRIES, 'BLOCK', `${BEAT_MS}`, 'STREAMS'];
        const reply = await reader.ask([...read, ...positions.keys(), ...positions.values()], BEAT_MS + ANSWER_MS);
        for (const [stream, entries] of readEntries(reply, positions)) {
          task.take(stream, entries);
          positions.set(stream, entries.at(-1)?.id ?? '0');
        }
      }
    };
    const ended = Promise.withResolvers<never>();
    const end = (): void => ended.reject(new StoreUnavailable('closed'));
    closing.signal.addEventListener('abort', end, { once: true });
    stack.defer(() => closing.signal.removeEventListener('abort', end));
    const parts = [beats(), follow(), failed.promise, ended.promise];
    for (const part of parts) part.catch(() => {});
    return await Promise.race(parts);
  };

  const first = Promise.withResolvers<void>();
  const run = async (): Promise<void> => {
    const untilMs = systemClock.nowMs() + startWithinMs;
    let hasBeenUp = false;
    let isTold = false;
    let retryMs = FIRST_RETRY_MS;
    while (!closing.signal.aborted) {
      try {
        await live(() => {
          if (isTold) say.info('session.store: Redis is back');
          isTold = false;
          hasBeenUp = true;
          retryMs = FIRST_RETRY_MS;
          first.resolve();
        });
      } catch (error) {
        if (closing.signal.aborted) break;
        const why = error instanceof Error ? error.message : String(error);
        if (!hasBeenUp && (isFinal(error) || systemClock.nowMs() >= untilMs)) {
          first.reject(error);
          return;
        }
        if (hasBeenUp && !isTold) say.warn(`session.store: Redis is lost: ${why}`);
        isTold = hasBeenUp;
        await wait(retryMs, undefined, { signal: closing.signal }).catch(() => {});
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
      }
    }
    first.reject(new StoreUnavailable('closed'));
  };
  void run();
  await first.promise;

  const isUpSoon = async (): Promise<boolean> => {
    const leftMs = lostAtMs + MOMENT_MS - performance.now();
    if (!main && leftMs > 0 && !closing.signal.aborted)
      await Promise.race([up.promise, wait(leftMs, undefined, { ref: false })]);
    return main !== null;
  };

  return {
    async ask(command) {
      const link = main ?? ((await isUpSoon()) ? main : null);
      if (!link) throw new StoreUnavailable('Redis is lost');
      try {
        return await link.ask(command);
      } catch (error) {
        if (error instanceof StoreUnavailable && !(error instanceof RedisRefused) && main === link) drop(error);
        throw error;
      }
    },
    isUp: () => main !== null,
    isUpSoon,
    awayMs: () => Math.max(Math.abs(clock.nowMs() - lastSeen.wallMs), performance.now() - lastSeen.steadyMs),
    drop,
    close() {
      closing.abort();
      main?.close();
    },
  };
}

/** What no waiting mends. */
const FINAL = ['WRONGPASS', 'NOAUTH', 'NOPERM', 'NOMASTER', 'OLD', 'ERR'];
const CERTIFICATE = /certificate|self.signed|altname|CERT_|UNABLE_TO_|ERR_TLS/i;

const isFinal = (error: unknown): boolean =>
  (error instanceof RedisRefused && FINAL.includes(error.word)) ||
  !(error instanceof StoreUnavailable) ||
  CERTIFICATE.test(error.message);

/** The id of the server's process, which is another after each start (INFO, `run_id`). Refuses one that is no master, or too old. */
export async function readRun(link: Link): Promise<string> {
  const info = await link.ask(['INFO', 'server']);
  if (typeof info !== 'string') throw new StoreUnavailable('Redis answers garbage');
  const [, run = ''] = /^run_id:([0-9a-f]{40})\r?$/m.exec(info) ?? [];
  const [, major = '0', minor = '0'] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
  if (run === '') throw new StoreUnavailable('Redis does not say which process it is (INFO server)');
  if (Number(major) * 100 + Number(minor) < 602) throw new RedisRefused('OLD this Redis is older than 6.2');
  const role = await link.ask(['ROLE']);
  if (!Array.isArray(role) || role[0] !== 'master') throw new StoreUnavailable('this Redis is no master');
  return run;
}
