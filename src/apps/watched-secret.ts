import type { Log } from '../telemetry/log.ts';
import { reloadOnChange } from '../telemetry/reload.ts';

/**
 * Loads what a secret file of an app says, now and each time that the file changes; what is wrong later leaves the old in force.
 * @param what - as `upstream credentials`
 * @param load - throws ConfigInvalid, which comes out of here the first time
 * @returns what ends the watch
 */
export function watchSecret(
  file: string,
  { what, app, log }: { readonly what: string; readonly app: string; readonly log: Log },
  load: () => void,
): () => void {
  const stop = reloadOnChange(file, { what, log, fields: { app } }, load);
  try {
    load();
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}
