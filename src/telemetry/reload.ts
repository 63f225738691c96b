import { StoreUnavailable } from '../errors.ts';
import { watchFile } from '../lib/watch-file.ts';
import { errorFields, type Fields, type Log } from './log.ts';

export interface ReloadOptions {
  /** What the files are, as the log names them: `users file`. */
  readonly what: string;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Of the line about a new version that was taken over. */
  readonly fields?: Fields;
  /** A new version ends sessions: it is in force also where the store could not be told of that. */
  readonly endsSessions?: boolean;
}

/**
 * Takes over what stands in files each time that they change, and says so; whatever is wrong with a new version, the old one
 * stays in force. Watch first and read then: what changes between the two is told of.
 * @param load - reads the files anew. What it throws is logged
 * @returns what ends it
 */
export function reloadOnChange(
  paths: string | readonly string[],
  { what, log, fields, endsSessions = false }: ReloadOptions,
  load: () => void | Promise<void>,
): () => void {
  const reload = async (): Promise<void> => {
    try {
      await load();
      log.info(`${what} reloaded`, fields);
    } catch (error) {
      const outcome =
        endsSessions && error instanceof StoreUnavailable
          ? 'is in force, but the store could not be told which sessions that ends'
          : 'is refused, the old one stays in force';
      log.error(`${what}: the new version ${outcome}`, errorFields(error));
    }
  };
  return watchFile(
    paths,
    {
      onGone: (file) => log.warn(`${what}: is gone; what was read of it stays in force until it is back`, { file }),
      onBack: (file) => log.info(`${what}: is back`, { file }),
    },
    () => void reload(),
  );
}
