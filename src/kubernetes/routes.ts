import { kindOf } from '../apps/kinds.ts';
import { isLocal } from '../config/schema/address.ts';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { ConfigInvalid } from '../errors.ts';
import { objectName } from './manifest.ts';

/** A Service of the cluster, as an address names it. */
export interface ClusterService {
  readonly name: string;
  /** `null`: that of dashgate. */
  readonly namespace: string | null;
}

/** How the requests of an app go: to its Service once dashgate was asked, or through dashgate itself. */
export interface AppRoute {
  readonly app: AppConfig;
  /** Of the objects that belong to it. */
  readonly name: string;
  /** `null`: through dashgate. */
  readonly service: { readonly name: string; readonly namespace: string; readonly port: number } | null;
}

/** `name`, `name.namespace.svc` or the same with the cluster's domain; `null`: that is outside, or an address. */
export function clusterService(host: string): ClusterService | null {
  const [, name, namespace = null] =
    /^([a-z][a-z0-9-]*)(?:\.([a-z0-9-]+)\.svc(?:\.cluster\.local)?)?$/.exec(host) ?? [];
  return name === undefined ? null : { name, namespace };
}

/** @throws ConfigInvalid for an upstream that no pod could reach */
export function routes({ apps }: Pick<Config, 'apps'>, namespace: string): readonly AppRoute[] {
  const names = new Set<string>();
  return apps.map((app, i) => {
    refuseUnreachable(app, i);
    const wanted = `dashgate-app-${objectName(app.name)}`.slice(0, 50);
    const name = names.has(wanted) ? `${wanted}-${i}` : wanted;
    names.add(name);
    const found = staysBeside(app) && app.upstream.kind === 'tcp' ? clusterService(app.upstream.host) : null;
    if (!found || app.upstream.kind !== 'tcp') return { app, name, service: null };
    const service = { name: found.name, namespace: found.namespace ?? namespace, port: app.upstream.port };
    return { app, name, service };
  });
}

/** Whether a front may forward by itself: what is changed on its way, path or answer, goes through dashgate. */
const staysBeside = ({ sections, kind, at, upstream }: AppConfig): boolean =>
  !sections &&
  kindOf({ kind }).rewritten.length === 0 &&
  upstream.kind === 'tcp' &&
  upstream.protocol === 'http:' &&
  (upstream.path === null || upstream.path === at.prefix);

function refuseUnreachable({ upstream }: AppConfig, i: number): void {
  if (upstream.kind === 'tcp' && !isLocal(upstream.host)) return;
  throw new ConfigInvalid(
    `apps[${i}].upstream: is within the pod of dashgate, where no dashboard is; name its Service, as http://sales.team.svc:8050`,
  );
}

/** A public host with what is there. */
export interface Host {
  readonly origin: string;
  readonly hostname: string;
  readonly port: number;
  readonly isHttps: boolean;
  readonly routes: readonly AppRoute[];
  /** Paths, exact, that dashgate answers besides its own prefix: the root without an app, and prefixes without their slash. */
  readonly ownPaths: readonly string[];
}

/** @throws ConfigInvalid for a host that no route can name */
export function hosts({ server, apps }: Pick<Config, 'server' | 'apps'>, all: readonly AppRoute[]): readonly Host[] {
  const origins = new Map([server.publicUrl, ...apps.map(({ at }) => at)].map((each) => [each.origin, each]));
  return [...origins.values()].map(({ origin, isHttps }) => {
    const { hostname, port } = new URL(origin);
    if (
      !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(hostname) ||
      /^[\d.]+$/.test(hostname)
    )
      throw new ConfigInvalid(
        `${JSON.stringify(hostname)} is no host name for a route; write a plain one in server.public_url and apps[].at`,
      );
    const here = all.filter(({ app }) => app.at.origin === origin);
    const prefixes = here.map(({ app }) => app.at.prefix);
    return {
      ...{ origin, hostname, isHttps, routes: here },
      port: port === '' ? (isHttps ? 443 : 80) : Number(port),
      ownPaths: [
        ...(prefixes.includes('/') ? [] : ['/']),
        ...prefixes.filter((prefix) => prefix !== '/').map((prefix) => prefix.slice(0, -1)),
      ],
    };
  });
}
