import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { at, textAt } from '../../lib/at.ts';
import { markOf } from '../../lib/provider-mark.ts';
import { type Claims, MARKS, type MarkedClaims } from '../claims.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';
import type { Api } from '../oauth/api.ts';
import type { Provider } from '../provider.ts';

type AzureConfig = Extract<ProviderConfig, { readonly type: 'azure' | 'azurev2' }>;

const GRAPH = 'https://graph.microsoft.com';
/** Whatever the token says of where the groups are: the access token goes nowhere else. */
const GROUPS = `${GRAPH}/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999`;

/** Entra ID, of one tenant or of several: the issuer of an ID token is that of the tenant that it names. */
export const open = (config: AzureConfig, parts: ProviderParts): Provider =>
  createCodeFlow({
    ...parts,
    config,
    flavour: {
      server: { discoveredAt: config.issuer },
      hasIdToken: true,
      // Version 1 gives access tokens for what is named so, by default for an API that is no more.
      ...(config.type === 'azure' && { authorizeParams: { resource: GRAPH } }),
      claims: (said, api) => claimsOf(config, said, api),
    },
  });

async function claimsOf(config: AzureConfig, said: Claims, api: Api): Promise<MarkedClaims> {
  const [tenant, person] = [textAt(said, 'tid'), textAt(said, 'oid')];
  const isBeyond = config.groupsClaim === 'groups' && hasTooManyGroups(said);
  return {
    ...said,
    // One for all apps of a tenant, unlike its `sub`; and what an operator finds in the portal.
    sub: tenant !== null && person !== null ? `${tenant}/${person}` : undefined,
    email_verified: said.email_verified === true || isOwned(said.xms_edov),
    ...(isBeyond && { groups: await groupsOf(config, api) }),
    [MARKS]: tenant === null ? [] : [markOf('tenant', tenant)],
  };
}

/** The tenant has shown that the domain of the address is its own; otherwise people may write what they like. */
const isOwned = (claim: unknown): boolean => claim === true || claim === 1 || claim === '1' || claim === 'true';

const hasTooManyGroups = (said: Claims): boolean =>
  at(said, '_claim_names', 'groups') !== undefined || said.hasgroups === true || said.hasgroups === 'true';

async function groupsOf({ id }: AzureConfig, api: Api): Promise<unknown[]> {
  const groups = await api.list(GROUPS, {
    itemsOf: ({ value }) => at(value, 'value'),
    nextOf: ({ value }) => textAt(value, '@odata.nextLink'),
  });
  if (groups === null)
    throw new ProviderUnavailable(
      `${id}: somebody is in more groups than an ID token holds, and they may not be read; let the app ask for User.Read`,
    );
  return groups.map((group) => textAt(group, 'id'));
}
