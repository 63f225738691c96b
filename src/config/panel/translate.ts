import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigInvalid } from '../../errors.ts';
import { formatDuration } from '../../lib/duration.ts';
import { isKeyed } from '../prepare.ts';
import { doors, guests, panelCookies } from './apps.ts';
import type { Around, Items, Native, Settings, Translated } from './part.ts';
import { providerItems } from './provider.ts';
import type { PanelKey } from './settings.ts';

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
  for (const part of [provider, basicAuth, errorTemplate, lifetime, panelCookies, doors, guests]) {
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
