import { isLocal } from '../config/schema/address.ts';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { keyOfOrigin, unfit } from '../config/unfit.ts';
import { besideOf, type Site, sites } from '../fronts/sites.ts';
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
    const beside = besideOf(app);
    const found = beside && clusterService(beside.host);
    if (!found) return { app, name, service: null };
    const service = { name: found.name, namespace: found.namespace ?? namespace, port: beside.port };
    return { app, name, service };
  });
}

function refuseUnreachable({ upstream }: AppConfig, i: number): void {
  if (upstream.kind === 'tcp' && !isLocal(upstream.host)) return;
  throw unfit(
    ['apps', i, 'upstream'],
    `is within the pod of dashgate, where no dashboard is; name its Service, as http://sales.team.svc:8050`,
  );
}

/** A public host with what is there. */
export interface Host extends Site {
  readonly routes: readonly AppRoute[];
}

/** @throws ConfigInvalid for a host that no route can name */
export function hosts(
  config: Pick<Config, 'server' | 'apps' | 'providers'>,
  all: readonly AppRoute[],
): readonly Host[] {
  return sites(config).map((site) => {
    const { hostname, origin } = site;
    if (
      !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(hostname) ||
      /^[\d.]+$/.test(hostname)
    )
      throw unfit(
        keyOfOrigin(config, origin),
        `${JSON.stringify(hostname)} is no host name for a route; write a plain one in server.public_url and apps[].at`,
      );
    return { ...site, routes: all.filter(({ app }) => app.at.origin === origin) };
  });
}
