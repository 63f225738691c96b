import type { App } from '../access/app.ts';
import { type Clock, nowSec } from '../lib/clock.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { isPage, putScripts, unkept } from '../notice/insertion.ts';
import { placed, tagOf } from '../notice/script.ts';
import type { Framed } from '../proxy/exchange.ts';
import type { InsertionFor } from '../proxy/insertion.ts';
import type { Log } from '../telemetry/log.ts';
import { createFrameScript } from './scripts.ts';

export interface FramePagesOptions {
  readonly own: OwnPaths;
  readonly clock: Clock;
  readonly warn: Log['warn'];
}

/** Told of so many different reasons an app. */
const MOST_TOLD = 20;

/**
 * Puts the script into each page that is loaded into a frame, whatever its status. One that cannot carry it is not shown: nothing
 * would tell it from a page of who signs in next. No such page is kept by the browser for later.
 */
export function createFramePages({ own, clock, warn }: FramePagesOptions) {
  const script = placed(own, createFrameScript(own));
  const told = new Set<string>();
  return ({ app, frame }: { readonly app: App; readonly frame: Framed }): InsertionFor => {
    const { mark, page, endsSec } = frame;
    const onUnfit = (why: string): void => {
      const what = `${app.name} ${why}`;
      if (told.has(what) || told.size >= MOST_TOLD) return;
      told.add(what);
      warn(`a page cannot be shown in a frame: ${why}`, { app: app.name });
    };
    const put = putScripts({ origin: app.origin, scripts: [script], onUnfit });
    return (answer) => {
      if (!isPage(answer)) return null;
      const left = Math.max(0, endsSec - nowSec(clock));
      // The mark is base64url, and the page an origin of the configuration, as URLs are written.
      const data = `data-mark="${mark}" data-page="${page}" data-left="${left}"`;
      const insertion = put(answer, tagOf(script, data));
      if (!insertion) return 'unfit';
      return unkept(insertion);
    };
  };
}
