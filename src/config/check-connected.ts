import { ALL } from '../lib/grant.ts';
import { createPublicPlace } from '../lib/public-place.ts';
import type { Problem } from './explain.ts';
import type { Config } from './schema/config.ts';
import { isAskedFor } from './warn-of-rules.ts';

/** What is wrong with connected apps beside the rest of the configuration. */
export function* checkConnected(config: Config): Generator<Problem> {
  const { apps, directories, providers, tokenIssuers, connectedApps, server } = config;
  for (const [i, connected] of connectedApps.entries()) {
    const path = (...keys: (string | number)[]) => ['connected_apps', i, ...keys];
    for (const [a, name] of connected.apps.entries()) {
      if (name !== ALL && !apps.some((app) => app.name === name))
        yield { path: path('apps', a), why: 'is no app of this configuration; correct it, or add that app under apps' };
    }
    if (connected.users === 'directory' && directories.length === 0)
      yield { path: path('users'), why: 'has directory, but there are no directories; add one, or remove this' };
    if (connected.trust.kind === 'issuer' && connected.trust.issuer.replace(/\/$/, '') === server.publicUrl.origin)
      yield { path: path('issuer'), why: 'is dashgate itself, which takes no token of its own; remove it' };
    const hasOthers =
      directories.length > 0 ||
      [...providers, ...tokenIssuers].some((other) => other.userClaim !== null) ||
      connectedApps.some((other) => other !== connected && other.userClaim !== null);
    if (connected.userClaim !== null && hasOthers && !connected.sharesUserNames)
      yield {
        path: path('user_claim'),
        why: 'could show dashboards a user name that a user of another source has too; remove it, or write shares_user_names: true where both are the same person',
      };
  }
}

export function* warnOfConnected(config: Config): Generator<Problem> {
  const { apps, connectedApps, server } = config;
  yield* warnOfGrants(config);
  for (const [i, { isEnabled, apps: opened, domains, onDemand }] of connectedApps.entries()) {
    const path = (...keys: (string | number)[]) => ['connected_apps', i, ...keys];
    if (isEnabled && opened.length === 0)
      yield { path: path('apps'), why: 'is empty, so its tokens open nothing; name the apps' };
    if (isEnabled && domains.length > 0 && !server.publicUrl.isHttps)
      yield {
        path: path('domains'),
        why: 'does nothing here: browsers take the cookie of a frame over https only; write https:// in server.public_url',
      };
    for (const [d, domain] of domains.entries()) {
      if (domain === server.publicUrl.origin || apps.some((app) => isAt(app, domain)))
        yield {
          path: path('domains', d),
          why: 'is where dashboards are, so that one of them could hold another in a frame; name the origin of the page that embeds',
        };
    }
    for (const [r, grant] of onDemand.resources.entries()) {
      if (grant === ALL)
        yield {
          path: path('on_demand', 'resources', r),
          why: 'lets its tokens give everything of its apps; is that meant?',
        };
      else if (!isAskedFor(grant, apps))
        yield {
          path: path('on_demand', 'resources', r),
          why: 'is a resource that no app asks for, so it grants nothing; check its spelling beside resource and resources of the apps',
        };
    }
    for (const [g, name] of onDemand.groups.entries()) {
      if (!Object.hasOwn(config.grants.groups, name))
        yield {
          path: path('on_demand', 'groups', g),
          why: 'is a group that has been granted nothing; check its spelling beside grants.groups',
        };
    }
  }
}

/** Grants to somebody whom no connected app could be speaking of. */
function* warnOfGrants({ grants, connectedApps }: Config): Generator<Problem> {
  for (const name of Object.keys(grants.users)) {
    const [kind, client] = name.split(':', 2);
    if (kind !== 'connected' || connectedApps.some(({ clientId, users }) => clientId === client && users === 'own'))
      continue;
    yield {
      path: ['grants', 'users', name],
      why: 'is of no connected app with users of its own, so it grants nothing; check the client id in it',
    };
  }
}

const isAt = ({ at, namedHosts }: Config['apps'][number], origin: string): boolean =>
  createPublicPlace(at, namedHosts).originAt(origin.replace(/^https?:\/\//, '')) === origin;
