import { checkAnyone } from './check-anyone.ts';
import { checkApp, checkAppPlaces, warnOfCredentials, warnOfPaths } from './check-apps.ts';
import { checkConnected, warnOfConnected } from './check-connected.ts';
import { warnOfIdentity } from './check-identity.ts';
import { checkModes, warnOfModes } from './check-modes.ts';
import { checkProviders, warnOfProviders } from './check-providers.ts';
import { checkListeners, checkPublicUrl, checkSession, warnOfExposure, warnOfStore } from './check-server.ts';
import { checkTokens, warnOfTokens } from './check-tokens.ts';
import type { Problem } from './explain.ts';
import type { Config } from './schema/config.ts';
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
      ...checkAnyone(config),
      ...checkProviders(config),
      ...checkTokens(config),
      ...config.apps.flatMap((app, i) => [...checkApp(app, i, config)]),
      ...checkConnected(config),
    ],
    warnings: [
      ...warnOfExposure(config),
      ...warnOfIdleGrants(config),
      ...warnOfWideGrants(config),
      ...warnOfModes(config),
      ...warnOfStore(config),
      ...warnOfProviders(config),
      ...warnOfTokens(config),
      ...warnOfConnected(config),
      ...config.apps.flatMap((app, i) => [
        ...warnOfPaths(app, i),
        ...warnOfPathRules(app, i),
        ...warnOfClosed(app, i),
        ...warnOfConditions(app, i, config),
        ...warnOfCredentials(app, i),
        ...warnOfIdentity(app, i, config),
      ]),
    ],
  };
}
