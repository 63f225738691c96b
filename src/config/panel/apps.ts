import { formatPath } from '../names.ts';
import { isKeyed } from '../prepare.ts';
import { guestPaths, isOn } from './guests.ts';
import type { Around, Items, Native, Settings } from './part.ts';
import type { PanelKey } from './settings.ts';

/** What only an app can have. */
const OF_APP: readonly PanelKey[] = ['cookieSecret', 'encryptionKey'];

/** The cookies by which apps of Panel learn who is there. */
export function* panelCookies(given: Settings, native: Native, _around: Around, faults: string[]): Items {
  const by = OF_APP.flatMap((key) => given.get(key) ?? [])[0];
  if (!by || !Array.isArray(native.apps)) return;
  const secret = given.get('cookieSecret');
  const key = given.get('encryptionKey');
  const chosen = choose(native.apps);
  if (typeof chosen === 'string') {
    // The variable of Bokeh may be there for others.
    if (by.place !== 'BOKEH_COOKIE_SECRET') faults.push(`${by.place}: ${chosen}`);
    return;
  }
  if (key && !secret) {
    faults.push(`${key.place}: needs --cookie-secret or PANEL_COOKIE_SECRET too; add it`);
    return;
  }
  for (const { app, index } of chosen) {
    const at = ['apps', index];
    if (secret) {
      if (app.panel_cookies !== undefined) {
        faults.push(`${secret.place}: is given beside ${formatPath([...at, 'panel_cookies'])}; remove one of them`);
        continue;
      }
      if (app.identity === undefined)
        yield { path: [...at, 'identity'], value: ['headers', 'panel'], place: secret.place };
      yield { path: [...at, 'panel_cookies'], value: {}, place: secret.place };
      yield { path: [...at, 'panel_cookies', 'secret'], value: secret.text, place: secret.place };
    }
    if (key) yield { path: [...at, 'panel_cookies', 'encryption_key'], value: key.text, place: key.place };
  }
}

/** Paths of Panel's own pages for signing in and out, to which its apps link. */
export function* doors(given: Settings, native: Native, _around: Around, faults: string[]): Items {
  const by = given.get('provider') ?? given.get('basicAuth');
  const chosen = Array.isArray(native.apps) ? choose(native.apps) : [];
  for (const [key, name, standard] of [
    ['loginEndpoint', 'login_path', '/login'],
    ['logoutEndpoint', 'logout_path', '/logout'],
  ] as const) {
    const asked = given.get(key);
    if (asked && typeof chosen === 'string') faults.push(`${asked.place}: ${chosen}`);
    const { text, place } = asked ?? { text: standard, place: by?.place };
    if (place === undefined || typeof chosen === 'string') continue;
    for (const { app, index } of chosen) {
      if (app[name] === undefined)
        yield { path: ['apps', index, name], value: text.startsWith('/') ? text : `/${text}`, place };
      else if (asked) faults.push(`${place}: is given beside ${formatPath(['apps', index, name])}; remove one of them`);
    }
  }
}

/** Who comes in without signing in. */
export function* guests(given: Settings, native: Native, _around: Around, faults: string[]): Items {
  const optional = given.get('optional');
  const endpoints = given.get('guestEndpoints');
  const isForAll = optional !== undefined && isOn(optional);
  const by = isForAll ? optional : endpoints;
  if (!by) return;
  const paths = isForAll ? ['/**'] : guestPaths(by);
  if (paths === null) {
    faults.push(`${by.place}: is not a list of paths; write it as ['/hello', '/about']`);
    return;
  }
  if (paths.length === 0 || !Array.isArray(native.apps)) return;
  const chosen = choose(native.apps);
  if (typeof chosen === 'string') {
    faults.push(`${by.place}: ${chosen}`);
    return;
  }
  for (const { app, index } of chosen) {
    const path = ['apps', index, 'guests'];
    if (app.guests === undefined) yield { path, value: paths, place: by.place };
    else faults.push(`${by.place}: is given beside ${formatPath(path)}; remove one of them`);
  }
}

/** Kinds of an app that may be one of Panel's, though it does not say how it is told who is there. */
const MAY_BE_PANEL: readonly unknown[] = [undefined, 'web', 'panel', 'bokeh'];

interface Chosen {
  readonly app: Record<string, unknown>;
  readonly index: number;
}

/**
 * The apps that are meant: those that say that they are Panel's, or the only one that may be.
 * @returns why nobody can tell
 */
function choose(apps: readonly unknown[]): readonly Chosen[] | string {
  const all = apps.flatMap((app, index) => (isKeyed(app) ? [{ app, index }] : []));
  const named = all.filter(({ app }) => Array.isArray(app.identity) && app.identity.includes('panel'));
  if (named.length > 0) return named;
  const kinds = all.filter(({ app }) => app.kind === 'panel' && app.identity === undefined);
  if (kinds.length > 0) return kinds;
  const open = all.filter(({ app }) => app.identity === undefined && MAY_BE_PANEL.includes(app.kind));
  if (open.length === 1) return open;
  return open.length === 0
    ? 'is for a Panel app, and there is none; write identity: [headers, panel] in its entry of apps'
    : 'is for Panel apps, and several could be meant; write identity: [headers, panel] in the entry of each';
}
