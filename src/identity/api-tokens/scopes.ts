import type { IncomingHttpHeaders } from 'node:http';
import { saysAnotherMethod } from '../../lib/method-override.ts';

/** `tableau:RESOURCE:ACTION`, either of which may be `*`. */
const SCOPE = /^tableau:([a-z0-9_*]+):([a-z_*]+)$/;

/** What each method may do; whoever may create may also have something run, by POST. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GET: ['read', 'download'],
  HEAD: ['read', 'download'],
  OPTIONS: ['read', 'download'],
  POST: ['create', 'update', 'run'],
  PUT: ['update'],
  PATCH: ['update'],
  DELETE: ['delete'],
};

/** Stands for whatever can be looked at. */
const CONTENT = 'content';

interface ScopedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly ownPath: string;
  readonly isUpgrade: boolean;
}

/**
 * Whether scopes of a connected app's token allow a request: one of them has to name the action of the method, and a resource that
 * the path names as well. Tableau has a list of what each of its calls needs; this is what the names of its scopes say.
 * @param ownPath - decoded, from the root of the app
 */
export function allowedBy(scopes: readonly string[], { method, headers, ownPath, isUpgrade }: ScopedRequest): boolean {
  // Nobody knows what is going to be said on a websocket: it is for whoever may do all with what it is about.
  const actions = isUpgrade ? [] : (ACTIONS[method] ?? []);
  if (saysAnotherMethod(headers)) return false;
  const named = new Set(ownPath.split('/').map(plain));
  return scopes.some((scope) => {
    const [, resource = '', action = ''] = SCOPE.exec(scope) ?? [];
    if (action !== '*' && !actions.includes(action)) return false;
    return resource === '*' || (resource === CONTENT && actions.includes('read')) || named.has(plain(resource));
  });
}

/** `viz_data_service` and `viz-data-service` are one. */
const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');
