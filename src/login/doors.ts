import type { Config } from '../config/schema/config.ts';
import type { Door } from '../http/signpost.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { createPublicPlace } from '../lib/public-place.ts';
import { LOGIN_FIELDS } from './pages/index.ts';

/** Paths by which apps lead to the login page, and to the page that asks whether to sign out. */
export const doorsOf = (own: OwnPaths, { apps }: Pick<Config, 'apps'>): readonly Door[] =>
  apps.flatMap(({ at, namedHosts, loginPath, logoutPath }) => {
    const { prefix } = at;
    const place = createPublicPlace(at, namedHosts);
    const pathOf = (path: string): string => prefix + path.slice(1);
    const login = (origin: string, next: string | null): string =>
      // What is no place of ours, the page leaves aside.
      `${origin}${own.login}?${new URLSearchParams({ [LOGIN_FIELDS.returnTo]: next || prefix })}`;
    return [
      ...(loginPath === null ? [] : [{ ...place, path: pathOf(loginPath), to: login }]),
      // GET signs nobody out: that page asks.
      ...(logoutPath === null
        ? []
        : [{ ...place, path: pathOf(logoutPath), to: (origin: string) => origin + own.logout }]),
    ];
  });
