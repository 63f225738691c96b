import type { ProviderConfig } from '../config/schema/config.ts';
import { createTrustingFetch } from '../lib/trusting-fetch.ts';
import type { Kind, ProviderParts } from './kind.ts';
import type { Provider } from './provider.ts';

type Kinds = {
  readonly [T in ProviderConfig['type']]: () => Promise<Kind<Extract<ProviderConfig, { readonly type: T }>>>;
};

const kinds: Kinds = {
  oidc: () => import('./kinds/oidc.ts'),
  azure: () => import('./kinds/azure.ts'),
  azurev2: () => import('./kinds/azure.ts'),
  github: () => import('./kinds/github.ts'),
  gitlab: () => import('./kinds/oidc.ts'),
  bitbucket: () => import('./kinds/bitbucket.ts'),
  google: () => import('./kinds/google.ts'),
  okta: () => import('./kinds/oidc.ts'),
  auth0: () => import('./kinds/oidc.ts'),
  keycloak: () => import('./kinds/keycloak.ts'),
  oauth2: () => import('./kinds/oauth2.ts'),
  generic: () => import('./kinds/oauth2.ts'),
  auth_code: () => import('./kinds/oauth2.ts'),
  plugin: () => import('./kinds/plugin.ts'),
};

/** @throws ConfigInvalid where a file that the configuration names cannot be used */
export async function openProvider(config: ProviderConfig, parts: ProviderParts): Promise<Provider> {
  const kind: Kind = await kinds[config.type]();
  const { caFile } = config;
  if (caFile === null || parts.fetch) return kind.open(config, parts);
  return kind.open(config, { ...parts, fetch: await createTrustingFetch(caFile) });
}
