import type { IncomingMessage } from 'node:http';
import { BadTarget } from '../errors.ts';
import type { Address, PublicPlace } from '../lib/public-place.ts';
import { parseTarget } from '../lib/target.ts';
import { isNavigation } from './navigation.ts';

export interface SignpostOptions {
  /** Origins without an app at their root. */
  readonly homes: readonly PublicPlace[];
  readonly apps: readonly (PublicPlace & { readonly prefix: string })[];
  readonly publicUrl: Address;
  /** Path of the login page. */
  readonly loginPath: string;
  /** Exact paths of apps that mean a page of ours. */
  readonly doors?: readonly Door[];
}

/** A path of an app behind which a page of ours is. */
export interface Door extends PublicPlace {
  readonly path: string;
  /**
   * @param origin - the one that was asked
   * @param next - where the app wants to be gone on to; `null`: it does not say
   */
  to(origin: string, next: string | null): string;
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Shows the way to who came to a place where nothing is, or where an app has no page of its own: from an app's prefix without its slash to the one with it, from a
 * root without an app to the list of dashboards, and from another spelling of this machine to the one that is configured.
 * @returns where to go instead, or `null`
 */
export const createSignpost =
  ({ homes, apps, publicUrl, loginPath, doors = [] }: SignpostOptions) =>
  ({ url = '', headers, method = '' }: IncomingMessage): string | null => {
    if (method !== 'GET' && method !== 'HEAD') return null;
    const host = headers.host?.toLowerCase() ?? '';
    const [path = '', ...query] = url.split('?');
    // Relative links of its pages would else lead out of it.
    const app = originOf(
      apps.filter(({ prefix }) => prefix === `${path}/`),
      host,
    );
    if (app !== null) return `${app}${[`${path}/`, ...query].join('?')}`;
    for (const door of doors.filter((each) => each.path === path)) {
      const origin = door.originAt(host);
      if (origin !== null) return door.to(origin, new URLSearchParams(query.join('?')).get('next'));
    }
    if (!isNavigation(method, headers, headers.upgrade !== undefined)) return null;
    const home = originOf(homes, host);
    if (home !== null && url === '/') return home + loginPath;
    const port = LOOPBACK.exec(host);
    const isOurs = home !== null || host === publicUrl.host || originOf(apps, host) !== null;
    const isAlias = !isOurs && port !== null && port[1] === LOOPBACK.exec(publicUrl.host)?.[1];
    return isAlias ? `${publicUrl.origin}${samePlace(url)}` : null;
  };

/** That of the first of some places which is at a host. */
function originOf(places: readonly PublicPlace[], host: string): string | null {
  for (const place of places) {
    const origin = place.originAt(host);
    if (origin !== null) return origin;
  }
  return null;
}

/** Path and query where they have one reading; else where all begins. */
function samePlace(url: string): string {
  try {
    const { path, query } = parseTarget(url, 'localhost');
    return path + query;
  } catch (error) {
    if (error instanceof BadTarget) return '/';
    throw error;
  }
}
