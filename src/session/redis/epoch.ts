import { randomBytes } from 'node:crypto';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';

/**
 * One life of what stands in Redis: from when on it knows every end, and in which process of the server. Whoever knows as much
 * vouches for another process by writing its `run`; nobody else can tell whether a restart lost something.
 */
export interface Epoch {
  readonly id: string;
  /** Sessions that began before are taken as ended. */
  readonly sinceSec: number;
  readonly run: string;
}

export interface FoundEpoch extends Epoch {
  /** As it was read; for {@link putEpoch}. */
  readonly text: string;
}

/** Each sorted set bears the epoch's mark, so that one which was evicted or deleted by itself is noticed as well. */
const READ = `
local epoch = redis.call('GET', KEYS[1]) or ''
local id = string.match(epoch, '^(%w+) ') or ''
if redis.call('ZSCORE', KEYS[2], '#' .. id) and redis.call('ZSCORE', KEYS[3], '#' .. id) then return epoch end
return ''`;

const PUT = `
local epoch = redis.call('GET', KEYS[1]) or ''
local id = string.match(epoch, '^(%w+) ') or ''
if not (redis.call('ZSCORE', KEYS[2], '#' .. id) and redis.call('ZSCORE', KEYS[3], '#' .. id)) then epoch = '' end
if epoch ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
for at = 2, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[at], 'inf', 'inf')
  redis.call('ZADD', KEYS[at], 'inf', '#' .. string.match(ARGV[2], '^(%w+) '))
end
return 1`;

const namesOf = ({ epoch, sessions, subjects }: Keys): string[] => ['3', epoch, sessions, subjects];

/** @returns `null` where there is none, or none that can be believed. Throws StoreUnavailable. */
export async function readEpoch(link: Link, keys: Keys): Promise<FoundEpoch | null> {
  const text = await link.ask(['EVAL', READ, ...namesOf(keys)]);
  if (typeof text !== 'string') return null;
  const [, id, since, run] = /^([0-9a-f]{16}) (\d{1,12}) ([0-9a-f]{40})$/.exec(text) ?? [];
  if (id === undefined || run === undefined) return null;
  return { id, sinceSec: Number(since), run, text };
}

/**
 * Puts a new one in the place of that which was read, unless somebody else was faster.
 * @returns its text, or `null`
 */
export async function putEpoch(
  link: Link,
  keys: Keys,
  found: FoundEpoch | null,
  { sinceSec, run }: Omit<Epoch, 'id'>,
): Promise<string | null> {
  const text = `${randomBytes(8).toString('hex')} ${sinceSec} ${run}`;
  const isDone = await link.ask(['EVAL', PUT, ...namesOf(keys), found?.text ?? '', text]);
  return isDone === 1 ? text : null;
}
