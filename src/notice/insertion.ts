import type { IncomingMessage } from 'node:http';
import { isNavigation } from '../http/navigation.ts';
import type { Head } from '../proxy/answer-head.ts';
import type { Insertion } from '../proxy/insertion.ts';
import { findPlace } from './place.ts';
import { allowing } from './policy.ts';

/** Whether somebody opens a page in a window of its own; a frame in one is left to the page around it. */
export const isOpened = ({ method = '', headers }: IncomingMessage): boolean =>
  isNavigation(method, headers, headers.upgrade !== undefined) &&
  [undefined, 'document'].includes(headers['sec-fetch-dest']?.toString());

/** Whether an answer is a page, whatever its status. */
export const isPage = ({ headers }: Head): boolean =>
  (headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]?.trim() === 'text/html';

/** A script with its hash, and the address that it asks. */
export interface PageScript {
  /** Paths of the app's origin. */
  readonly path: string;
  readonly connect: string;
  readonly hash: string;
}

export interface ScriptOptions {
  /** Where the app is public. */
  readonly origin: string;
  readonly scripts: readonly PageScript[];
  /** Told why pages of the app stay as they are. */
  readonly onUnfit: (why: string) => void;
}

/** Puts the tags of scripts into a page. @returns `null` where that cannot carry them without harm */
export function putScripts({ origin, scripts, onUnfit }: ScriptOptions) {
  const wanted = scripts.map(({ path, hash, connect }) => ({ origin, script: path, hash: `'${hash}'`, connect }));
  const allowingAll = (policy: string): string | null =>
    wanted.reduce<string | null>((changed, each) => (changed === null ? null : allowing(changed, each)), policy);
  return (answer: Head, tags: string): Insertion | null => {
    const { headers } = answer;
    const [, ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
    const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
    if (encoding !== 'identity') return unfit('it comes compressed although it was asked for plain');
    if (parameters.some((parameter) => /charset\s*=\s*"?\s*utf-(?:16|32)/.test(parameter)))
      return unfit('it is in UTF-16');
    const policies = new Map<string, string>();
    for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
      const value = answer.rawHeaders[index + 1] ?? '';
      if (!isPolicy(answer.rawHeaders[index]) || policies.has(value)) continue;
      const changed = allowingAll(value);
      if (changed === null) return unfit('its Content-Security-Policy has no room for it');
      policies.set(value, changed);
    }
    return {
      text: tags,
      head: (raw) =>
        raw.map((text, index) =>
          index % 2 === 1 && isPolicy(raw[index - 1]) ? (policies.get(text) ?? allowingAll(text) ?? text) : text,
        ),
      find: findPlace,
    };

    function unfit(why: string): null {
      onUnfit(why);
      return null;
    }
  };
}

const isPolicy = (name = ''): boolean => /^content-security-policy(?:-report-only)?$/i.test(name);

/** The same in a page that no browser keeps: what is put in has its time. */
export function unkept(insertion: Insertion): Insertion {
  return { ...insertion, head: (raw) => [...withoutCaching(insertion.head(raw)), 'Cache-Control', 'no-store'] };
}

const withoutCaching = (raw: readonly string[]): string[] =>
  raw.filter((_, index) => !/^(?:cache-control|expires|age)$/i.test(raw[index - (index % 2)] ?? ''));
