import { randomBytes } from 'node:crypto';
import { StoreUnavailable } from '../../errors.ts';
import type { RefreshShelf } from '../refresh-shelf.ts';
import type { Hub } from './hub.ts';
import type { Keys } from './keys.ts';

const TAKE = `
local text = redis.call('GET', KEYS[1])
if text then redis.call('DEL', KEYS[1]) end
return text`;

const END_TURN = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1`;

/** In Redis, as long as that remembers: a text that it forgets is a session that signs in again. */
export function createRedisRefresh(hub: Pick<Hub, 'ask'>, keys: Keys): RefreshShelf {
  const asText = (answer: unknown): string | null => {
    if (answer !== null && typeof answer !== 'string') throw new StoreUnavailable('Redis answers garbage');
    return answer;
  };
  const isDone = async (command: readonly string[]): Promise<boolean> => {
    const answer = asText(await hub.ask(command));
    if (answer !== null && answer !== 'OK') throw new StoreUnavailable('Redis answers garbage');
    return answer === 'OK';
  };
  return {
    async put(jti, text, untilSec) {
      await isDone(['SET', keys.refresh(jti), text, 'EXAT', `${untilSec}`]);
    },
    read: async (jti) => asText(await hub.ask(['GET', keys.refresh(jti)])),
    replace: (jti, text) => isDone(['SET', keys.refresh(jti), text, 'XX', 'KEEPTTL']),
    take: async (jti) => asText(await hub.ask(['EVAL', TAKE, '1', keys.refresh(jti)])),
    async turn(jti, forMs) {
      const ours = randomBytes(12).toString('base64url');
      if (!(await isDone(['SET', keys.refreshTurn(jti), ours, 'NX', 'PX', `${forMs}`]))) return null;
      return async () => void (await hub.ask(['EVAL', END_TURN, '1', keys.refreshTurn(jti), ours]));
    },
  };
}
