import type { IncomingMessage } from 'node:http';
import { isNavigation } from '../http/navigation.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import type { InsertionFor } from '../proxy/insertion.ts';
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
  const tag = noticeTag(own);
  const script = createNoticeScript(own);
  const wanted = { origin, script: own.asset(script.name), hash: `'${hashOf(script)}'`, connect: own.session };
  return (answer) => {
    const { statusCode, headers } = answer;
    const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
    if (statusCode !== 200 || type.trim() !== 'text/html') return null;
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
        raw.map((text, index) => (index % 2 === 1 && isPolicy(raw[index - 1]) ? (policies.get(text) ?? text) : text)),
      find: findPlace,
    };

    function unfit(why: string): null {
      onUnfit(why);
      return null;
    }
  };
}

const isPolicy = (name = ''): boolean => /^content-security-policy(?:-report-only)?$/i.test(name);
