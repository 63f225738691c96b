import type { Problem } from './explain.ts';
import { formatListen, isLocal, isLoopback, type Listen } from './schema/address.ts';
import type { Config } from './schema/config.ts';

const listenersOf = ({ server, admin }: Config): [path: string[], at: Listen | null][] => [
  [['server', 'listen'], server.listen],
  [['server', 'check_listen'], server.checkListen],
  [['server', 'redirect_listen'], server.redirectListen],
  [['admin', 'listen'], admin.listen],
];

/** Where two keys must not say the same. Port 0 is another port each time. */
export function checkListeners(config: Config): Problem[] {
  const seen = new Map<string, string>();
  return listenersOf(config).flatMap(([path, at]) => {
    if (!at || (at.kind === 'tcp' && at.port === 0)) return [];
    const taken = seen.get(formatListen(at));
    seen.set(formatListen(at), path.join('.'));
    return taken ? [{ path, why: `is the same address as ${taken}; choose another port` }] : [];
  });
}

export function* checkPublicUrl({ server, session }: Config): Generator<Problem> {
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

export function* checkSession({ session }: Config): Generator<Problem> {
  if (session.rememberMs !== null && session.rememberMs < session.lifetimeMs)
    yield {
      path: ['session', 'remember_me'],
      why: 'is shorter than session.lifetime, so it would not keep anybody signed in; write a longer one, or none',
    };
}

export function* warnOfStore({ session: { store } }: Config): Generator<Problem> {
  if (store.kind !== 'redis' || !store.address || store.address.isTls) return;
  if (store.address.nodes.every(({ host }) => isLocal(host.includes(':') ? `[${host}]` : host))) return;
  yield {
    path: ['session', 'store'],
    why: 'speaks to another machine without TLS: who is between can read the password and sign people out or in again; write rediss://, or keep that network to yourself',
  };
}

/** What others can read, ask or try without limit. */
export function* warnOfExposure(config: Config): Generator<Problem> {
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
