import type { RedisNode } from '../../config/schema/store.ts';
import { StoreUnavailable } from '../../errors.ts';
import type { RedisAccess } from './access.ts';
import { connectTo, type Link, RedisRefused } from './link.ts';

/**
 * Which node takes our writes now: the one that is named; the one that a sentinel calls the master; or that which serves the
 * slot of a key in a cluster. Asked anew for each connection, so a failover needs nothing else.
 * @throws RedisRefused or StoreUnavailable
 */
export async function findPlace(access: RedisAccess, key: string): Promise<RedisNode> {
  const { address } = access;
  const [first] = address.nodes;
  if (!first) throw new StoreUnavailable('no Redis is named');
  if (address.form === 'single') return first;
  // Sentinels have no users of their own here, the nodes of a cluster have.
  const asked: RedisAccess =
    address.form === 'sentinel' ? { ...access, credentials: () => ({ user: null, password: null }) } : access;
  let last: unknown;
  for (const node of address.nodes) {
    try {
      const link = await connectTo(node, asked);
      try {
        return address.form === 'sentinel' ? await askSentinel(link, address.master) : await askNode(link, key, node);
      } finally {
        link.close();
      }
    } catch (error) {
      // One that says no outweighs those that are down.
      if (!(last instanceof RedisRefused)) last = error;
    }
  }
  throw last;
}

async function askSentinel(link: Link, master: string): Promise<RedisNode> {
  const found = await link.ask(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', master]);
  if (found === null) throw new RedisRefused(`NOMASTER the sentinels know no master called ${master}`);
  return toNode(found, null);
}

async function askNode(link: Link, key: string, asked: RedisNode): Promise<RedisNode> {
  const slot = await link.ask(['CLUSTER', 'KEYSLOT', key]);
  const ranges = await link.ask(['CLUSTER', 'SLOTS']);
  if (typeof slot !== 'number' || !Array.isArray(ranges))
    throw new StoreUnavailable('a node of the cluster answered garbage');
  const range: unknown = ranges.find(
    (each: unknown) => Array.isArray(each) && Number(each[0]) <= slot && slot <= Number(each[1]),
  );
  if (!Array.isArray(range)) throw new StoreUnavailable('the cluster has no node for the slot of our keys');
  return toNode(range[2], asked.host);
}

/** @param host - of the node that was asked, which a node without a known address means */
function toNode(found: unknown, host: string | null): RedisNode {
  const [given, port] = Array.isArray(found) ? found : [];
  const at = typeof given === 'string' && given !== '' ? given : host;
  const number = Number(port);
  if (at === null || at.length > 255 || !(Number.isInteger(number) && number >= 1 && number <= 65_535))
    throw new StoreUnavailable('the address of the master is garbage');
  return { host: at, port: number };
}
