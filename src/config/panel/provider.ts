import { type ExtraParams, PanelFault, readExtraParams } from './extra-params.ts';
import type { Given } from './read.ts';
import type { PanelKey } from './settings.ts';

/** A value for a key of the entry, and where it came from. */
export interface Item {
  readonly key: string;
  readonly value: unknown;
  readonly place: string;
}

interface Kind {
  /** What Panel takes for the user name, unless it is told otherwise. */
  readonly user: string;
  /** Keys of the extra parameters that it reads, and what they are here. */
  readonly keys: Readonly<Record<string, string>>;
}

const ADDRESSES = {
  AUTHORIZE_URL: 'authorize_url',
  TOKEN_URL: 'token_url',
  USER_URL: 'user_url',
  LOGOUT_URL: 'logout_url',
};

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['auth0', { user: 'email', keys: { subdomain: 'subdomain' } }],
  ['azure', { user: 'unique_name', keys: { tenant: 'tenant' } }],
  ['azurev2', { user: 'email', keys: { tenant: 'tenant' } }],
  ['bitbucket', { user: 'username', keys: {} }],
  ['generic', { user: 'email', keys: ADDRESSES }],
  ['auth_code', { user: 'email', keys: ADDRESSES }],
  ['google', { user: 'email', keys: {} }],
  ['github', { user: 'login', keys: {} }],
  // By OpenID Connect, which has another name for it than the API that Panel asks.
  ['gitlab', { user: 'preferred_username', keys: { url: 'url' } }],
  ['okta', { user: 'email', keys: { url: 'url', server: 'server' } }],
]);

const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    'password',
    "hands people's passwords on to the provider, which dashgate does not; write a provider with a page of its own to sign in at, or an LDAP directory",
  ],
  [
    'pam',
    'asks the users of the machine, which dashgate does not; write them into a users file by "dashgate user add"',
  ],
]);

/** The variables that say what extra parameters do not. */
const BY_ENV: readonly (readonly [PanelKey, string])[] = [
  ['authorizeUrl', 'AUTHORIZE_URL'],
  ['tokenUrl', 'TOKEN_URL'],
  ['userUrl', 'USER_URL'],
  ['logoutUrl', 'LOGOUT_URL'],
  ['userKey', 'USER_KEY'],
];

const NONE: ExtraParams = { read: new Map(), scope: null, forwarded: {} };

/**
 * The entry of `providers` that the settings of Panel mean, key by key.
 * @param tenant - `AAD_TENANT_ID`, which comes first there
 * @returns in place of it what is wrong, as `place: why`
 */
export function* providerItems(
  given: ReadonlyMap<PanelKey, Given>,
  tenant: string | undefined,
): Generator<Item, string[], void> {
  const by = given.get('provider');
  if (!by) return [];
  const type = by.text.toLowerCase();
  const kind = KINDS.get(type);
  if (!kind) {
    const why =
      REFUSED.get(type) ??
      `is no provider that Panel has by itself; write ${[...KINDS.keys()].join(', ')}, or a native entry under providers`;
    return [`${by.place}: ${why}`];
  }
  const extra = given.get('extraParams');
  const params = extra ? readExtraParams(extra.text) : NONE;
  if (params instanceof PanelFault) return [`${extra?.place}: ${params.why}`];
  const at = extra?.place ?? by.place;
  const faults: string[] = [];

  yield { key: 'id', value: type.replace('_', '-'), place: by.place };
  yield { key: 'type', value: type, place: by.place };
  const client = given.get('key');
  if (client) yield { key: 'client_id', value: client.text, place: client.place };
  else faults.push(`${by.place}: needs --oauth-key or PANEL_OAUTH_KEY, the client id; add it`);
  const secret = given.get('secret');
  // As there, it is a public client, and sends none.
  if (secret && type !== 'auth_code') yield { key: 'client_secret', value: secret.text, place: secret.place };
  else if (!secret && type !== 'auth_code')
    faults.push(`${by.place}: needs --oauth-secret or PANEL_OAUTH_SECRET, the client secret; add it`);

  const read = new Map([...params.read].map(([key, value]) => [key, { value, place: at }]));
  for (const [key, name] of BY_ENV) {
    const from = given.get(key);
    if (from && !read.has(name)) read.set(name, { value: from.text, place: from.place });
  }
  if (tenant !== undefined && 'tenant' in kind.keys) read.set('tenant', { value: tenant, place: 'AAD_TENANT_ID' });
  for (const [name, { value, place }] of read) {
    if (name === 'USER_KEY' && kind.keys === ADDRESSES) continue;
    const key = kind.keys[name];
    // Panel does not look at it either, and a wrong provider may be meant.
    if (key === undefined) faults.push(`${place}: has ${name}, which means nothing to ${type}; remove it`);
    else yield { key, value: name === 'url' && !value.includes('://') ? `https://${value}` : value, place };
  }

  const scope = params.scope === null ? given.get('scope') : { text: params.scope, place: at };
  if (scope)
    yield {
      key: 'scope',
      value: scopeOf(scope.text, type),
      place: scope.place,
    };
  // auth_code forwards none there.
  if (Object.keys(params.forwarded).length > 0) {
    if (type === 'auth_code')
      faults.push(
        `${at}: has parameters that auth_code forwards to nobody; remove ${Object.keys(params.forwarded).join(', ')}`,
      );
    else yield { key: 'authorize_params', value: params.forwarded, place: at };
  }
  const user = given.get('jwtUser') ?? (kind.keys === ADDRESSES ? fromRead(read.get('USER_KEY')) : undefined);
  yield { key: 'user_claim', value: user?.text ?? kind.user, place: user?.place ?? by.place };
  const redirect = given.get('redirectUri');
  yield { key: 'redirect_uri', value: redirect?.text ?? '/', place: redirect?.place ?? by.place };
  return faults;
}

/** Where an ID token says who somebody is, it has to be asked for; Panel asks an API of its own. */
const NEED_OPENID: ReadonlySet<string> = new Set(['auth0', 'azure', 'azurev2', 'gitlab', 'google', 'okta']);

function scopeOf(text: string, type: string): string {
  const words = text.split(/[\s,]+/).filter(Boolean);
  return [...(NEED_OPENID.has(type) && !words.includes('openid') ? ['openid'] : []), ...words].join(' ');
}

const fromRead = (found: { readonly value: string; readonly place: string } | undefined): Given | undefined =>
  found && { text: found.value, place: found.place };
