import type { Gate } from './gate.ts';
import type { PlainResponse } from './parse-response.ts';

/** The page around a frame, at another site, and one that nobody named. */
export const HOST_PAGE = 'https://portal.example.org';
export const OTHER_PAGE = 'https://elsewhere.example.net';

/** As a browser describes a request that loads a frame in a page of another site. */
export const LOADS_FRAME = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' };
/** The same of a page that loads a frame, with what a page says of itself. */
export const framedBy = (page: string) => ({ ...LOADS_FRAME, Referer: `${page}/` });
/** A script in the frame. */
export const IN_FRAME = { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' };
/** A window of its own. */
export const WINDOW = {
  'Sec-Fetch-Site': 'none',
  'Sec-Fetch-Mode': 'navigate',
  'Sec-Fetch-Dest': 'document',
  Accept: 'text/html',
};
/** A script in the page around the frame. */
export const byPage = (page: string) => ({
  ...{ 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
  ...{ Origin: page, 'Content-Type': 'application/json' },
});

/** What a host page sends to sign a frame in. */
export const embed = (
  gate: Gate,
  body: object,
  headers: Record<string, string> = {},
  page: string = HOST_PAGE,
): Promise<PlainResponse> =>
  gate.ask('/_dashgate/embed', {
    method: 'POST',
    headers: { ...byPage(page), ...headers },
    body: JSON.stringify(body),
  });

/** The cookie of a frame that an answer sets, as a Cookie header; empty where it sets none. */
export const frameCookie = (answer: PlainResponse): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0] ?? '')
    .filter((pair) => pair.startsWith('__Host-dashgate-embed='))
    .join('; ');

/** The mark that a page in a frame was given. */
export const markIn = (page: PlainResponse): string => /data-mark="([\w-]{22})"/.exec(page.body)?.[1] ?? '';
