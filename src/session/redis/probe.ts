import type { RedisAccess } from './access.ts';
import { readEpoch } from './epoch.ts';
import { readRun } from './hub.ts';
import type { Keys } from './keys.ts';
import { connectTo } from './link.ts';
import { findPlace } from './place.ts';

/**
 * Asks once whether Redis is there, lets us in, is a master and new enough, and writes nothing.
 * @throws RedisRefused or StoreUnavailable
 */
export async function probeRedis(access: RedisAccess, keys: Keys): Promise<void> {
  const link = await connectTo(await findPlace(access, keys.epoch), access, access.address.database);
  try {
    await readRun(link);
    await readEpoch(link, keys);
  } finally {
    link.close();
  }
}
