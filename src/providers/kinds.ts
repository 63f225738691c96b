import type { ProviderConfig } from '../config/schema/config.ts';
import type { Kind, ProviderParts } from './kind.ts';
import type { Provider } from './provider.ts';

type Kinds = {
  readonly [T in ProviderConfig['type']]: () => Promise<Kind<Extract<ProviderConfig, { readonly type: T }>>>;
};

const kinds: Kinds = {
  oidc: () => import('./kinds/oidc.ts'),
};

/** @throws ConfigInvalid where a file that the configuration names cannot be used */
export async function openProvider(config: ProviderConfig, parts: ProviderParts): Promise<Provider> {
  const kind: Kind = await kinds[config.type]();
  return kind.open(config, parts);
}
