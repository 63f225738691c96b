import type { Gate } from './gate.ts';
import type { PlainResponse } from './parse-response.ts';

/** A person's browser as far as cookies and redirects go, by which a test can see and change what goes over the wire. */
export interface Visitor {
  /** Cookies by host, then by name. */
  readonly jar: Map<string, Map<string, string>>;
  /** One request, as a page is asked for. */
  ask(url: string, form?: Record<string, string>, headers?: Record<string, string>): Promise<PlainResponse>;
  /** The same, and every redirect after it until `isEnough`. @returns each address on the way, and the answer of the last */
  visit(
    url: string,
    form?: Record<string, string>,
    isEnough?: (next: string) => boolean,
  ): Promise<{ readonly way: readonly string[]; readonly answer: PlainResponse; readonly next: string | null }>;
}

const MOST_REDIRECTS = 20;

/** @param keeps - whether it keeps a cookie of this name */
export function createVisitor(gate: Gate, keeps: (name: string) => boolean = () => true): Visitor {
  const jar: Visitor['jar'] = new Map();
  const take = (host: string, lines: readonly string[]): void => {
    const cookies = jar.get(host) ?? new Map<string, string>();
    jar.set(host, cookies);
    for (const line of lines) {
      const [pair = ''] = line.split(';', 1);
      const name = pair.slice(0, pair.indexOf('='));
      // For a wider domain than this jar has any of.
      if (/; Domain=/i.test(line)) continue;
      if (/; Max-Age=0/.test(line)) cookies.delete(name);
      else if (keeps(name)) cookies.set(name, pair.slice(pair.indexOf('=') + 1));
    }
  };
  const visitor: Visitor = {
    jar,
    async ask(url, form, more = {}) {
      const { host, origin, pathname, search } = new URL(url);
      const cookie = [...(jar.get(host) ?? [])].map((pair) => pair.join('=')).join('; ');
      const answer = await gate.ask(pathname + search, {
        method: form ? 'POST' : 'GET',
        headers: {
          ...{ Host: host, Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
          ...(cookie !== '' && { Cookie: cookie }),
          ...(form && { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' }),
          ...more,
        },
        ...(form && { body: new URLSearchParams(form).toString() }),
      });
      take(host, answer.headers.getSetCookie());
      return answer;
    },
    async visit(url, form, isEnough = () => false) {
      const way = [url];
      let answer = await visitor.ask(url, form);
      for (;;) {
        const location = answer.headers.get('location');
        const next = location === null ? null : new URL(location, way.at(-1)).href;
        if (next === null || isEnough(next)) return { way, answer, next };
        if (way.length > MOST_REDIRECTS) throw new Error(`redirects without end: ${way.join(' ')}`);
        way.push(next);
        answer = await visitor.ask(next);
      }
    },
  };
  return visitor;
}
