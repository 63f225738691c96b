import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigInvalid } from '../../errors.ts';
import { formatDuration } from '../../lib/duration.ts';
import { formatPath } from '../names.ts';
import { isKeyed } from '../prepare.ts';
import type { Path } from '../yaml-file.ts';
import { guestPaths, isOn } from './guests.ts';
import { providerItems } from './provider.ts';
import type { Given } from './read.ts';
import type { PanelKey } from './settings.ts';

/** A value for one key of the native configuration, and what to call the place that it came from. */
export interface Translated {
  readonly path: Path;
  readonly value: unknown;
  readonly place: string;
}

type Settings = ReadonlyMap<PanelKey, Given>;
type Native = Record<string, unknown>;
/** What is found elsewhere: the tenant of Azure, and the folder that file names are relative to. */
interface Around {
  readonly tenant: string | undefined;
  readonly cwd: string;
}
type Items = Generator<Translated, void, void>;

const DAY_MS = 86_400_000;

/** What counts only beside another. */
const NEEDS_PROVIDER: readonly PanelKey[] = [
  ...(['key', 'secret', 'extraParams', 'redirectUri', 'jwtUser', 'scope', 'authorizeUrl'] as const),
  ...(['tokenUrl', 'userUrl', 'logoutUrl', 'userKey', 'refreshTokens'] as const),
];

/**
 * What the settings of Panel mean in the native configuration.
 * @param native - what is written there already: it is only added to
 * @throws ConfigInvalid, with a line for each setting that cannot be followed, or contradicts what is written
 */
export function translate(given: Settings, native: Native, { tenant, cwd }: Around): readonly Translated[] {
  if (given.size === 0) return [];
  const faults: string[] = [];
  const found: Translated[] = [];
  for (const part of [provider, basicAuth, errorTemplate, lifetime, panelApps, doors, guests]) {
    for (const item of part(given, native, { tenant, cwd }, faults)) found.push(item);
  }
  for (const key of NEEDS_PROVIDER) {
    const each = given.get(key);
    if (each && !given.has('provider'))
      faults.push(`${each.place}: is given without --oauth-provider or PANEL_OAUTH_PROVIDER; add that, or remove it`);
  }
  if (faults.length > 0) throw new ConfigInvalid(faults.join('\n'));
  return found;
}

function* provider(given: Settings, native: Native, { tenant }: Around, faults: string[]): Items {
  const by = given.get('provider');
  if (!by) return;
  const list = native.providers ?? [];
  // What is no list, the schema will say.
  if (!Array.isArray(list)) return;
  const path = ['providers', list.length];
  yield { path, value: {}, place: by.place };
  const items = providerItems(given, tenant);
  for (;;) {
    const { done, value } = items.next();
    if (done) {
      faults.push(...value);
      return;
    }
    if (value.key === 'id' && list.some((one) => isKeyed(one) && one.id === value.value))
      faults.push(`${by.place}: providers has an entry with the id ${value.value} too; remove one of them`);
    yield { path: [...path, value.key], value: value.value, place: value.place };
  }
}

/** A volume that is not mounted makes nobody's file a password that others can guess. */
const FILE_LIKE = /[/\\]|\.(?:json|ya?ml|txt|te?mp|bak|secret|passwords?|htpasswd)$/i;

function* basicAuth(given: Settings, native: Native, { cwd }: Around, faults: string[]): Items {
  const by = given.get('basicAuth');
  const list = native.directories ?? [];
  if (!by || !Array.isArray(list)) return;
  if (given.has('provider')) {
    faults.push(
      `${by.place}: is given beside a provider, which Panel takes in its place; remove one of them, or write directories`,
    );
    return;
  }
  const path = ['directories', list.length];
  const file = resolve(cwd, by.text);
  const isFile = existsSync(file) && statSync(file).isFile();
  if (!isFile && FILE_LIKE.test(by.text)) {
    faults.push(
      `${by.place}: reads as the name of a file, and there is none, so its name would be the password for everybody; put the file there, or write such a password as directories: [{ anyone: { password_file: … } }]`,
    );
    return;
  }
  yield { path, value: isFile ? { file, plaintext: true } : { anyone: { password: by.text } }, place: by.place };
}

function* errorTemplate(given: Settings, native: Native, { cwd }: Around, faults: string[]): Items {
  const by = given.get('errorTemplate');
  if (!by) return;
  if (isKeyed(native.login) && native.login.error_template !== undefined)
    faults.push(`${by.place}: is given beside login.error_template; remove one of them`);
  else yield { path: ['login', 'error_template'], value: resolve(cwd, by.text), place: by.place };
}

function* lifetime(given: Settings, native: Native, _around: Around, faults: string[]): Items {
  const by = given.get('expiryDays');
  if (!by) return;
  const days = /^\d{1,4}(?:\.\d{1,6})?$/.test(by.text.trim()) ? Number(by.text) : 0;
  if (days <= 0) faults.push(`${by.place}: is not a number of days; write it as 1 or 0.5`);
  else if (isKeyed(native.session) && native.session.lifetime !== undefined)
    faults.push(`${by.place}: is given beside session.lifetime; remove one of them`);
  else yield { path: ['session', 'lifetime'], value: formatDuration(Math.round(days * DAY_MS)), place: by.place };
}

/** What only an app can have. */
const OF_APP: readonly PanelKey[] = ['cookieSecret', 'encryptionKey'];

function* panelApps(given: Settings, native: Native, _around: Around, faults: string[]): Items {
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
function* doors(given: Settings, native: Native, _around: Around, faults: string[]): Items {
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
function* guests(given: Settings, native: Native, _around: Around, faults: string[]): Items {
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
