import { StoreUnavailable } from '../../errors.ts';
import { type Clock, nowSec } from '../../lib/clock.ts';
import { newestFirst, type PersonalToken, type TokenShelf } from '../token-shelf.ts';
import { readToken, writeToken } from '../token-text.ts';
import type { Hub } from './hub.ts';
import type { Keys } from './keys.ts';
import { asTexts, readSec } from './replies.ts';

/** Counted and put at once, so that two who make one at the same time do not both find room. */
const PUT = `
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[2]) or redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'text', ARGV[5], 'used', '0')
redis.call('EXPIREAT', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
redis.call('EXPIREAT', KEYS[2], string.format('%.0f', last[2]))
return 1`;

const USED = `
local known = redis.call('HGET', KEYS[1], 'used')
if known and tonumber(known) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'used', ARGV[1]) end
return 1`;

/** In Redis, as long as that remembers: a token that it forgets has to be made anew. */
export function createRedisTokens(hub: Pick<Hub, 'ask'>, keys: Keys, clock: Clock): TokenShelf {
  const find = async (id: string): Promise<PersonalToken | null> => {
    const answer = await hub.ask(['HMGET', keys.token(id), 'text', 'used']);
    if (!Array.isArray(answer)) throw garbage();
    const [text, used]: unknown[] = answer;
    return readToken(id, text, (typeof used === 'string' && readSec(used)) || 0);
  };
  return {
    async put(token, most) {
      const { id, sub, endsSec } = token;
      const names = [keys.token(id), keys.tokensOf(sub)];
      const told = [`${nowSec(clock)}`, `${most}`, id, `${endsSec}`, writeToken(token)];
      const done = await hub.ask(['EVAL', PUT, '2', ...names, ...told]);
      if (done !== 0 && done !== 1) throw garbage();
      return done === 1;
    },
    find,
    async of(sub) {
      const range = ['ZRANGE', keys.tokensOf(sub), `(${nowSec(clock)}`, '+inf', 'BYSCORE', 'LIMIT', '0', '100'];
      const found = await Promise.all(asTexts(await hub.ask(range)).map(find));
      return newestFirst(found.filter((token) => token !== null).filter((token) => token.sub === sub));
    },
    async remove({ id, sub }) {
      await hub.ask(['DEL', keys.token(id)]);
      await hub.ask(['ZREM', keys.tokensOf(sub), id]);
    },
    async used(id, atSec) {
      await hub.ask(['EVAL', USED, '1', keys.token(id), `${atSec}`]);
    },
  };
}

const garbage = (): StoreUnavailable => new StoreUnavailable('Redis answers garbage');
