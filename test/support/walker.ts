import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PlainResponse } from './parse-response.ts';

/** An answer, and where it came from. */
export interface Step extends PlainResponse {
  readonly url: URL;
}

/** A browser without a window: cookies by origin, redirects when it is told to follow them. */
export interface Walker {
  /** The Cookie header that an origin would get. */
  cookies(origin: string): string;
  /** One request; a form makes it a POST. */
  go(url: string | URL, form?: Readonly<Record<string, string>>): Promise<Step>;
  /** The same, and on through redirects, until one leads to what `until` knows, which is not asked. */
  follow(url: string | URL, options?: { form?: Record<string, string>; until?: (url: URL) => boolean }): Promise<Step>;
}

const MOST_STEPS = 20;

/** @param portOf - where on this machine a host is that is another's; `null`: at its own port */
export function createWalker(portOf: (url: URL) => number | null = () => null): Walker {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (origin: string): Map<string, string> => {
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const cookies = (origin: string): string => [...jarOf(origin)].map(([name, value]) => `${name}=${value}`).join('; ');

  const walker: Walker = {
    cookies,
    async go(address, form) {
      const url = new URL(address);
      const headers: Record<string, string> = {
        ...{ Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
        ...(cookies(url.origin) !== '' && { Cookie: cookies(url.origin) }),
        ...(form && { Origin: url.origin, 'Content-Type': 'application/x-www-form-urlencoded' }),
      };
      const answer = await send(url, portOf(url), headers, form && String(new URLSearchParams(form)));
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(line) ?? [];
        if (value === '' || /Max-Age=0|Expires=Thu, 01 Jan 1970/i.test(line)) jarOf(url.origin).delete(name);
        else jarOf(url.origin).set(name, value);
      }
      return { ...answer, url };
    },
    async follow(address, { form, until = () => false } = {}) {
      let step = await walker.go(address, form);
      for (let left = MOST_STEPS; left > 0; left -= 1) {
        const place = step.headers.get('location');
        if (step.status < 300 || step.status >= 400 || place === null) return step;
        const next = new URL(place, step.url);
        if (until(next)) return step;
        step = await walker.go(next);
      }
      throw new Error('the redirects have no end');
    },
  };
  return walker;
}

/** To this machine, whatever the host is called. Not by `fetch`, which says of itself that it is no navigation. */
async function send(
  url: URL,
  port: number | null,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<PlainResponse> {
  const asking = request({
    ...{ host: '127.0.0.1', port: port ?? url.port, path: url.pathname + url.search, agent: false },
    ...{ method: body === undefined ? 'GET' : 'POST', headers: { Host: url.host, ...headers } },
  });
  asking.end(body);
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const heads = new Headers();
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
    heads.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
  return { status: answer.statusCode ?? 0, headers: heads, body: await text(answer) };
}
