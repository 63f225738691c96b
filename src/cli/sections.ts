import { type App, atHost } from '../access/app.ts';
import { compileApp } from '../access/compile-app.ts';
import { openIdentityAdapters } from '../apps/identity-adapters.ts';
import { kindOf } from '../apps/kinds.ts';
import { openUpstreamAuth } from '../apps/upstream-auth.ts';
import type { AppConfig, Config } from '../config/schema/config.ts';
import { ourselves } from '../dash/guard.ts';
import { type Inspected, inspect } from '../dash/inspect.ts';
import { sectionRules } from '../dash/section-rules.ts';
import type { SectionRules } from '../dash/view.ts';
import type { Directory } from '../directories/directory.ts';
import { UsageError } from '../errors.ts';
import { systemClock } from '../lib/clock.ts';
import { createOwnPaths } from '../lib/own-paths.ts';
import { createProxy, type ReverseProxy } from '../proxy/proxy.ts';
import { isOurCookie } from '../session/handoff-cookie.ts';
import type { Log } from '../telemetry/log.ts';
import { assertsOf } from './asserting.ts';

/** @throws UsageError */
export function findAppConfig({ apps }: Pick<Config, 'apps'>, name: unknown): AppConfig {
  const app = apps.find((each) => each.name === name);
  if (app) return app;
  const names = apps.map((each) => each.name).join(', ');
  throw new UsageError(`--app: there is no app ${JSON.stringify(name)} in the configuration; it has ${names}`);
}

/** The rules of an app, by what the configuration and the directories grant now. */
export const rulesOf = (config: Config, app: AppConfig, directory: Pick<Directory, 'granted'>): SectionRules =>
  sectionRules(compileApp(app, createOwnPaths(config.server.prefix), kindOf(app)), grantedNow(config, directory));

/** All that anybody has been granted. */
export function grantedNow({ grants }: Pick<Config, 'grants'>, directory: Pick<Directory, 'granted'>): string[] {
  const { users, groups, modes } = grants;
  const lists = [...Object.values(users), ...Object.values(groups), ...Object.values(modes)];
  return [...lists.flatMap((list) => list ?? []), ...(directory.granted() ?? [])];
}

/**
 * Asks the running app for what it has.
 * @throws UpstreamUnreachable, UpstreamUnusable
 */
export async function inspectApp(config: Config, settings: AppConfig): Promise<Inspected> {
  await using asking = await openAsking(config, settings);
  const { app, proxy } = asking;
  const mostBytes = settings.sections?.mostBytes ?? 32 * 1024 * 1024;
  const target = (path: string) => ({ host: app.host, path, decodedPath: path, query: '' });
  return await inspect(app, (path) => proxy.fetch(app, target(path), ourselves(app), mostBytes));
}

/** What asks a running app, as dashgate itself. */
export interface Asking extends AsyncDisposable {
  readonly app: App;
  readonly proxy: Pick<ReverseProxy, 'fetch'>;
}

/** @throws ConfigInvalid where a file that the app names cannot be used */
export async function openAsking(config: Config, settings: AppConfig): Promise<Asking> {
  await using opening = new AsyncDisposableStack();
  const compiled = compileApp(settings, createOwnPaths(config.server.prefix), kindOf(settings));
  // Of many hosts any will do.
  const app = atHost(compiled, compiled.host.replace('*', 'dashgate'));
  const auth = openUpstreamAuth([settings], SILENT);
  opening.defer(auth.close);
  const identityAdapters = openIdentityAdapters([settings], {
    ...{ clock: systemClock, log: SILENT },
    asserts: assertsOf(config),
  });
  opening.defer(identityAdapters.close);
  const proxy = await createProxy({
    apps: [{ ...settings, app }],
    isOurCookie: isOurCookie(config.session.cookie.name),
    log: SILENT,
    onError: () => {},
    authorizationFor: auth.authorizationFor,
    tell: identityAdapters.tell,
  });
  opening.defer(proxy.close);
  const all = opening.move();
  return { app, proxy, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const nothing = (): void => {};
/** Says nothing. */
export const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, audit: nothing };
