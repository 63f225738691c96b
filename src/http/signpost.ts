import type { IncomingMessage } from 'node:http';
import { BadTarget } from '../errors.ts';
import { parseTarget } from '../lib/target.ts';
import { isNavigation } from './navigation.ts';

interface Place {
  readonly origin: string;
  readonly host: string;
}

export interface SignpostOptions {
  /** Origins without an app at their root. */
  readonly homes: readonly Place[];
  readonly apps: readonly (Place & { readonly prefix: string })[];
  readonly publicUrl: Place;
  /** Path of the login page. */
  readonly loginPath: string;
  /** Exact paths of apps that mean a page of ours. */
  readonly doors?: readonly Door[];
}

/** A path of an app behind which a page of ours is. */
export interface Door {
  readonly host: string;
  readonly path: string;
  /** @param next - where the app wants to be gone on to; `null`: it does not say */
  to(next: string | null): string;
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
    const app = apps.find((each) => each.host === host && each.prefix === `${path}/`);
    // Relative links of its pages would else lead out of it.
    if (app) return `${app.origin}${[app.prefix, ...query].join('?')}`;
    const door = doors.find((each) => each.host === host && each.path === path);
    if (door) return door.to(new URLSearchParams(query.join('?')).get('next'));
    if (!isNavigation(method, headers, headers.upgrade !== undefined)) return null;
    const home = homes.find((each) => each.host === host);
    if (home && url === '/') return `${home.origin}${loginPath}`;
    const port = LOOPBACK.exec(host);
    const isOurs = home !== undefined || host === publicUrl.host || apps.some((each) => each.host === host);
    const isAlias = !isOurs && port !== null && port[1] === LOOPBACK.exec(publicUrl.host)?.[1];
    return isAlias ? `${publicUrl.origin}${samePlace(url)}` : null;
  };

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
