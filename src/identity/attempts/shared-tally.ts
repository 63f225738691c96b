import { createHash } from 'node:crypto';
import { StoreUnavailable } from '../../errors.ts';
import { asTexts, type Entry } from '../../session/redis/replies.ts';
import type { RedisStore } from '../../session/store-redis.ts';
import { type Counters, createCounters } from './counters.ts';
import { type Counted, createTally, type Tally } from './tally.ts';

/** Beyond these, an instance that was away learns of the others when it asks. */
const MOST_TOLD = 5000;
const ID = /^[an]:[\w-]{22}$/;

/**
 * Counts, or looks, at all keys at once, by the rules of counters.ts. Tells the other instances of whoever comes to have to wait,
 * or no longer has to.
 */
const SCRIPT = `
local op, now = ARGV[1], tonumber(ARGV[2])
local n = #KEYS - 1
local wait, states = 0, {}
for i = 1, n do
  local free, longest, fade = tonumber(ARGV[i * 4]), tonumber(ARGV[i * 4 + 1]), tonumber(ARGV[i * 4 + 2])
  local got = redis.call('HMGET', KEYS[i], 'f', 'a')
  local f, at = tonumber(got[1] or '0') or 0, tonumber(got[2] or '0') or 0
  local past = math.max(0, now - at)
  local left = math.max(0, f - past / fade)
  local beyond = math.ceil(left) - free
  if beyond >= 0 then
    wait = math.max(wait, math.min(1000 * 2 ^ math.min(beyond, 40), longest) - past)
  end
  states[i] = { f = f, at = at, left = left, isWaiting = beyond >= 0 }
end
local told = { string.format('%.0f', math.max(0, math.ceil(wait))) }
local by = { take = 1, count = 1, back = -1 }
for i = 1, n do
  local s = states[i]
  if op ~= 'take' or wait <= 0 then
    local free, longest, fade = tonumber(ARGV[i * 4]), tonumber(ARGV[i * 4 + 1]), tonumber(ARGV[i * 4 + 2])
    s.f = op == 'forget' and 0 or s.left + by[op]
    -- Of several clocks the one that is ahead: else who goes to and fro between two instances would make all of it fade.
    s.at = math.max(now, s.at)
    if s.f <= 0 then
      s.f = 0
      redis.call('DEL', KEYS[i])
    else
      redis.call('HSET', KEYS[i], 'f', string.format('%.6f', s.f), 'a', string.format('%.0f', s.at))
      redis.call('PEXPIRE', KEYS[i], string.format('%.0f', math.ceil(s.f) * fade + longest))
    end
    if s.isWaiting or math.ceil(s.f) >= free then
      redis.call('XADD', KEYS[n + 1], 'MAXLEN', '~', ${MOST_TOLD}, '*',
        'k', ARGV[i * 4 - 1], 'f', string.format('%.6f', s.f), 'a', string.format('%.0f', s.at))
    end
  end
  told[#told + 1] = string.format('%.6f', s.f)
  told[#told + 1] = string.format('%.0f', s.at)
end
return told`;

/** The way to Redis, also by another process. */
export interface SharedStore extends Pick<RedisStore, 'keys' | 'onEntries' | 'goesOn'> {
  readonly hub: Pick<RedisStore['hub'], 'ask' | 'isUp'>;
}

/**
 * Counts for all instances in Redis. What is known here is what Redis said last and what others told since, so that a check
 * has nobody to ask; an attempt itself is always asked about. While Redis is lost: as the store has it.
 * @param alone - counts for as long as everybody counts for themselves
 */
export function createSharedTally(store: SharedStore, alone: Tally = createTally()): Tally {
  const { hub, keys } = store;
  const mirrors: Record<Counted['of'], Counters> = { name: createCounters(), address: createCounters() };

  const put = (id: string, failures: number, atMs: number, isWaiting: boolean): void =>
    mirrors[id.startsWith('a') ? 'address' : 'name'].put(id, { failures, atMs }, isWaiting);

  store.onEntries((entries: readonly Entry[]) => {
    for (const { fields } of entries) {
      const [id = '', failures, atMs] = [fields.get('k'), Number(fields.get('f')), Number(fields.get('a'))];
      if (ID.test(id) && failures >= 0 && failures < 1e6 && atMs > 0 && atMs < 1e15) put(id, failures, atMs, true);
    }
  });

  const ask = async (
    op: 'take' | 'count' | 'back' | 'forget',
    all: readonly Counted[],
    nowMs: number,
  ): Promise<number> => {
    const ids = all.map(idOf);
    const names = [...ids.map(keys.attempts), keys.waits];
    const paces = all.flatMap(({ pace }, at) => [
      ids[at] ?? '',
      `${pace.free}`,
      `${pace.longestWaitMs}`,
      `${pace.fadeMs}`,
    ]);
    const told = asTexts(await hub.ask(['EVAL', SCRIPT, `${names.length}`, ...names, op, `${nowMs}`, ...paces]));
    const [wait = Number.NaN, ...states] = told.map(Number);
    if (!(wait >= 0) || states.length !== 2 * all.length) throw new StoreUnavailable('Redis answers garbage');
    for (const [at, { pace }] of all.entries()) {
      const failures = states[2 * at] ?? 0;
      put(ids[at] ?? '', failures, states[2 * at + 1] ?? 0, Math.ceil(failures) >= pace.free);
    }
    return wait;
  };
  const isAlone = (): boolean => !hub.isUp() && store.goesOn;
  const tell = async (op: 'count' | 'back' | 'forget', counted: Counted, nowMs: number): Promise<void> => {
    // What cannot be told fades by itself.
    await ask(op, [counted], nowMs).catch(() => {});
  };

  return {
    waitMs(counted, nowMs) {
      const { of, pace } = counted;
      const told = mirrors[of].waitMs(idOf(counted), pace, nowMs);
      return isAlone() ? Math.max(told, alone.waitMs(counted, nowMs)) : told;
    },
    take: (all, nowMs) => (isAlone() ? alone.take(all, nowMs) : ask('take', all, nowMs)),
    count: (counted, nowMs) => (isAlone() ? alone.count(counted, nowMs) : tell('count', counted, nowMs)),
    takeBack: (counted, nowMs) => (isAlone() ? alone.takeBack(counted, nowMs) : tell('back', counted, nowMs)),
    forget: (counted, nowMs) => (isAlone() ? alone.forget(counted, nowMs) : tell('forget', counted, nowMs)),
  };
}

/** No name and no address stands in Redis, only what tells it from others. */
const idOf = ({ of, key }: Counted): string =>
  `${of === 'name' ? 'n' : 'a'}:${createHash('sha256').update(`${of} ${key}`).digest('base64url').slice(0, 22)}`;
