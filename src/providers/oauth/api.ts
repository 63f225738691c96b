import * as client from 'openid-client';
import { ProviderUnavailable } from '../../errors.ts';

/** An answer of a provider's API. */
export interface Said {
  readonly value: unknown;
  readonly headers: Headers;
}

/** How a list goes on behind one answer. */
export interface Paging {
  readonly itemsOf: (said: Said) => unknown;
  /** `null`: that was all. */
  readonly nextOf: (said: Said) => string | null;
}

/** Questions to a provider on behalf of somebody, by their access token. Each throws ProviderUnavailable or TokenRefused. */
export interface Api {
  /** @returns `null` where that is not to be known: 403 or 404 */
  ask(url: string): Promise<Said | null>;
  /** All items of a list, over its pages. @returns `null` likewise */
  list(url: string, paging: Paging): Promise<readonly unknown[] | null>;
}

/** The access token is good no more. */
export class TokenRefused extends Error {}

/** Beyond it nobody is in so many groups, or the list has no end. */
const MOST_PAGES = 20;

export function createApi(provider: string, settings: client.Configuration, accessToken: string): Api {
  const ask = async (url: string): Promise<Said | null> => {
    const answer = await send(url);
    if (answer === null) return null;
    const isLimited = answer.headers.get('x-ratelimit-remaining') === '0' || answer.headers.has('retry-after');
    if (answer.status === 401) throw new TokenRefused(`${provider}: the access token was refused`);
    if (answer.status === 404 || (answer.status === 403 && !isLimited)) return null;
    if (answer.status !== 200) throw new ProviderUnavailable(`${provider}: ${placeOf(url)} answered ${answer.status}`);
    return { value: await jsonOf(answer, url), headers: answer.headers };
  };
  const send = async (url: string): Promise<Response | null> => {
    try {
      const headers = new Headers({ Accept: 'application/json' });
      return await client.fetchProtectedResource(settings, accessToken, new URL(url), 'GET', null, headers);
    } catch (error) {
      if (!(error instanceof client.WWWAuthenticateChallengeError))
        throw new ProviderUnavailable(`${provider}: ${placeOf(url)} did not answer`, { cause: error });
      if (error.status === 401) throw new TokenRefused(`${provider}: the access token was refused`);
      return null;
    }
  };
  const jsonOf = async (answer: Response, url: string): Promise<unknown> => {
    try {
      return await answer.json();
    } catch (error) {
      throw new ProviderUnavailable(`${provider}: ${placeOf(url)} did not answer JSON`, { cause: error });
    }
  };

  return {
    ask,
    async list(url, { itemsOf, nextOf }) {
      const all: unknown[] = [];
      let next: string | null = url;
      for (let page = 0; next !== null; page += 1) {
        if (page === MOST_PAGES) throw new ProviderUnavailable(`${provider}: ${placeOf(url)} has no end`);
        // The access token goes to nobody else, whatever the answer says.
        if (!URL.canParse(next) || new URL(next).origin !== new URL(url).origin)
          throw new ProviderUnavailable(`${provider}: ${placeOf(url)} goes on at another server`);
        const said: Said | null = await ask(next);
        if (said === null) return null;
        const items = itemsOf(said);
        if (!Array.isArray(items)) throw new ProviderUnavailable(`${provider}: ${placeOf(url)} did not answer a list`);
        all.push(...items);
        next = nextOf(said);
      }
      return all;
    },
  };
}

/** Without the query, which the provider may have written. */
const placeOf = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
};
