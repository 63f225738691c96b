import { StoreUnavailable } from '../../errors.ts';
import { type End, SUBJECT_KEPT_SEC } from '../revocations.ts';
import type { Keys } from './keys.ts';
import type { Link } from './link.ts';
import { asList, asTexts, type Entry, readEntry, readSec } from './replies.ts';

/** One end as it is written to Redis: of a session, `sec` being its own end; or of a subject, being that until which it counts. */
export interface WrittenEnd extends End {
  readonly sec: number;
}

/** Kinds apart: no `jti` has a blank. */
export const nameOf = ({ jti, sub }: WrittenEnd): string => (jti === undefined ? `u ${sub}` : `s ${jti}`);

/** Beyond these, who listens has been away for so long that all is read anew. */
const MOST_LOGGED = 20_000;
const MOST_AT_ONCE = 500;
const PURGED_AFTER_SEC = 600;

/**
 * One script for many, so that an end is never in the log without being in its set. Sets only grow towards later. What is over is
 * dropped once it is over for Redis as well as here: one clock that is ahead may not drop what the others need.
 */
const WRITE = `
for at = 4, #ARGV, 4 do
  redis.call('ZADD', ARGV[at] == 's' and KEYS[1] or KEYS[2], 'GT', ARGV[at + 2], ARGV[at + 1])
  local n = redis.call('INCR', KEYS[4])
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ${MOST_LOGGED}, '*',
    'n', string.format('%.0f', n), 'k', ARGV[at], 'i', ARGV[at + 1], 't', ARGV[at + 2], 'b', ARGV[at + 3])
end
local past = math.min(tonumber(ARGV[1]), tonumber(redis.call('TIME')[1]) - ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', past))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('(%.0f', past - ARGV[3]))
return 1`;

/** Throws StoreUnavailable: then none, or all, are written. At most 500 at once. */
export async function writeEnds(
  link: Pick<Link, 'ask'>,
  keys: Keys,
  ends: readonly WrittenEnd[],
  nowSec: number,
): Promise<void> {
  const names = ['4', keys.sessions, keys.subjects, keys.log, keys.count];
  const told = ends.flatMap(({ jti, sub, sec, by }) => [
    jti === undefined ? 'u' : 's',
    jti ?? sub ?? '',
    `${sec}`,
    by === 'operator' ? 'o' : '',
  ]);
  const times = [nowSec - PURGED_AFTER_SEC, PURGED_AFTER_SEC, SUBJECT_KEPT_SEC].map(String);
  const done = await link.ask(['EVAL', WRITE, ...names, ...times, ...told]);
  if (done !== 1) throw new StoreUnavailable('Redis answers garbage');
}

export const inParts = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / MOST_AT_ONCE) }, (_, at) =>
    list.slice(at * MOST_AT_ONCE, (at + 1) * MOST_AT_ONCE),
  );

/** After which entry of the log to go on, and its number. */
export async function readPosition(link: Link, keys: Keys): Promise<{ id: string; count: number }> {
  const [last] = asList(await link.ask(['XREVRANGE', keys.log, '+', '-', 'COUNT', '1']));
  const entry = last === undefined ? null : readEntry(last);
  const count = readSec(entry?.fields.get('n')) ?? Number((await link.ask(['GET', keys.count])) ?? 0);
  if (!Number.isSafeInteger(count)) throw new StoreUnavailable('Redis answers garbage');
  return { id: entry?.id ?? '0', count };
}

/** What time it is for Redis, in seconds since the epoch. */
export async function readClock(link: Link): Promise<number> {
  const [text] = asTexts(await link.ask(['TIME']));
  const sec = readSec(text);
  if (sec === null) throw new StoreUnavailable('Redis answers garbage');
  return sec;
}

/** Everything that stands in a sorted set, but for marks. Tells each; throws what `tell` throws, and StoreUnavailable. */
export async function readAll(link: Link, key: string, tell: (member: string, sec: number) => void): Promise<void> {
  let cursor = '0';
  do {
    const [next, part] = asList(await link.ask(['ZSCAN', key, cursor, 'COUNT', '1000']));
    const texts = asTexts(part);
    for (let at = 0; at + 1 < texts.length; at += 2) {
      const [member = '', score = ''] = [texts[at], texts[at + 1]];
      const sec = readSec(score);
      if (!member.startsWith('#') && sec !== null) tell(member, sec);
    }
    cursor = String(next);
  } while (cursor !== '0');
}

/** Further ahead than any clock is wrong. */
const AHEAD_SEC = 86_400;

/**
 * An entry of the log, by somebody who can write to Redis.
 * @returns `null` where it is none of ours, or says what none of ours would
 */
export function readEnd({ fields }: Entry, nowSec: number): (WrittenEnd & { readonly count: number }) | null {
  const [count, sec, id] = [readSec(fields.get('n')), readSec(fields.get('t')), fields.get('i')];
  if (count === null || sec === null || id === undefined) return null;
  const by = fields.get('b') === 'o' ? ('operator' as const) : undefined;
  switch (fields.get('k')) {
    case 's':
      return isJti(id) && sec <= nowSec + SUBJECT_KEPT_SEC + AHEAD_SEC ? { count, jti: id, sec, by } : null;
    case 'u':
      return isSub(id) && sec <= nowSec + AHEAD_SEC ? { count, sub: id, sec, by } : null;
    default:
      return null;
  }
}

export const isJti = (text: string): boolean => /^[\w-]{1,64}$/.test(text);
export const isSub = (text: string): boolean => text !== '' && text.length <= 1024 && !/\p{Cc}/u.test(text);
