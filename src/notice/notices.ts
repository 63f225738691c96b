import type { Config } from '../config/schema/config.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { InsertionFor } from '../proxy/insertion.ts';
import type { Log } from '../telemetry/log.ts';
import { createNotice } from './insertion.ts';

/** What is put into the pages of each app that wants it, by name. Each reason why a page is left alone is logged once an app. */
export function openNotices(
  own: OwnPaths,
  { apps }: Pick<Config, 'apps'>,
  log: Pick<Log, 'warn'>,
): ReadonlyMap<string, InsertionFor> {
  return new Map(
    apps
      .filter(({ hasNotice }) => hasNotice)
      .map(({ name, at: { origin } }) => {
        const told = new Set<string>();
        const onUnfit = (why: string): void => {
          if (told.has(why)) return;
          told.add(why);
          log.warn(`a page was left without the session notice: ${why}`, { app: name });
        };
        return [name, createNotice({ own, origin, onUnfit })];
      }),
  );
}
