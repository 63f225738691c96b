import type { ProviderConfig } from '../../config/schema/config.ts';
import type { ProviderParts } from '../kind.ts';
import { createOidcProvider } from '../oidc.ts';
import type { Provider } from '../provider.ts';

/** Any provider of OpenID Connect. */
export const open = (config: ProviderConfig, parts: ProviderParts): Provider =>
  createOidcProvider({ config, ...parts });
