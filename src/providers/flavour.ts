import type { ServerMetadata } from 'openid-client';
import type { Claims, MarkedClaims } from './claims.ts';
import type { Api } from './oauth/api.ts';
import type { BoundedFetch } from './oauth/token-answer.ts';

/** What is peculiar to one type of provider; everything else is the same for all (code-flow.ts). */
export interface Flavour {
  /** Where it describes itself (OpenID Connect Discovery 1.0 §4), or what is known of it without being asked. */
  readonly server: { readonly discoveredAt: string } | { readonly known: ServerMetadata };
  /** Whether an ID token proves who somebody is. Without one, what it answers to their access token does. */
  readonly hasIdToken: boolean;
  /** Whether access tokens are good until they are revoked, so that it can be asked again without a refresh token. */
  readonly isLasting?: boolean;
  /** What stands in its authorization requests beside what stands in all. */
  readonly authorizeParams?: Readonly<Record<string, string>>;
  /**
   * All that it says of somebody, `sub` among it, from the claims of the ID token and of the user info (or none, where there is no ID
   * token) and by further questions. What is not as it should be is left out of the claims rather than guessed.
   * @throws ProviderUnavailable where it could not be found out
   */
  readonly claims?: (said: Claims, api: Api) => MarkedClaims | Promise<MarkedClaims>;
  /** Puts right what its token endpoint says otherwise than RFC 6749 has it. */
  readonly tokenAnswer?: (said: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Makes an access token worthless, where that is done otherwise than by RFC 7009. @throws ProviderUnavailable */
  readonly revoke?: (accessToken: string, fetch: BoundedFetch, secret: (() => string) | null) => Promise<void>;
}
