import { existsSync } from 'node:fs';
import { compileApp } from '../access/compile-app.ts';
import { ASSERTION_PURPOSE, createAssertionKeys } from '../apps/assertion-keys.ts';
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
import { createProxy } from '../proxy/proxy.ts';
import { isOurCookie } from '../session/handoff-cookie.ts';
import { deriveKeys, loadKeyRing } from '../session/key-ring.ts';
import type { Log } from '../telemetry/log.ts';

/** @throws UsageError */
export function findAppConfig({ apps }: Pick<Config, 'apps'>, name: unknown): AppConfig {
  const app = apps.find((each) => each.name === name);
  if (app) return app;
  const names = apps.map((each) => each.name).join(', ');
  throw new UsageError(`--app: there is no app ${JSON.stringify(name)} in the configuration; it has ${names}`);
}

/** The rules of an app, by what the configuration and the directories grant now. */
export function rulesOf(config: Config, app: AppConfig, directory: Pick<Directory, 'granted'>): SectionRules {
  const { users, groups, modes } = config.grants;
  const lists = [...Object.values(users), ...Object.values(groups), ...Object.values(modes)];
  const granted = [...lists.flatMap((list) => list ?? []), ...(directory.granted() ?? [])];
  return sectionRules(compileApp(app, kindOf(app)), granted);
}

/**
 * Asks the running app for what it has.
 * @throws UpstreamUnreachable, UpstreamUnusable
 */
export async function inspectApp(config: Config, settings: AppConfig): Promise<Inspected> {
  const app = compileApp(settings, kindOf(settings));
  const auth = openUpstreamAuth([settings], SILENT);
  const { secretFile } = config.session;
  // Before the first start there is no ring, and an app that wants an assertion answers as it likes.
  const seeds = existsSync(secretFile) ? deriveKeys(loadKeyRing(secretFile), ASSERTION_PURPOSE) : [];
  const identityAdapters = openIdentityAdapters([settings], {
    ...{ clock: systemClock, log: SILENT },
    asserts: { issuer: config.server.publicUrl.origin, keys: createAssertionKeys(() => seeds, systemClock) },
  });
  const proxy = await createProxy({
    apps: [{ ...settings, app }],
    isOurCookie: isOurCookie(config.session.cookie.name),
    log: SILENT,
    onError: () => {},
    authorizationFor: auth.authorizationFor,
    tell: identityAdapters.tell,
  });
  try {
    const mostBytes = settings.sections?.mostBytes ?? 32 * 1024 * 1024;
    const target = (path: string) => ({ host: app.host, path, decodedPath: path, query: '' });
    return await inspect(app, (path) => proxy.fetch(app, target(path), ourselves(app), mostBytes));
  } finally {
    identityAdapters.close();
    auth.close();
    await proxy.close();
  }
}

const nothing = (): void => {};
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, audit: nothing };
