/** What Tableau's own server answers itself at a path of an app, and dashgate in its place. */
export type Door =
  | {
      readonly what:
        | 'server-info'
        | 'sign-in'
        | 'sign-out'
        | 'switch-site'
        | 'current-session'
        | 'embed-sign-in'
        | 'embed-target';
    }
  | { readonly what: 'session'; readonly id: string }
  /** Beside the others: nothing is there, and no upstream may answer in their place. */
  | { readonly what: 'nothing' };

/** The method that each takes. With GET goes HEAD. */
export const METHODS = {
  'server-info': 'GET',
  'sign-in': 'POST',
  'sign-out': 'POST',
  'switch-site': 'POST',
  'current-session': 'GET',
  session: 'DELETE',
  'embed-sign-in': 'POST',
  'embed-target': 'GET',
} as const satisfies Record<Exclude<Door['what'], 'nothing'>, string>;

const NAMED: Readonly<Record<string, Exclude<Door['what'], 'session' | 'nothing'>>> = {
  serverinfo: 'server-info',
  'auth/signin': 'sign-in',
  'auth/signout': 'sign-out',
  'auth/switchsite': 'switch-site',
  'sessions/current': 'current-session',
};

/** Whatever the version: clients ask by one that they know, and go on by that which they are told. */
const REST = /^\/api\/[^/]+\/(serverinfo|auth(?:\/.*)?|sessions(?:\/.*)?)$/;
const EMBEDDING = /^\/vizportal\/api\/web\/v1\/auth\/embed\/([^/]*)$/;
const SESSION = /^sessions\/([0-9a-z-]{1,64})$/;

/** Such paths begin so, in any case. */
export const DOOR_PLACES = ['/api/', '/vizportal/api/web/v1/auth/embed/'] as const;

/** @param ownPath - decoded, from the root of the app; its case makes no difference */
export function doorAt(ownPath: string): Door | null {
  const path = ownPath.toLowerCase().replace(/(?<=.)\/$/, '');
  const [, embedding] = EMBEDDING.exec(path) ?? [];
  if (embedding === 'signin') return { what: 'embed-sign-in' };
  if (embedding === 'target') return { what: 'embed-target' };
  if (embedding !== undefined) return { what: 'nothing' };
  const [, rest] = REST.exec(path) ?? [];
  if (rest === undefined) return null;
  const named = Object.hasOwn(NAMED, rest) ? NAMED[rest] : undefined;
  if (named) return { what: named };
  const [, id] = SESSION.exec(rest) ?? [];
  return id === undefined ? { what: 'nothing' } : { what: 'session', id };
}
