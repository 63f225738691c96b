import type { IncomingMessage } from 'node:http';
import { isNavigation } from '../http/navigation.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { Head } from '../proxy/answer-head.ts';
import type { Insertion, InsertionFor } from '../proxy/insertion.ts';
import { findPlace } from './place.ts';
import { allowing } from './policy.ts';
import { createNoticeScript, hashOf, noticeTag } from './script.ts';

export interface NoticeOptions {
  readonly own: OwnPaths;
  /** Where the app is public. */
  readonly origin: string;
  /** Told why pages of the app stay as they are. */
  readonly onUnfit: (why: string) => void;
}

/** Whether somebody opens a page in a window of its own; a frame in one is left to the page around it. */
export const isOpened = ({ method = '', headers }: IncomingMessage): boolean =>
  isNavigation(method, headers, headers.upgrade !== undefined) &&
  [undefined, 'document'].includes(headers['sec-fetch-dest']?.toString());

/** Puts the script of the session notice into the pages of an app. What cannot carry it without harm stays as it is. */
export function createNotice({ own, origin, onUnfit }: NoticeOptions): InsertionFor {
  const script = createNoticeScript(own);
  const path = own.asset(script.name);
  const put = putScript({ origin, path, hash: hashOf(script), connect: own.session, onUnfit });
  const tag = noticeTag(own);
  return (answer) => (answer.statusCode === 200 && isPage(answer) ? put(answer, tag) : null);
}

/** Whether an answer is a page, whatever its status. */
export const isPage = ({ headers }: Head): boolean =>
  (headers['content-type'] ?? '').toLowerCase().split(';', 1)[0]?.trim() === 'text/html';

export interface ScriptOptions extends Omit<NoticeOptions, 'own'> {
  /** Of the script, with its hash, and of what it asks. */
  readonly path: string;
  readonly hash: string;
  readonly connect: string;
}

/** Puts a tag for a script into a page. @returns `null` where that cannot carry it without harm */
export function putScript({ origin, path, hash, connect, onUnfit }: ScriptOptions) {
  const wanted = { origin, script: path, hash: `'${hash}'`, connect };
  return (answer: Head, tag: string): Insertion | null => {
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
      const changed = allowing(value, wanted);
      if (changed === null) return unfit('its Content-Security-Policy has no room for it');
      policies.set(value, changed);
    }
    return {
      text: tag,
      head: (raw) =>
        raw.map((text, index) =>
          index % 2 === 1 && isPolicy(raw[index - 1]) ? (policies.get(text) ?? allowing(text, wanted) ?? text) : text,
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
