import type { Config } from '../config/schema/config.ts';
import type { ConnectedApps } from '../identity/connected/connected-apps.ts';
import type { IdentityOf } from '../identity/identities.ts';
import { createAudit } from '../telemetry/audit.ts';
import type { GateParts } from './parts.ts';

/**
 * The applications that vouch for their users, by one version of the configuration.
 * @throws ConfigInvalid where a secret cannot be used
 */
export async function openConnected(config: Config, parts: GateParts, identityOf: IdentityOf): Promise<ConnectedApps> {
  const { directory, once, clock, log, metrics } = parts;
  const open = async (): Promise<ConnectedApps> => {
    const { openConnectedApps } = await import('../identity/connected/open.ts');
    const audit = createAudit(log);
    return openConnectedApps({ apps: config.connectedApps, directory, identityOf, once, clock, log, audit, metrics });
  };
  if (config.connectedApps.length > 0) return await open();
  // Loaded with the first token, to refuse it: most installations have none.
  return {
    read: async (...token) => (await open()).read(...token),
    identify: async () => null,
    find: () => null,
    close() {},
  };
}
