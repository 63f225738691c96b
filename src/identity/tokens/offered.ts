import type { Config } from '../../config/schema/config.ts';
import type { Owners } from './owners.ts';
import type { PersonalTokens } from './personal-tokens.ts';

/** What of personal tokens their page needs. */
export interface OfferedTokens {
  readonly tokens: PersonalTokens;
  readonly owners: Owners;
  readonly limits: Config['personalTokens'];
}
