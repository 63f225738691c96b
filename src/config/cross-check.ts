import { compilePattern } from '../lib/path-pattern.ts';
import { checkIdentity, warnOfIdentity } from './check-identity.ts';
import { checkProviders, warnOfProviders } from './check-providers.ts';
import type { Problem } from './explain.ts';
import { formatListen, isLocal, isLoopback, type Listen } from './schema/address.ts';
import type { AppConfig, Config } from './schema/config.ts';
import { LABEL_MODES, usesSharedPassword } from './schema/credentials.ts';
import {
  warnOfClosed,
  warnOfConditions,
  warnOfIdleGrants,
  warnOfPathRules,
  warnOfWideGrants,
} from './warn-of-rules.ts';

/** What no single key can show: each key is right, but not beside the others. */
export function crossCheck(config: Config): { errors: Problem[]; warnings: Problem[] } {
  return {
    errors: [
      ...checkListeners(config),
      ...checkPublicUrl(config),
      ...checkAppPlaces(config),
      ...checkSession(config),
      ...checkModes(config),
      ...checkProviders(config),
      ...config.apps.flatMap((app, i) => [...checkApp(app, i, config.session.secretFile)]),
    ],
    warnings: [
      ...warnOfExposure(config),
      ...warnOfIdleGrants(config),
      ...warnOfWideGrants(config),
      ...warnOfModes(config),
      ...warnOfStore(config),
      ...warnOfProviders(config),
      ...config.apps.flatMap((app, i) => [
        ...warnOfPaths(app, i),
        ...warnOfPathRules(app, i),
        ...warnOfClosed(app, i),
        ...warnOfConditions(app, i, config),
        ...warnOfCredentials(app, i),
        ...warnOfIdentity(app, i),
      ]),
    ],
  };
}

const listenersOf = ({ server, admin }: Config): [path: string[], at: Listen | null][] => [
  [['server', 'listen'], server.listen],
  [['server', 'check_listen'], server.checkListen],
  [['server', 'redirect_listen'], server.redirectListen],
  [['admin', 'listen'], admin.listen],
];

/** Where two keys must not say the same. Port 0 is another port each time. */
function checkListeners(config: Config): Problem[] {
  const seen = new Map<string, string>();
  return listenersOf(config).flatMap(([path, at]) => {
    if (!at || (at.kind === 'tcp' && at.port === 0)) return [];
    const taken = seen.get(formatListen(at));
    seen.set(formatListen(at), path.join('.'));
    return taken ? [{ path, why: `is the same address as ${taken}; choose another port` }] : [];
  });
}

function* checkPublicUrl({ server, session }: Config): Generator<Problem> {
  const { isHttps } = server.publicUrl;
  if (server.tls && !isHttps)
    yield { path: ['server', 'public_url'], why: 'begins with http:// beside server.tls; write https://' };
  if (server.redirectListen && !isHttps)
    yield {
      path: ['server', 'redirect_listen'],
      why: 'redirects to https, which server.public_url is not; remove it, or change that',
    };
  if (!isHttps && /^__(?:Host|Secure)-/i.test(session.cookie.name))
    yield {
      path: ['session', 'cookie', 'name'],
      why: 'has a prefix that browsers take over https only; remove the prefix',
    };
}

function* checkSession({ session }: Config): Generator<Problem> {
  if (session.rememberMs !== null && session.rememberMs < session.lifetimeMs)
    yield {
      path: ['session', 'remember_me'],
      why: 'is shorter than session.lifetime, so it would not keep anybody signed in; write a longer one, or none',
    };
}

function* warnOfStore({ session: { store } }: Config): Generator<Problem> {
  if (store.kind !== 'redis' || !store.address || store.address.isTls) return;
  if (store.address.nodes.every(({ host }) => isLocal(host.includes(':') ? `[${host}]` : host))) return;
  yield {
    path: ['session', 'store'],
    why: 'speaks to another machine without TLS: who is between can read the password and sign people out or in again; write rediss://, or keep that network to yourself',
  };
}

function checkAppPlaces({ apps, server }: Config): Problem[] {
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

function* checkApp(app: AppConfig, i: number, sessionKeys: string): Generator<Problem> {
  const { at, upstream, upstreamTls } = app;
  if (/^\/_dashgate\//i.test(at.prefix))
    yield { path: ['apps', i, 'at'], why: "is below /_dashgate/, which is dashgate's own; choose another path" };
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
  yield* checkIdentity(app, i, sessionKeys);
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

function* warnOfExposure(config: Config): Generator<Problem> {
  const { server, admin } = config;
  if (!isLoopback(server.listen) && !server.publicUrl.isHttps)
    yield {
      path: ['server', 'listen'],
      why: 'is reached from other machines without https, so passwords and cookies can be read on the way; set server.tls, or an https server.public_url with a proxy in front that speaks it',
    };
  else if (!server.publicUrl.isHttps && !isLocal(server.publicUrl.host))
    yield {
      path: ['server', 'public_url'],
      why: 'is plain http for other machines, so passwords and cookies can be read on the way; use https',
    };
  if (!isLoopback(server.checkListen))
    yield {
      path: ['server', 'check_listen'],
      why: 'is reached from other machines; see that only the front proxy can, and that server.trusted_proxies names it',
    };
  if (!isLoopback(admin.listen))
    yield {
      path: ['admin', 'listen'],
      why: 'is reached from other machines and asks for no login; see that only monitoring can',
    };
  if (!config.attempts.isLimited)
    yield {
      path: ['attempts', 'limit'],
      why: 'is off, so passwords can be guessed as fast as they can be checked; remove it',
    };
}

function* checkModes({ credentials, directories }: Config): Generator<Problem> {
  if (credentials.modes.includes('ldap') && !directories.some(({ kind }) => kind === 'ldap'))
    yield {
      path: ['credentials', 'modes'],
      why: 'has ldap, but there is no LDAP directory; add one under directories, or remove it',
    };
}

function* warnOfModes({ credentials, grants }: Config): Generator<Problem> {
  if (credentials.sharedPassword && !usesSharedPassword(credentials))
    yield {
      path: ['credentials', credentials.sharedPassword.kind === 'file' ? 'password_file' : 'password_hash'],
      why: 'is given, but no mode uses it; add auth-pass to the modes, or remove it',
    };
  for (const mode of LABEL_MODES) {
    const given = grants.modes[mode];
    const isUsed = credentials.modes.includes(mode) || (mode === 'auth-pass' && usesSharedPassword(credentials));
    if (given && !isUsed)
      yield {
        path: ['grants', 'modes', mode],
        why: 'is a mode that is not among credentials.modes, so it grants nothing; add it there, or remove it',
      };
    if (isUsed && !given?.length)
      yield {
        path: ['credentials', 'modes'],
        why: `offers ${mode}, which may open nothing; say what under grants.modes`,
      };
    if (isUsed && mode !== 'auth-pass' && given?.includes('_all_'))
      yield {
        path: ['grants', 'modes', mode],
        why: 'lets everyone open everything, without a password; is that meant?',
      };
  }
}

function* warnOfCredentials(app: AppConfig, i: number): Generator<Problem> {
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

function* warnOfPaths(app: AppConfig, i: number): Generator<Problem> {
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
