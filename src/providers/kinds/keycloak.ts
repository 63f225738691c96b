import type { ProviderConfig } from '../../config/schema/config.ts';
import { claimAt } from '../claims.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';
import type { Provider } from '../provider.ts';

type KeycloakConfig = Extract<ProviderConfig, { readonly type: 'keycloak' }>;

/** Keycloak, whose mapper writes groups as paths from a root: `/staff/eu` is `staff/eu` here. */
export function open(config: KeycloakConfig, parts: ProviderParts): Provider {
  const { groupsClaim } = config;
  return createCodeFlow({
    ...parts,
    config,
    flavour: {
      server: { discoveredAt: config.issuer },
      hasIdToken: true,
      claims(said) {
        const groups = groupsClaim === null ? null : claimAt(said, groupsClaim);
        if (groupsClaim === null || !Array.isArray(groups)) return said;
        const plain = groups.map((group: unknown) => (typeof group === 'string' ? group.replace(/^\//, '') : group));
        return { ...said, [groupsClaim]: plain };
      },
    },
  });
}
