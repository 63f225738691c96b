import type { ProviderConfig } from '../config/schema/config.ts';
import type { Clock } from '../lib/clock.ts';
import type { Provider } from './provider.ts';

/** What every provider is opened with. */
export interface ProviderParts {
  /** Groups that the configuration knows by name. */
  readonly knownGroups: ReadonlySet<string>;
  readonly clock: Clock;
  readonly warn: (line: string) => void;
  /** How it is reached, in place of the network. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A type of provider: a file in kinds/, which is loaded where the configuration has one of it. */
export interface Kind<C extends ProviderConfig = ProviderConfig> {
  /** @throws ConfigInvalid where a file that the configuration names cannot be used */
  open(config: C, parts: ProviderParts): Provider | Promise<Provider>;
}
