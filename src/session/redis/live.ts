import type { LiveSession } from '../live-sessions.ts';
import type { LiveShelf } from '../live-shelf.ts';
import type { Hub } from './hub.ts';
import type { Keys } from './keys.ts';
import { asTexts, readSec } from './replies.ts';

const MOST_ROWS = 50_000;
const MOST_OF_ONE = 100;
const LONGEST_TEXT = 512;
const MOST_AT_ONCE = 200;

/** Another instance may have seen a later use: that one stays. A list is kept until the last of its sessions has ended. */
const WRITE = `
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if known and tonumber(known) > tonumber(ARGV[2]) then return 1 end
redis.call('SET', KEYS[2], ARGV[3], 'EXAT', ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local now = tonumber(redis.call('TIME')[1])
for at = 3, 4 do
  redis.call('ZADD', KEYS[at], ARGV[2], ARGV[1])
  redis.call('ZREMRANGEBYRANK', KEYS[at], 0, -${MOST_OF_ONE + 1})
  local left = redis.call('TTL', KEYS[at])
  if left < 0 or now + left < tonumber(ARGV[4]) then redis.call('EXPIREAT', KEYS[at], ARGV[4]) end
end
return 1`;

/** The list of live sessions in Redis. Nothing is decided by it, so what cannot be read or written is done without. */
export function createRedisLive(hub: Pick<Hub, 'ask'>, keys: Keys): LiveShelf {
  const write = (session: LiveSession): Promise<unknown> => {
    const { jti, sub, user, usedSec, endsSec } = session;
    const names = [keys.live, keys.session(jti), keys.liveOf(sub), keys.liveUser(user)];
    return hub.ask(['EVAL', WRITE, '4', ...names, jti, `${usedSec}`, JSON.stringify(session), `${endsSec}`]);
  };
  const listed = async (
    key: string,
    most: number,
    isMeant: (session: LiveSession) => boolean,
  ): Promise<LiveSession[]> => {
    try {
      const jtis = asTexts(await hub.ask(['ZREVRANGE', key, '0', `${Math.min(most, MOST_OF_ONE) - 1}`]));
      if (jtis.length === 0) return [];
      const texts = await hub.ask(['MGET', ...jtis.map(keys.session)]);
      const found = (Array.isArray(texts) ? texts : []).map(readSession);
      return found.filter((session) => session !== null).filter(isMeant);
    } catch {
      return [];
    }
  };
  return {
    async write(sessions, purgeSec) {
      try {
        for (let at = 0; at < sessions.length; at += MOST_AT_ONCE)
          await Promise.all(sessions.slice(at, at + MOST_AT_ONCE).map(write));
        if (purgeSec !== null) await hub.ask(['ZREMRANGEBYRANK', keys.live, '0', `-${MOST_ROWS + 1}`]);
        return true;
      } catch {
        return false;
      }
    },
    read: () => [],
    of: (sub, most) => listed(keys.liveOf(sub), most, (session) => session.sub === sub),
    ofUser: (user, most) => listed(keys.liveUser(user), most, (session) => session.user === user),
    async drop(jti) {
      await hub.ask(['DEL', keys.session(jti)]).catch(() => {});
    },
    async usedSince(sec, most) {
      const range = ['ZRANGE', keys.live, '+inf', `${sec}`, 'BYSCORE', 'REV', 'LIMIT', '0', `${most}`, 'WITHSCORES'];
      try {
        const texts = asTexts(await hub.ask(range));
        return texts.flatMap((jti, at) => (at % 2 === 0 ? [[jti, readSec(texts[at + 1]) ?? 0] as const] : []));
      } catch {
        return [];
      }
    },
    close() {},
  };
}

/** @returns `null` where it is gone, or is no session as we write them */
function readSession(text: unknown): LiveSession | null {
  if (typeof text !== 'string' || text.length > 8 * LONGEST_TEXT) return null;
  try {
    const read: unknown = JSON.parse(text);
    return isSession(read) ? read : null;
  } catch {
    return null;
  }
}

const TEXTS = ['jti', 'sub', 'user', 'address', 'browser'] as const;
const TIMES = ['beganSec', 'endsSec', 'usedSec'] as const;

function isSession(read: unknown): read is LiveSession {
  if (typeof read !== 'object' || read === null) return false;
  const of = new Map<string, unknown>(Object.entries(read));
  const isText = (name: string): boolean =>
    String(of.get(name)).length <= 2 * LONGEST_TEXT && typeof of.get(name) === 'string';
  return (
    TEXTS.every(isText) &&
    TIMES.every((name) => Number.isSafeInteger(of.get(name))) &&
    typeof of.get('isRemembered') === 'boolean'
  );
}
