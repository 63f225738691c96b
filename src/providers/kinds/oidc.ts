import type { ProviderConfig } from '../../config/schema/config.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';
import type { Provider } from '../provider.ts';

/** Any provider of OpenID Connect. */
export const open = (config: ProviderConfig, parts: ProviderParts): Provider =>
  createCodeFlow({ ...parts, config, flavour: { server: { discoveredAt: config.issuer }, hasIdToken: true } });
