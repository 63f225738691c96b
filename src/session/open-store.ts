import type { Config } from '../config/schema/config.ts';
import type { RedisConfig } from '../config/schema/session.ts';
import { ConfigInvalid, StoreUnavailable } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { openLiveDatabase } from './live-database.ts';
import type { LiveShelf } from './live-shelf.ts';
import type { RedisAccess } from './redis/access.ts';
import type { Keys } from './redis/keys.ts';
import type { SessionStore } from './store.ts';
import { createMemoryStore } from './store-memory.ts';
import type { RedisStore } from './store-redis.ts';
import { createSqliteStore } from './store-sqlite.ts';

export interface OpenStoreOptions {
  readonly clock: Clock;
  readonly say: { warn(line: string): void; info(line: string): void };
  /** Who runs dashgate goes on without a damaged database, moved aside; who only comes by does not touch it. */
  readonly movesDamaged?: boolean;
}

export interface OpenedStore {
  readonly store: SessionStore;
  /** The same, where it is shared by several instances. */
  readonly shared: RedisStore | null;
}

/** Throws ConfigInvalid where the store cannot be used, StoreUnavailable where Redis is not there. */
export async function openStore(config: Config['session']['store'], options: OpenStoreOptions): Promise<OpenedStore> {
  if (config.kind === 'redis') {
    const shared = await openShared(config, options);
    return { store: shared, shared };
  }
  const { clock, movesDamaged = false, say } = options;
  const onDamaged = movesDamaged ? say.warn : undefined;
  const store =
    config.kind === 'memory'
      ? createMemoryStore({ clock })
      : createSqliteStore({ file: config.file, clock, onDamaged });
  return { store, shared: null };
}

/** Loaded only where it is used: nobody else waits for it at the start. */
export async function openShared(config: RedisConfig, { clock, say }: OpenStoreOptions): Promise<RedisStore> {
  const { openRedisStore } = await import('./store-redis.ts');
  const { goesOn, graceMs } = config;
  return await withRedis(config, say.warn, (access, keys) =>
    openRedisStore({ access, keys, clock, say, goesOn, graceMs }),
  );
}

/** Asks Redis for what a start needs of it, once, and changes nothing there. Throws as `openStore` does. */
export async function probeShared(config: RedisConfig, warn: (line: string) => void): Promise<void> {
  const { probeRedis } = await import('./redis/probe.ts');
  await withRedis(config, warn, probeRedis);
}

/** Throws what the task throws, in the words of the configuration. */
async function withRedis<T>(
  config: RedisConfig,
  warn: (line: string) => void,
  task: (access: RedisAccess, keys: Keys) => Promise<T>,
): Promise<T> {
  const [{ readAccess }, { keysOf }, { RedisRefused }] = await Promise.all([
    import('./redis/access.ts'),
    import('./redis/keys.ts'),
    import('./redis/link.ts'),
  ]);
  const access = readAccess(config, warn);
  const at = access.address.nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
  try {
    return await task(access, keysOf(config.prefix));
  } catch (error) {
    if (error instanceof RedisRefused)
      throw new ConfigInvalid(
        `session.store: the Redis at ${at} does not take us: ${error.message}; ${adviceOn(error.word)}`,
      );
    if (error instanceof StoreUnavailable && /certificate|self.signed|altname|CERT_|UNABLE_TO_/i.test(error.message))
      throw new ConfigInvalid(
        `session.store: the certificate of the Redis at ${at} is not taken: ${error.message}; name its authority as session.store_ca_file`,
      );
    if (error instanceof StoreUnavailable)
      throw new StoreUnavailable(`session.store: the Redis at ${at} is not there: ${error.message}`);
    throw error;
  }
}

const adviceOn = (word: string): string => {
  if (word === 'WRONGPASS' || word === 'NOAUTH')
    return 'correct the user in session.store, and the password in session.store_password_file';
  if (word === 'NOPERM') return 'docs/operating.md says which commands the user needs';
  if (word === 'NOMASTER') return 'correct the name of the master at the end of session.store';
  if (word === 'OLD') return 'dashgate needs 6.2 or newer';
  return 'correct session.store';
};

/** Where the list of live sessions is kept beside the store. @returns `null` where it is in memory only */
export function openShelf(
  config: Config['session']['store'],
  shared: RedisStore | null,
  warn: (line: string) => void,
): LiveShelf | null {
  if (config.kind === 'sqlite') return openLiveDatabase(config.listFile, warn);
  return shared?.live ?? null;
}
