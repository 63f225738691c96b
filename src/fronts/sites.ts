import { kindOf } from '../apps/kinds.ts';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { createOwnPaths, type OwnPaths } from '../lib/own-paths.ts';
import { fitsPattern, isPattern } from '../lib/public-place.ts';
import { redirectPlace } from '../lib/redirect-place.ts';

export type FrontConfig = Pick<Config, 'server' | 'apps' | 'providers' | 'session'>;

/** A public origin with what is there. */
export interface Site {
  readonly origin: string;
  /** As a URL has it: an IPv6 address in brackets. A leading `*.` stands for one label. */
  readonly hostname: string;
  /** Those that a pattern would take, and that are sites of their own. */
  readonly apart: readonly string[];
  readonly port: number;
  readonly isHttps: boolean;
  /** Pages of ours there. */
  readonly own: OwnPaths;
  /** Longest prefix first. */
  readonly apps: readonly AppConfig[];
  /**
   * Paths, exact, that dashgate answers besides its own prefix: the root without an app, prefixes without their slash, where
   * answers of sign-in providers come, and the apps' own links to a login.
   */
  readonly ownPaths: readonly string[];
}

/** One a public origin. */
export function sites({ server, apps, providers }: Pick<FrontConfig, 'server' | 'apps' | 'providers'>): Site[] {
  const own = createOwnPaths(server.prefix);
  const origins = new Map([server.publicUrl, ...apps.map(({ at }) => at)].map((each) => [each.origin, each]));
  const names = [...new Set([...origins.keys()].map((each) => new URL(each).hostname))];
  return [...origins.values()].map(({ origin, isHttps }) => {
    const { hostname, port } = new URL(origin);
    const apart = names.filter((name) => isPattern({ host: hostname }) && fitsPattern(hostname, name));
    const here = apps.filter(({ at }) => at.origin === origin);
    const prefixes = here.map(({ at }) => at.prefix);
    const exact = [
      ...(prefixes.includes('/') ? [] : ['/']),
      ...prefixes.filter((prefix) => prefix !== '/').map((prefix) => prefix.slice(0, -1)),
      ...(origin === server.publicUrl.origin ? answerPaths(providers, origin) : []),
      ...here.flatMap(doors),
    ].filter((path) => !own.has(path));
    return {
      ...{ origin, hostname, apart, isHttps, own, ownPaths: [...new Set(exact)] },
      apps: here.toSorted((a, b) => b.at.prefix.length - a.at.prefix.length),
      port: port === '' ? (isHttps ? 443 : 80) : Number(port),
    };
  });
}

/** Paths of an origin to which providers send their answers, among what else comes there for an app. */
export const answerPaths = (providers: Config['providers'], origin: string): readonly string[] =>
  providers.flatMap(({ redirectUri }) => (redirectUri === null ? [] : redirectPlace(redirectUri, origin).path));

const doors = ({ at, loginPath, logoutPath }: AppConfig): string[] =>
  [loginPath ?? [], logoutPath ?? []].flat().map((path) => at.prefix + path.slice(1));

/** Of several origins of a host the first: where its plain http is sent on to. */
export const oneAHost = (all: readonly Site[]): readonly Site[] =>
  all.filter(({ hostname }, i) => all.findIndex((each) => each.hostname === hostname) === i);

/** Where a dashboard is to which a front forwards by itself, once it has asked. */
export interface Beside {
  readonly host: string;
  readonly port: number;
}

/**
 * `null`: through dashgate. What is changed on its way, path or answer, is answered by dashgate at its own places, has connections
 * for each user, may be in frames of other pages, or is not reached by plain http, goes there.
 */
export const besideOf = ({
  sections,
  tableau,
  delegation,
  isEmbedded,
  identity,
  hasNotice,
  rewrite,
  kind,
  at,
  upstream,
}: AppConfig): Beside | null =>
  !sections &&
  !tableau &&
  !delegation &&
  !isEmbedded &&
  !identity.includes('tableau') &&
  !hasNotice &&
  !rewrite &&
  kindOf({ kind }).rewritten.length === 0 &&
  upstream.kind === 'tcp' &&
  upstream.protocol === 'http:' &&
  (upstream.path === null || upstream.path === at.prefix)
    ? { host: upstream.host, port: upstream.port }
    : null;
