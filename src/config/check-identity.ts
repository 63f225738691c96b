import { canonicalName } from '../lib/headers.ts';
import type { Problem } from './explain.ts';
import type { AppConfig, Config } from './schema/config.ts';
import { isLabelMode } from './schema/credentials.ts';

/** By these names Panel knows its own. */
const PANEL_NAMES = /^(?:user|id_token|access_token|refresh_token|oauth_expiry|is_guest)$/i;

const cookiesOf = ({ identity, signedCookie, encryptedCookie }: AppConfig) =>
  [
    { way: 'signed-cookie', key: 'signed_cookie', cookie: signedCookie, isUsed: identity.includes('signed-cookie') },
    {
      ...{ way: 'encrypted-cookie', key: 'encrypted_cookie', cookie: encryptedCookie },
      isUsed: identity.includes('encrypted-cookie'),
    },
  ] as const;

/** What an app is told by must be described, each under a name of its own and by a secret of its own. */
export function* checkIdentity(app: AppConfig, i: number, sessionKeys: string): Generator<Problem> {
  for (const { way, key, cookie, isUsed } of cookiesOf(app)) {
    if (isUsed && !cookie)
      yield {
        path: ['apps', i, 'identity'],
        why: `has ${way}, but ${key} is missing; add it, with name and secret_file`,
      };
    if (cookie?.secretFile === sessionKeys)
      yield {
        path: ['apps', i, key, 'secret_file'],
        why: 'is session.secret_file, by which an app could sign in as anybody; write another file, with a secret for this app',
      };
  }
  const { identity, signedCookie, encryptedCookie, panelCookies } = app;
  if (identity.includes('panel')) {
    if (!panelCookies)
      yield {
        path: ['apps', i, 'identity'],
        why: 'has panel, but panel_cookies is missing; add it, with secret_file, or give the secret as --cookie-secret',
      };
    for (const { key, cookie, isUsed } of cookiesOf(app)) {
      if (isUsed && cookie && PANEL_NAMES.test(cookie.name))
        yield {
          path: ['apps', i, key, 'name'],
          why: 'is the name of a cookie of Panel, which identity has too; choose another',
        };
    }
  }
  for (const [key, from] of [
    ['secret_file', panelCookies?.secret],
    ['encryption_key_file', panelCookies?.encryptionKey],
  ] as const) {
    if (from?.kind === 'file' && from.file === sessionKeys)
      yield {
        path: ['apps', i, 'panel_cookies', key],
        why: 'is session.secret_file, by which an app could sign in as anybody; write another file, with a secret for this app',
      };
  }
  yield* checkHeaders(app, i);
  yield* checkAuthorization(app, i);
  yield* checkDelegation(app, i);
  const isBoth = identity.includes('signed-cookie') && identity.includes('encrypted-cookie');
  if (isBoth && signedCookie && signedCookie.name === encryptedCookie?.name)
    yield {
      path: ['apps', i, 'encrypted_cookie', 'name'],
      why: 'is the name of signed_cookie too; choose another',
    };
}

/** nginx sends both of two headers of one name, and each server reads another of them. */
function* checkHeaders({ identityHeaders }: AppConfig, i: number): Generator<Problem> {
  const names = identityHeaders.map(({ name }) => canonicalName(name));
  const twice = identityHeaders.find(({ name }, at) => names.indexOf(canonicalName(name)) !== at);
  if (twice) yield { path: ['apps', i, 'identity_headers'], why: `names ${twice.name} twice; remove one of them` };
}

/** One header, which can say one thing. */
function* checkAuthorization(
  { identity, assertion, upstreamAuth, upstreamCredentials }: AppConfig,
  i: number,
): Generator<Problem> {
  const isAsserted = identity.includes('assertion') && assertion.isBearer;
  const path = ['apps', i, 'identity'];
  const told = identity.includes('bearer') ? 'bearer' : 'assertion, sent as bearer';
  if (identity.includes('bearer') && isAsserted)
    yield { path, why: 'has bearer and assertion, sent as bearer, and there is one Authorization header; remove one' };
  else if (identity.includes('bearer') || isAsserted) {
    if (identity.includes('basic'))
      yield { path, why: `has basic and ${told}, and there is one Authorization header; remove one of them` };
    else if (upstreamAuth !== 'told')
      yield {
        path: ['apps', i, 'upstream_auth'],
        why: `is ${upstreamAuth}, but identity has ${told}, which is the Authorization header too; remove one of them`,
      };
  } else if (identity.includes('basic') && upstreamAuth === 'own' && upstreamCredentials)
    yield {
      path: ['apps', i, 'upstream_auth'],
      why: 'is own, but upstream_credentials are given for identity: [basic]; remove one of them',
    };
}

/** Nobody is believed who they act for unless it is known who says so. */
function* checkDelegation({ delegation, upstreamAuth }: AppConfig, i: number): Generator<Problem> {
  if (delegation && upstreamAuth !== 'fixed')
    yield {
      path: ['apps', i, 'delegation'],
      why: 'needs a service credential by which the upstream knows dashgate; add upstream_credentials, and no other upstream_auth than fixed',
    };
}

/** Where nobody is named, the service credential acts for itself. */
function* warnOfDelegation(
  app: AppConfig,
  i: number,
  { credentials }: Pick<Config, 'credentials'>,
): Generator<Problem> {
  const opened = (['public', 'guests'] as const).filter((key) => app[key].length > 0);
  const modes = credentials.modes.filter(isLabelMode);
  if (app.delegation && opened.length + modes.length > 0)
    yield {
      path: ['apps', i, 'delegation'],
      why: `names nobody for who comes without a name (${[...opened, ...modes].join(', ')}), so the upstream is asked by the service credential alone; is that meant?`,
    };
}

export function* warnOfIdentity(
  app: AppConfig,
  i: number,
  { providers, credentials }: Pick<Config, 'providers' | 'credentials'>,
): Generator<Problem> {
  yield* warnOfDelegation(app, i, { credentials });
  if (app.identity.includes('bearer') && providers.length === 0)
    yield {
      path: ['apps', i, 'identity'],
      why: 'has bearer, but there are no providers, so nobody has a token to hand on; add one, or remove it',
    };
  if ((app.assertion.isBearer || app.assertion.algorithm !== 'EdDSA') && !app.identity.includes('assertion'))
    yield {
      path: ['apps', i, 'assertion'],
      why: 'is given, but identity has no assertion, so nothing uses it; add that, or remove it',
    };
  if (app.panelCookies && !app.identity.includes('panel'))
    yield {
      path: ['apps', i, 'panel_cookies'],
      why: 'is given, but identity has no panel, so nothing uses it; add that, or remove it',
    };
  for (const { way, key, cookie, isUsed } of cookiesOf(app)) {
    if (!isUsed && cookie)
      yield {
        path: ['apps', i, key],
        why: `is given, but identity has no ${way}, so nothing uses it; add that, or remove it`,
      };
  }
}
