import { createOwnPaths } from '../lib/own-paths.ts';
import { redirectPlace } from '../lib/redirect-place.ts';
import type { Problem } from './explain.ts';
import type { Config } from './schema/config.ts';

/** What is wrong with providers beside the rest of the configuration. */
export function* checkProviders(config: Config): Generator<Problem> {
  const { providers, directories } = config;
  yield* checkRedirects(config);
  const names = directories.map(({ name }) => name);
  for (const [i, provider] of providers.entries()) {
    const { id, userClaim, sharesUserNames } = provider;
    if (names.includes(id))
      yield {
        path: ['providers', i, 'id'],
        why: 'is the name of a directory too, so nobody could tell whose users are meant; choose another',
      };
    const hasOthers = directories.length > 0 || providers.some((other) => other.id !== id && other.userClaim !== null);
    if (userClaim !== null && hasOthers && !sharesUserNames)
      yield {
        path: ['providers', i, 'user_claim'],
        why: 'could show dashboards a user name that a user of another source has too; remove it, or write shares_user_names: true where both are the same person',
      };
    else if (userClaim !== null && tenantsOf(provider) !== 1 && !sharesUserNames)
      yield {
        path: ['providers', i, 'user_claim'],
        why: 'could show dashboards one user name for people of two tenants; name the one tenant in tenant or allow.tenants, remove this, or write shares_user_names: true where no two of them have the same one',
      };
  }
}

type Provider = Config['providers'][number];

/** From how many tenants its people may come. */
function tenantsOf(provider: Provider): number {
  if (!('isOfSeveral' in provider && provider.isOfSeveral)) return 1;
  return provider.allow?.fence?.length || Number.POSITIVE_INFINITY;
}

/** An answer is told from a request by where it comes, so each provider has a place of its own, where we are. */
function* checkRedirects({ providers, server }: Config): Generator<Problem> {
  const own = createOwnPaths(server.prefix);
  const seen = new Map<string, string>();
  for (const [i, { id, redirectUri }] of providers.entries()) {
    if (redirectUri === null) continue;
    const path = ['providers', i, 'redirect_uri'];
    const { origin, path: at } = redirectPlace(redirectUri, server.publicUrl.origin);
    const before = seen.get(at);
    seen.set(at, id);
    if (origin !== server.publicUrl.origin)
      yield {
        path,
        why: `is not at server.public_url, where people sign in; write it below ${server.publicUrl.origin}`,
      };
    else if (own.has(at)) yield { path, why: "is a path of dashgate's own, where answers come without it; remove it" };
    else if (before !== undefined)
      yield { path, why: `is that of ${before} too, so nobody could tell whose answer comes; write another` };
  }
}

export function* warnOfProviders({ providers, grants, login, directories, credentials }: Config): Generator<Problem> {
  for (const [i, provider] of providers.entries()) {
    const { groupsClaim, groupNames, allowsAll } = provider;
    if (tenantsOf(provider) === Number.POSITIVE_INFINITY)
      yield {
        path: ['providers', i, 'tenant'],
        why: 'lets people of every tenant sign in; name one by its id, or those that may in allow.tenants',
      };
    const isOpenList = groupsClaim !== null && groupNames === null && Object.keys(grants.groups).length > 0;
    if (isOpenList && providers.length + directories.length > 1)
      yield {
        path: ['providers', i, 'group_names'],
        why: 'is missing, so its groups count by the names that they have there, and get what grants.groups gives to groups of that name from any source; is that meant? List those that count',
      };
    if (allowsAll)
      yield {
        path: ['providers', i, 'allow_all'],
        why: 'lets the provider open everything to anybody; is that meant?',
      };
  }
  const hasForm = directories.length > 0 || credentials.modes.some((mode) => mode !== 'auth-user-pass');
  if (login.isAuto && (providers.length !== 1 || hasForm))
    yield {
      path: ['login', 'auto'],
      why: 'is for one provider without any other way to sign in, so nothing comes of it; remove it',
    };
}
