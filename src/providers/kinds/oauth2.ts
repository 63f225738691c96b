import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { type Claims, claimAt } from '../claims.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';
import type { Api } from '../oauth/api.ts';
import { joined } from '../oauth/joined.ts';
import { plainSubject } from '../oauth/plain-subject.ts';
import type { Provider } from '../provider.ts';

type OauthConfig = Extract<ProviderConfig, { readonly type: 'oauth2' | 'generic' | 'auth_code' }>;

/**
 * Any provider by the addresses of the configuration. Who somebody is comes from the user info, which is asked with their access
 * token; an ID token counts where the configuration says by which keys it is verified.
 */
export function open(config: OauthConfig, parts: ProviderParts): Provider {
  const { authorizeUrl, issuer, jwksUrl, logoutUrl, revokeUrl, tokenUrl } = config;
  return createCodeFlow({
    ...parts,
    config,
    flavour: {
      server: {
        known: {
          issuer,
          authorization_endpoint: authorizeUrl,
          token_endpoint: tokenUrl,
          // In the body, which all of them take that Panel does.
          token_endpoint_auth_methods_supported: ['client_secret_post'],
          ...(jwksUrl !== null && { jwks_uri: jwksUrl }),
          ...(logoutUrl !== null && { end_session_endpoint: logoutUrl }),
          ...(revokeUrl !== null && { revocation_endpoint: revokeUrl }),
        },
      },
      hasIdToken: jwksUrl !== null,
      claims: (said, api) => claimsOf(config, said, api),
    },
  });
}

async function claimsOf(
  { id, subjectClaim, trustsEmail, userUrl }: OauthConfig,
  said: Claims,
  api: Api,
): Promise<Claims> {
  const answer = userUrl === null ? null : await api.ask(userUrl);
  const info = answer?.value;
  if (userUrl !== null && (typeof info !== 'object' || info === null || Array.isArray(info)))
    throw new ProviderUnavailable(`${id}: its user_url does not say who somebody is`);
  const told: Claims = Object.fromEntries(Object.entries(info ?? {}));
  // Two answers about two people are about nobody.
  const isOther = said.sub !== undefined && told.sub !== undefined && told.sub !== said.sub;
  const all: Claims = { sub: told.sub, ...joined(said, told) };
  return {
    ...all,
    sub: isOther ? undefined : plainSubject(claimAt(all, subjectClaim)),
    ...(trustsEmail && all.email_verified === undefined && { email_verified: true }),
  };
}
