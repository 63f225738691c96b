import type { WatchOptions } from '../lib/watch-file.ts';
import type { Log } from './log.ts';

/** The two lines about a file that goes while it is in use. @param what - what the file is, as `users file` */
export const tellOfGone = (
  log: Pick<Log, 'info' | 'warn'>,
  what: string,
): Required<Pick<WatchOptions, 'onGone' | 'onBack'>> => ({
  onGone: (files) => log.warn(`${what}: is gone; what was read of it stays in force until it is back`, { file: files }),
  onBack: (files) => log.info(`${what}: is back`, { file: files }),
});
