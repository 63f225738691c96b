import type { AppConfig } from '../config/schema/config.ts';
import type { Identity } from '../identity/identity.ts';
import { ALL } from '../lib/grant.ts';
import { type PathMatcher, readingsOf } from '../lib/path-pattern.ts';
import type { Target } from '../lib/target.ts';
import { decide, type Need } from './decide.ts';
import type { Resource } from './resource.ts';

export type CredentialKind = 'cookie' | 'basic';

/** A dashboard and where it is public, with its rules compiled. */
export interface App {
  readonly name: string;
  /** What people read. */
  readonly title: string;
  /** As a browser writes it: `https://dash.example.com`, without a default port. */
  readonly origin: string;
  /** Lower-cased host, with the port unless it is the default one. */
  readonly host: string;
  /** Begins and ends with `/`. */
  readonly prefix: string;
  readonly kind: 'web' | 'dash' | 'tabpy';
  /** Needed to enter at all; `null`: any signed-in identity. */
  readonly resource: Resource | null;
  readonly rules: readonly { readonly resource: Resource; readonly matches: PathMatcher }[];
  readonly isPublic: PathMatcher;
  /** The first plain path of each rule, relative to the prefix: what a person can be shown the way to. */
  readonly places: readonly string[];
  /** In the order in which they are looked for. */
  readonly credentials: readonly CredentialKind[];
  /** Origins beside its own from which unsafe requests and upgrades are taken. */
  readonly allowedOrigins: readonly string[];
  readonly tellsIdentity: boolean;
  /** What the kind of dashboard leaves open by itself, by method and path from the app's own root. */
  readonly isOpen: (method: string, ownPath: string) => boolean;
  /** What its pages ask for by themselves, likewise. */
  readonly isPoll: (method: string, ownPath: string) => boolean;
  /** In `WWW-Authenticate`; `null`: as the kind has it. */
  readonly realm: string | null;
  /** Of a Dash app that shows each identity its own sections only; else `null`. */
  readonly sections: AppConfig['sections'];
  /** What becomes of `Authorization` on the way to the dashboard. */
  readonly upstreamAuth: 'none' | 'own' | 'fixed';
}

/**
 * The app that a target leads to: same host, longest prefix, whole segments only. An upstream may take `/WIKI/` for `/wiki/`,
 * so what could be meant for an app by its prefix is no other's, and its own in the exact spelling only.
 */
export function findApp(apps: readonly App[], { host, decodedPath }: Pick<Target, 'host' | 'decodedPath'>): App | null {
  const readings = readingsOf(decodedPath);
  let found: App | null = null;
  for (const app of apps) {
    const prefix = app.prefix.toLowerCase();
    if (app.host !== host || !readings.some((reading) => leadsInto(prefix, reading))) continue;
    if (!found || app.prefix.length > found.prefix.length) found = app;
  }
  return found && leadsInto(found.prefix, decodedPath) ? found : null;
}

const leadsInto = (prefix: string, path: string): boolean => path.startsWith(prefix) || `${path}/` === prefix;

/** Whether an identity may see all of an app, whatever its sections are. */
export const holdsAll = ({ name }: Pick<App, 'name'>, { allowedResources }: Identity): boolean =>
  allowedResources.some((grant) => grant === ALL || grant === `${name}/${ALL}`);

/** A path as the app's own rules see it: from its root, whatever its prefix. */
export const ownPath = ({ prefix }: App, decodedPath: string): string =>
  decodedPath.length < prefix.length ? '/' : decodedPath.slice(prefix.length - 1);

/** What a path of an app asks for. Every rule that matches must be met; a path that a rule guards is never public. */
export function needOf(app: App, decodedPath: string, method = 'GET'): Need {
  const own = ownPath(app, decodedPath);
  const guarded = app.rules.filter((rule) => rule.matches(own)).map((rule) => rule.resource);
  if (guarded.length === 0 && (app.isPublic(own) || app.isOpen(method, own))) return 'public';
  const needed = app.resource ? [app.resource, ...guarded] : guarded;
  return needed.length > 0 ? [...new Map(needed.map((resource) => [resource.name, resource])).values()] : 'signed-in';
}

/** Whether a path is open by the kind alone: no word of the configuration opens it, so what is there needs no key. */
export function isLeftOpen(app: App, decodedPath: string, method: string): boolean {
  const own = ownPath(app, decodedPath);
  return app.isOpen(method, own) && !app.isPublic(own) && !app.rules.some((rule) => rule.matches(own));
}

/** What who is no user has to be granted to enter an app that asks of users only to be signed in: the app's own name. */
export const entryOf = ({ name }: App): Resource => ({ app: name, name });

/** Pages that somebody with these grants may open, as links: each app that may be entered, and the places in it. */
export function openPlaces(apps: readonly App[], identity: Identity): { name: string; href: string }[] {
  const may = (app: App, own: string): boolean =>
    decide(needOf(app, app.prefix + own.slice(1)), { kind: 'identified', identity }, entryOf(app)).kind === 'allow';
  return apps.flatMap((app) =>
    ['/', ...app.places]
      .filter((own) => may(app, own))
      .map((own) => ({
        name: own === '/' ? app.title : `${app.title} · ${own.slice(1)}`,
        href: app.origin + app.prefix + own.slice(1),
      })),
  );
}
