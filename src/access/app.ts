import type { AppConfig } from '../config/schema/config.ts';
import type { CredentialKind } from '../identity/authenticate.ts';
import type { Identity } from '../identity/identity.ts';
import { ALL } from '../lib/grant.ts';
import type { ToldHeader } from '../lib/identity-headers.ts';
import type { OwnPaths } from '../lib/own-paths.ts';
import { type PathMatcher, readingsOf } from '../lib/path-pattern.ts';
import { isPattern, type PublicPlace } from '../lib/public-place.ts';
import type { Target } from '../lib/target.ts';
import type { Condition } from './conditions.ts';
import type { Resource } from './resource.ts';

/** What some paths ask for. */
export interface Rule {
  /** `null`: nothing of who it is, but what the condition says. */
  readonly resource: Resource | null;
  /** `null`: every one. With GET goes HEAD. */
  readonly methods: ReadonlySet<string> | null;
  readonly condition: Condition;
}

/** A dashboard and where it is public, with its rules compiled. */
export interface App extends PublicPlace {
  readonly name: string;
  /** What people read. */
  readonly title: string;
  /** As a browser writes it: `https://dash.example.com`, without a default port. With `*.` it stands for many, until a request says which. */
  readonly origin: string;
  /** Lower-cased host, with the port unless it is the default one; with `*.` likewise. */
  readonly host: string;
  /** Begins and ends with `/`. */
  readonly prefix: string;
  /** Pages of ours at its host, which are no part of it. */
  readonly own: OwnPaths;
  readonly kind: AppConfig['kind'];
  /** Needed to enter at all; `null`: any signed-in identity. */
  readonly resource: Resource | null;
  readonly rules: readonly Rule[];
  /** Those for a path from the app's own root, whichever their methods. */
  readonly rulesAt: (ownPath: string) => readonly Rule[];
  /** What holds for every path. */
  readonly conditions: readonly Condition[];
  readonly isPublic: PathMatcher;
  /** Where nobody has to sign in, and who has is told to the app. */
  readonly isForGuests: PathMatcher;
  /** What whoever may enter may open. */
  readonly isForAll: PathMatcher;
  /** Some of its paths are for some people, and nothing says who may have the rest. */
  readonly isClosed: boolean;
  /** The first plain path of each rule, relative to the prefix: what a person can be shown the way to. */
  readonly places: readonly string[];
  /** In the order in which they are looked for. */
  readonly credentials: readonly CredentialKind[];
  /** Origins beside its own from which unsafe requests and upgrades are taken. */
  readonly allowedOrigins: readonly string[];
  /** Whether it is told who is there, in whatever way. */
  readonly isTold: boolean;
  /** By headers. */
  readonly tellsIdentity: boolean;
  /** Further headers that tell it, under names of other proxies or of its own. */
  readonly identityHeaders: readonly ToldHeader[];
  /** Those of all apps. */
  readonly namedHeaders: readonly string[];
  /** Whether a header is for dashgate to set, in whatever spelling a client brings it. */
  readonly isReservedHeader: (lowerCasedName: string) => boolean;
  /** The cookies that tell it who is there, by name: made by dashgate for each request, and by nobody else. */
  readonly toldCookies: readonly string[];
  /**
   * How its pages say, in a token that their sockets bring, what they were told: `whole` is all of it, and of `partial` some may be
   * missing; `null`: they do not.
   */
  readonly pageTokens: 'whole' | 'partial' | null;
  /** What the kind of dashboard leaves open by itself, by method and path from the app's own root. */
  readonly isOpen: (method: string, ownPath: string) => boolean;
  /** What all of its pages need, likewise: whoever may open one of them may have it. */
  readonly isShared: (method: string, ownPath: string) => boolean;
  /** What its pages ask for by themselves, likewise. */
  readonly isPoll: (method: string, ownPath: string) => boolean;
  /** Where only the body of a request tells whether a person is behind it, likewise. */
  readonly tellsUseByBody: (method: string, ownPath: string) => boolean;
  /** In `WWW-Authenticate`; `null`: as the kind has it. */
  readonly realm: string | null;
  /** Of a Dash app that shows each identity its own sections only; else `null`. */
  readonly sections: AppConfig['sections'];
  /** What becomes of `Authorization` on the way to the dashboard; `told`: it says who is there, and nothing else goes by. */
  readonly upstreamAuth: AppConfig['upstreamAuth'];
  /** Whether it is told by an API token of a Tableau, where its REST API is asked. */
  readonly tellsTableau: boolean;
  /** How its upstream is told for whom the service credential acts; `null`: it is not. */
  readonly delegation: AppConfig['delegation'];
}

/**
 * The app that a target leads to: same host, longest prefix, whole segments only. An upstream may take `/WIKI/` for `/wiki/`,
 * so what could be meant for an app by its prefix is no other's, and its own in the exact spelling only.
 * @returns the app as it is at that host
 */
export function findApp(apps: readonly App[], { host, decodedPath }: Pick<Target, 'host' | 'decodedPath'>): App | null {
  const readings = readingsOf(decodedPath);
  let found: App | null = null;
  for (const app of apps) {
    const prefix = app.prefix.toLowerCase();
    if (app.originAt(host) === null || !readings.some((reading) => leadsInto(prefix, reading))) continue;
    if (!found || app.prefix.length > found.prefix.length) found = app;
  }
  return found && leadsInto(found.prefix, decodedPath) ? atHost(found, host) : null;
}

/** An app of many hosts as that of one of them; what is judged and told by its origin then is by that one. */
export function atHost(app: App, host: string): App {
  const origin = isPattern(app) ? app.originAt(host) : null;
  return origin === null ? app : { ...app, host, origin };
}

const leadsInto = (prefix: string, path: string): boolean => path.startsWith(prefix) || `${path}/` === prefix;

/** Whether an identity may see all of an app, whatever its sections are. */
export const holdsAll = ({ name }: Pick<App, 'name'>, { allowedResources }: Identity): boolean =>
  allowedResources.some((grant) => grant === ALL || grant === `${name}/${ALL}`);

/** A path as the app's own rules see it: from its root, whatever its prefix. */
export const ownPath = ({ prefix }: App, decodedPath: string): string =>
  decodedPath.length < prefix.length ? '/' : decodedPath.slice(prefix.length - 1);

/** What who is no user has to be granted to enter an app that asks of users only to be signed in: the app's own name. */
export const entryOf = ({ name }: App): Resource => ({ app: name, name });
