import { LRUCache } from 'lru-cache';
import { Overloaded } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import type { Callback } from './dependencies.ts';

export type Declared = ReadonlyMap<string, readonly Callback[]>;

/** The callbacks that an app declares, as dashgate itself asked for them. */
export interface CallbackBook {
  /** @throws UpstreamUnusable, UpstreamUnreachable, Overloaded */
  at(base: string): Promise<Declared>;
  /** Asks anew, unless that was done a moment ago; then what is known is what there is. */
  again(base: string): Promise<Declared>;
  /** Where Dash answered so far. */
  found(): string[];
}

/** An app in one place is asked no more often than this. */
const REST_MS = 1000;
/** Places of one app where Dash was found, or was not. */
const MOST_PLACES = 16;

interface Page {
  readonly declared: Promise<Declared>;
  readonly askedMs: number;
}

/** @param ask - the dependencies of the Dash app whose root, as the client sees it, is there */
export function createCallbackBook(ask: (base: string) => Promise<readonly Callback[]>, clock: Clock): CallbackBook {
  const pages = new LRUCache<string, Page>({ max: MOST_PLACES });
  const found = new LRUCache<string, true>({ max: MOST_PLACES });
  let recent: number[] = [];

  function read(base: string): Promise<Declared> {
    const nowMs = clock.nowMs();
    recent = recent.filter((askedMs) => Math.abs(nowMs - askedMs) < REST_MS);
    // Whoever makes places up must not make dashgate ask for each of them.
    if (recent.length >= MOST_PLACES)
      return Promise.reject(new Overloaded('too many places of the app were asked for'));
    recent.push(nowMs);
    const declared = ask(base).then((callbacks) => {
      found.set(base, true);
      return Map.groupBy(callbacks, ({ output }) => output);
    });
    pages.set(base, { declared, askedMs: nowMs });
    return declared;
  }

  const isFresh = ({ askedMs }: Page): boolean => Math.abs(clock.nowMs() - askedMs) < REST_MS;

  return {
    async at(base) {
      const page = pages.get(base);
      if (!page) return read(base);
      try {
        return await page.declared;
      } catch (error) {
        if (isFresh(page)) throw error;
        return read(base);
      }
    },
    async again(base) {
      const page = pages.get(base);
      if (page && isFresh(page)) return page.declared;
      // What was known stays in force where the app cannot be asked now.
      try {
        return await read(base);
      } catch (error) {
        if (page && pages.get(base)?.declared !== page.declared) pages.set(base, { ...page, askedMs: clock.nowMs() });
        throw error;
      }
    },
    found: () => [...found.keys()],
  };
}
