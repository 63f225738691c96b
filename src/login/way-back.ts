import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/schema/config.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { redirectPlace } from '../lib/redirect-place.ts';
import type { PendingLogins } from './pending-login.ts';

/** Where providers send people back to. */
export interface WayBack {
  /** What a provider is told, to the letter. */
  uriOf(id: string): string;
  /** Whether a request could be an answer at a place of an app, by its address alone. */
  isCandidate(incoming: IncomingMessage): boolean;
  /**
   * Whether it is one: of a sign-in that this browser began with that provider. Never rejects.
   * @returns our own address for it; `null`: it is the app's
   */
  find(incoming: IncomingMessage): Promise<string | null>;
  /** Whether a page that somebody wanted, as it stands in `return_to`, was an answer that nobody in that browser waited for. */
  wasAnswer(returnTo: string): boolean;
}

export interface WayBackOptions {
  readonly own: OwnPaths;
  readonly config: Pick<Config, 'providers' | 'server'>;
  /** Loaded when an answer comes. */
  readonly pending: () => Promise<Pick<PendingLogins, 'find'>>;
}

export function createWayBack({ own, config, pending }: WayBackOptions): WayBack {
  const { origin, host } = config.server.publicUrl;
  const uris = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const { id, redirectUri } of config.providers) {
    const place = redirectPlace(redirectUri ?? own.provider(id, 'callback'), origin);
    uris.set(id, place.uri);
    if (redirectUri !== null) ids.set(place.path, id);
  }
  const read = ({ method, url = '', headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>) => {
    const at = url.indexOf('?');
    const id = ids.get(url.slice(0, at));
    if (at < 0 || id === undefined || method !== 'GET' || headers.host?.toLowerCase() !== host) return null;
    const query = url.slice(at + 1);
    const states = new URLSearchParams(query).getAll('state');
    const isAnswer = /(?:^|&)(?:code|error)=/.test(query);
    return isAnswer && states.length === 1 ? { id, query, state: states[0] ?? '' } : null;
  };
  return {
    uriOf: (id) => uris.get(id) ?? origin + own.provider(id, 'callback'),
    isCandidate: (incoming) => ids.size > 0 && read(incoming) !== null,
    wasAnswer(returnTo) {
      const { host: at, pathname, search } = new URL(returnTo);
      return read({ method: 'GET', url: pathname + search, headers: { host: at } }) !== null;
    },
    async find(incoming) {
      const answer = read(incoming);
      if (!answer) return null;
      const { id, query, state } = answer;
      const found = await pending()
        .then((logins) => logins.find(incoming.headers.cookie, state))
        .catch(() => null);
      return found?.pending.provider === id ? `${own.provider(id, 'callback')}?${query}` : null;
    },
  };
}
