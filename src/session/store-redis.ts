import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../errors.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { LiveShelf } from './live-shelf.ts';
import type { RedisAccess } from './redis/access.ts';
import { readClock, readEnd, readPosition, type WrittenEnd } from './redis/ends.ts';
import { putEpoch, readEpoch } from './redis/epoch.ts';
import { type Hub, type HubTask, openHub } from './redis/hub.ts';
import type { Keys } from './redis/keys.ts';
import { createKnownEnds } from './redis/known.ts';
import { type Link, RedisRefused } from './redis/link.ts';
import { createRedisLive } from './redis/live.ts';
import { createRedisOnce } from './redis/once.ts';
import { createRedisProofs } from './redis/proofs.ts';
import { createRedisRefresh } from './redis/refresh.ts';
import { lastIdOf } from './redis/replies.ts';
import { createRedisTokens } from './redis/tokens.ts';
import { createUnsavedEnds } from './redis/unsaved.ts';
import { createRevocations } from './revocations.ts';
import type { SessionStore } from './store.ts';

export interface RedisStoreOptions {
  readonly access: RedisAccess;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly say: { warn(line: string): void; info(line: string): void };
  /** Whether sessions may begin, and are judged by what is known, however long Redis is lost. */
  readonly goesOn: boolean;
  /** For how long they are judged so where that is not meant. */
  readonly graceMs: number;
  readonly startWithinMs?: number;
}

/** The store, and the way to Redis that others go as well. */
export interface RedisStore extends SessionStore {
  readonly hub: Hub;
  readonly keys: Keys;
  readonly goesOn: boolean;
  readonly live: LiveShelf;
  /** Calls back with the entries of another stream, from now on. Before the first, nothing is kept of it. */
  onEntries(listener: (entries: Parameters<HubTask['take']>[1]) => void): void;
}

const CONFIRM_MS = 3000;
const CONFIRM_STEP_MS = 250;
/** How long a process that knows nothing waits for one that can vouch for what a restarted Redis has. */
const VOUCH_MS = 2000;
/** The same where there is nothing at all in it, which is what a new one looks like. */
const NEW_MS = 500;
const VOUCH_STEP_MS = 100;
const WARN_EVERY_SEC = 60;
/** By which clocks of two machines differ. */
const FEW_SEC = 5;

/**
 * Keeps ended sessions in Redis, and all of them in memory. Each end is written to a set and to a log by one script; every
 * instance reads the log as it grows. After each connection the whole set is read, and what it lacks is written back: so it
 * does not matter why the connection was lost, or what Redis forgot.
 * @throws RedisRefused or StoreUnavailable where there is none
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<RedisStore> {
  const { keys, clock, say, goesOn, graceMs } = options;
  const revocations = createRevocations(nowSec(clock));
  const known = createKnownEnds(revocations, keys, clock);
  const unsaved = createUnsavedEnds(keys, clock);
  const listeners = new Set<Parameters<RedisStore['onEntries']>[0]>();
  const proofs = createRedisProofs(keys);
  const once = createRedisOnce(keys, clock);
  let hub: Hub | null = null;
  let isOpen = true;
  /** Whether every end since `sinceSec` was known here when Redis was seen last. */
  let isWhole = false;
  let sinceSec = nowSec(clock);
  let epoch = '';
  let count = 0;
  let warnedSec = 0;
  let saving: Promise<void> | null = null;

  const saveAll = async (link: Pick<Link, 'ask'>): Promise<void> => {
    await unsaved.write(link);
    const differing = await proofs.write(link);
    if (differing.length === 0) return;
    // In this order: what is noted without being ended would never be ended.
    for (const { sub, atSec } of differing) endSubject(sub, atSec);
    await saveAll(link);
  };

  const save = (): void => {
    if (saving || !hub?.isUp()) return;
    const through = hub;
    saving = saveAll(through)
      .catch((error: unknown) => {
        // Where the connection is at fault, the hub knows.
        if (error instanceof RedisRefused) through.drop(error);
      })
      .finally(() => {
        saving = null;
        if (isUnsaved() && through.isUp()) save();
      });
  };
  const isUnsaved = (): boolean => unsaved.size > 0 || proofs.isWaiting();

  const endSubject = (sub: string, atSec: number, by?: WrittenEnd['by']): void => {
    const sec = revocations.endOf(sub, atSec, nowSec(clock));
    const end = { sub, sec, by };
    unsaved.put(end);
    known.add(end);
  };

  const begin: HubTask['begin'] = async (link, run) => {
    const beganMs = performance.now();
    for (;;) {
      const found = await readEpoch(link, keys);
      // Who was away for longer knows no more than who comes anew.
      const knows = isWhole && hub !== null && hub.awayMs() <= graceMs;
      const isKnown = found?.run === run;
      if (!isKnown && !knows && performance.now() - beganMs < (found ? VOUCH_MS : NEW_MS)) {
        await wait(VOUCH_STEP_MS);
        continue;
      }
      const position = await readPosition(link, keys);
      const waits = lastIdOf(await link.ask(['XREVRANGE', keys.waits, '+', '-', 'COUNT', '1']));
      const lacking = await known.readWhole(link);
      if (knows) for (const end of lacking) unsaved.put(end);
      await once.writeBack(link);
      await saveAll(link);
      const told = [knows ? sinceSec : null, knows || isKnown ? (found?.sinceSec ?? null) : null].filter(isNumber);
      const toldSec = told.length > 0 ? Math.min(...told) : nowSec(clock);
      // Put by one whose clock was ahead: nobody's session would count until then. Two clocks have to say so.
      const latestSec = Math.max(nowSec(clock), await readClock(link));
      const since = toldSec > latestSec + FEW_SEC ? latestSec : toldSec;
      if (found && isKnown && since >= found.sinceSec) {
        epoch = found.text;
        sinceSec = found.sinceSec;
      } else {
        const put = await putEpoch(link, keys, found, { sinceSec: since, run });
        if (put === null) continue;
        if (!knows && !isKnown && found) say.warn(NOBODY_VOUCHED);
        epoch = put;
        sinceSec = since;
      }
      revocations.setKnownSince(sinceSec);
      isWhole = true;
      count = position.count;
      return new Map([
        [keys.log, position.id],
        [keys.waits, waits],
      ]);
    }
  };

  const task: HubTask = {
    begin,
    take(stream, entries) {
      if (stream === keys.waits) {
        for (const listener of listeners) listener(entries);
        return;
      }
      let ignored = 0;
      for (const entry of entries) {
        const end = readEnd(entry, nowSec(clock));
        if (end) {
          if (end.count !== count + 1) throw new StoreUnavailable('a part of the log is missing');
          count = end.count;
          known.add(end);
        } else ignored++;
      }
      if (ignored > 0 && nowSec(clock) - warnedSec >= WARN_EVERY_SEC) {
        warnedSec = nowSec(clock);
        say.warn(
          `session.store: ${ignored} entries of ${stream} were ignored: no dashgate writes such; who else does?`,
        );
      }
      known.purge();
    },
    async beat(link) {
      known.assertClock();
      await link.ask(['SET', keys.beat, '1', 'PX', '60000']);
      const found = await readEpoch(link, keys);
      if (found?.text !== epoch) throw new StoreUnavailable('what Redis holds was lost, replaced or vouched for anew');
      save();
    },
  };

  const opened = await openHub({ ...options, task });
  hub = opened;
  save();

  const assertOpen = (): void => {
    if (!isOpen) throw new StoreUnavailable('the session store is closed');
  };
  const isCurrent = (): boolean => opened.isUp() || goesOn || opened.awayMs() <= graceMs;

  return {
    hub: opened,
    keys,
    goesOn,
    live: createRedisLive(opened, keys),
    waiting: () => unsaved.size,
    onEntries: (listener) => void listeners.add(listener),
    revoke(jti, untilSec, by) {
      assertOpen();
      known.purge();
      const end = { jti, sec: untilSec, by };
      known.add(end);
      unsaved.put(end);
      save();
    },
    revokeSubjects(subs, atSec, by) {
      assertOpen();
      for (const sub of subs) endSubject(sub, atSec, by);
      save();
    },
    noteProofs(source, given, atSec) {
      assertOpen();
      for (const sub of proofs.note(source, given, atSec)) endSubject(sub, atSec);
      save();
    },
    async confirm() {
      assertOpen();
      let left = unsaved.size;
      let untilMs = performance.now() + CONFIRM_MS;
      while (isUnsaved() || saving) {
        // Each time, as it may be lost and back in between. Many take longer, as long as they become fewer.
        if (unsaved.size < left) untilMs = performance.now() + CONFIRM_MS;
        left = unsaved.size;
        if (!(await opened.isUpSoon()) || performance.now() >= untilMs)
          throw new StoreUnavailable('the end of a session is not written down yet');
        save();
        const late = new AbortController();
        await Promise.race([saving, wait(CONFIRM_STEP_MS, undefined, { signal: late.signal }).catch(() => {})]);
        late.abort();
      }
    },
    isRevoked: revocations.isRevoked,
    isEnded: revocations.isEnded,
    async once(id, expiresAtSec) {
      assertOpen();
      return await once.take(opened, id, expiresAtSec);
    },
    refresh: createRedisRefresh(opened, keys),
    tokens: createRedisTokens(opened, keys, clock),
    held: revocations,
    onEnded: revocations.onAdded,
    isReady: () => isOpen && opened.isUp(),
    isCurrent,
    takesSignIns: async () => goesOn || (await opened.isUpSoon()),
    close() {
      if (!isOpen) return;
      isOpen = false;
      opened.close();
    },
  };
}

const NOBODY_VOUCHED =
  'session.store: Redis was started anew while no dashgate ran, and may have lost ends of sessions: everybody signs in again';

const isNumber = (value: number | null): value is number => value !== null;
