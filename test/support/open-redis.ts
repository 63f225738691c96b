import { readRedisUrl } from '../../src/config/schema/store.ts';
import { Refused } from '../../src/config/schema/values.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { RedisAccess } from '../../src/session/redis/access.ts';
import { keysOf } from '../../src/session/redis/keys.ts';
import { openRedisStore, type RedisStore, type RedisStoreOptions } from '../../src/session/store-redis.ts';

export interface OpenRedisOptions extends Partial<Omit<RedisStoreOptions, 'access' | 'keys'>> {
  readonly url: string;
  readonly prefix?: string;
  readonly ca?: string;
}

/** The store of one instance. What it says goes to `said`, where it is given. */
export async function openRedis({ url, prefix = 'dashgate', ca, ...options }: OpenRedisOptions): Promise<RedisStore> {
  const read = readRedisUrl(url);
  if (read instanceof Refused) throw new Error(read.why);
  const { address, password } = read;
  const access: RedisAccess = {
    address,
    isTls: address.isTls,
    ca: ca ?? null,
    credentials: () => ({ user: address.user, password }),
  };
  const quiet = { warn() {}, info() {} };
  return await openRedisStore({
    ...{ access, keys: keysOf(prefix), clock: systemClock, say: quiet, goesOn: false, graceMs: 900_000 },
    ...options,
  });
}
