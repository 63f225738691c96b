import { createOwnPaths } from '../lib/own-paths.ts';
import { compilePattern } from '../lib/path-pattern.ts';
import { isPattern } from '../lib/public-place.ts';
import { checkIdentity } from './check-identity.ts';
import { checkTableauServer } from './check-tableau.ts';
import type { Problem } from './explain.ts';
import type { AppConfig, Config } from './schema/config.ts';

/** No two apps may have one name or one place. */
export function checkAppPlaces({ apps, server }: Config): Problem[] {
  const names = new Map<string, number>();
  const places = new Map<string, number>();
  return apps.flatMap(({ name, at }, i) => {
    const problems: Problem[] = [];
    const place = at.host + at.prefix;
    const sameName = names.get(name);
    const samePlace = places.get(place);
    if (sameName !== undefined)
      problems.push({ path: ['apps', i, 'name'], why: `is the name of apps[${sameName}] too; choose another` });
    if (samePlace !== undefined)
      problems.push({
        path: ['apps', i, 'at'],
        why: `is where apps[${samePlace}] is too; choose another path or host`,
      });
    if (at.isHttps !== server.publicUrl.isHttps)
      problems.push({
        path: ['apps', i, 'at'],
        why: `is ${at.isHttps ? 'https' : 'http'} while server.public_url is not; the session cookie is made for one of them, so use the same`,
      });
    names.set(name, i);
    places.set(place, i);
    return problems;
  });
}

export function* checkApp(app: AppConfig, i: number, { server, session }: Config): Generator<Problem> {
  const { at, upstream, upstreamTls } = app;
  if (createOwnPaths(server.prefix).has(at.prefix))
    yield {
      path: ['apps', i, 'at'],
      why: `is below ${server.prefix}/, which is dashgate's own; choose another path, or another server.prefix`,
    };
  if (upstreamTls && !(upstream.kind === 'tcp' && upstream.protocol === 'https:'))
    yield {
      path: ['apps', i, 'upstream_tls'],
      why: 'is given, but upstream is not https://; change that, or remove it',
    };
  if (app.sections && app.kind !== 'dash')
    yield {
      path: ['apps', i, 'sections'],
      why: 'is given, but kind is not dash, and only Dash apps have sections; write kind: dash, or remove it',
    };
  if (app.sections && isPattern(at))
    yield {
      path: ['apps', i, 'sections'],
      why: 'are learnt from one app, and at stands for many hosts; name each host as an app of its own, or remove it',
    };
  yield* checkIdentity(app, i, session.secretFile);
  yield* checkTableauServer(app, i);
  if (app.upstreamAuth === 'fixed' && !app.upstreamCredentials)
    yield {
      path: ['apps', i, 'upstream_auth'],
      why: 'is fixed, but upstream_credentials is missing; add it, with user and password_file',
    };
  if (app.credentials.length === 0 && !isOpenToAll(app))
    yield {
      path: ['apps', i, 'credentials'],
      why: 'is empty, so nobody could sign in; name cookie, basic or both, remove the line, or open the app to everyone by public: ["/**"] without resources',
    };
}

const isOpenToAll = (app: AppConfig): boolean => app.public.includes('/**') && app.resources.length === 0;

export function* warnOfCredentials(app: AppConfig, i: number): Generator<Problem> {
  if (app.hasTableauKeys && !app.tableau)
    yield {
      path: ['apps', i, 'tableau'],
      why: 'is given, but credentials does not have tableau, so its doors are shut; add it there, or remove this',
    };
  if (app.tableau && app.at.prefix !== '/')
    yield {
      path: ['apps', i, 'at'],
      why: 'is below the root of its host, where embedding of Tableau’s does not look; its other clients are given the whole address',
    };
  if (app.upstreamAuth !== 'fixed' && app.upstreamCredentials)
    yield {
      path: ['apps', i, 'upstream_credentials'],
      why: 'is given, but upstream_auth is not fixed, so nothing uses it; write upstream_auth: fixed, or remove it',
    };
  if (app.kind !== 'tabpy') return;
  if (isOpenToAll(app) && app.upstreamAuth !== 'own')
    yield {
      path: ['apps', i, 'public'],
      why: 'lets everyone run code in TabPy, without a password; remove /** unless that is meant',
    };
  else if (app.credentials.length > 0 && !app.credentials.includes('basic'))
    yield {
      path: ['apps', i, 'credentials'],
      why: 'has no basic, and Tableau signs in by nothing else; add it',
    };
}

export function* warnOfPaths(app: AppConfig, i: number): Generator<Problem> {
  if (app.sections && app.public.includes('/**'))
    yield {
      path: ['apps', i, 'public'],
      why: 'lets everyone in without asking who they are, so with sections nobody sees more than what is everybody’s; remove /**',
    };
  const guards = app.resources
    .filter(({ resource, require, methods }) => (resource !== undefined || require) && !methods)
    .flatMap(({ paths }) => paths);
  for (const [p, path] of app.public.entries()) {
    if (
      guards.some(
        (guard) => guard === path || (!path.includes('*') && compilePattern(guard, { ignoreCase: true })(path)),
      )
    )
      yield {
        path: ['apps', i, 'public', p],
        why: 'is guarded by resources too, so it is not public; remove it from one of them',
      };
  }
  const below = (path: string): boolean =>
    app.at.prefix !== '/' && `${path}/`.toLowerCase().startsWith(app.at.prefix.toLowerCase());
  for (const [r, rule] of app.resources.entries()) {
    for (const [p, path] of rule.paths.entries()) {
      if (below(path))
        yield {
          path: ['apps', i, 'resources', r, 'paths', p],
          why: "begins with the app's own prefix, which is added to it; is it meant without?",
        };
    }
  }
}
