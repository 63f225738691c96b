import type { App } from '../access/app.ts';
import type { Config } from '../config/schema/config.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { Asset } from '../login/pages/index.ts';
import type { Insertion, InsertionFor } from '../proxy/insertion.ts';
import type { Log } from '../telemetry/log.ts';
import { isPage, putScripts, unkept } from './insertion.ts';
import { createActingScript, createNoticeScript, placed, tagOf } from './script.ts';

/** What is put into the pages of an app, by its name and the origin that was asked. @param isActing - for who acts as another user */
export type NoticeFor = (app: Pick<App, 'name' | 'origin'>, isActing: boolean) => InsertionFor | null;

/** The scripts that the pages of each app carry. Each reason why a page is left alone is logged once an app. */
export function openNotices(own: OwnPaths, { apps }: Pick<Config, 'apps'>, log: Pick<Log, 'warn'>): NoticeFor {
  const [notice, acting] = [createNoticeScript(own), createActingScript(own)];
  const known = new Map(
    apps.map(({ name, hasNotice }) => {
      const inserting = (
        what: string,
        scripts: readonly Asset[],
        how = (one: Insertion): Insertion => one,
      ): ((origin: string) => InsertionFor) => {
        const told = new Set<string>();
        const onUnfit = (why: string): void => {
          if (told.has(why)) return;
          told.add(why);
          log.warn(`a page was left without ${what}: ${why}`, { app: name });
        };
        const all = scripts.map((script) => placed(own, script));
        const tags = all.map((each) => tagOf(each)).join('');
        return (origin) => {
          const put = putScripts({ origin, scripts: all, onUnfit });
          return (answer) => {
            const insertion = answer.statusCode === 200 && isPage(answer) ? put(answer, tags) : null;
            return insertion && how(insertion);
          };
        };
      };
      const always = hasNotice ? [notice] : [];
      const usual = hasNotice ? inserting('the session notice', always) : null;
      const banner = inserting('the banner of who acts as another user', [...always, acting], unkept);
      return [name, { usual, banner }];
    }),
  );
  return ({ name, origin }, isActing) => known.get(name)?.[isActing ? 'banner' : 'usual']?.(origin) ?? null;
}
