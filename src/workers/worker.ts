import { createDashgate, type Dashgate } from '../app.ts';
import type { Config } from '../config/schema/config.ts';
import { systemClock } from '../lib/clock.ts';
import { createLog } from '../telemetry/log.ts';
import { toFailure } from './channel.ts';
import { join } from './join.ts';
import { upwards } from './pipes.ts';

/** Reads the configuration whose text is handed in. Throws ConfigInvalid. */
export type ReadConfig = (text: string | null) => Promise<Config>;

/** One of several processes that answer requests, until the one that started it says so, or is gone. */
export async function work(readConfig: ReadConfig): Promise<void> {
  // Until it listens, nothing else keeps this process alive.
  process.channel?.ref();
  const begun = Promise.withResolvers<Dashgate>();
  begun.promise.catch(() => {});
  const ended = Promise.withResolvers<void>();
  const membership = await join(upwards, systemClock, {
    metrics: async () => await (await begun.promise).metrics.values(),
    async reconfigure(text) {
      const dashgate = await begun.promise;
      await dashgate.reconfigure(await readConfig(text));
      return null;
    },
    async end() {
      await (await begun.promise).close();
      ended.resolve();
      return null;
    },
  }).catch(() => process.exit(2));
  const { primary, joined, commonsOf } = membership;
  try {
    const config = await readConfig(joined.text);
    const log = createLog({ level: config.log.level, format: joined.logFormat, fields: { worker: joined.worker } });
    const dashgate = await createDashgate(config, { log, commons: commonsOf(config) });
    begun.resolve(dashgate);
    await primary.ask('listens', dashgate.listening);
  } catch (error) {
    await primary.ask('failed', toFailure(error)).catch(() => {});
    process.exit(2);
  }
  await ended.promise;
  // Once it has been answered that all is over.
  setImmediate(() => process.disconnect());
}
