import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { at, textAt } from '../../lib/at.ts';
import type { Claims } from '../claims.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { ProviderParts } from '../kind.ts';
import type { Api, Paging } from '../oauth/api.ts';
import type { Provider } from '../provider.ts';

type BitbucketConfig = Extract<ProviderConfig, { readonly type: 'bitbucket' }>;

const API = 'https://api.bitbucket.org/2.0';

/** Bitbucket Cloud: plain OAuth 2.0. Its access tokens last two hours, and come with refresh tokens. */
export const open = (config: BitbucketConfig, parts: ProviderParts): Provider =>
  createCodeFlow({
    ...parts,
    config,
    flavour: {
      server: {
        known: {
          issuer: config.issuer,
          authorization_endpoint: 'https://bitbucket.org/site/oauth2/authorize',
          token_endpoint: 'https://bitbucket.org/site/oauth2/access_token',
        },
      },
      hasIdToken: false,
      claims: (_said, api) => claimsOf(config, api),
    },
  });

const PAGING: Paging = {
  itemsOf: ({ value }) => at(value, 'values'),
  nextOf: ({ value }) => textAt(value, 'next'),
};

async function claimsOf({ id }: BitbucketConfig, api: Api): Promise<Claims> {
  const user = await api.ask(`${API}/user`);
  if (user === null) throw new ProviderUnavailable(`${id}: does not say who somebody is; let it ask for account`);
  const [emails, workspaces] = await Promise.all(
    ['emails', 'workspaces'].map((list) => api.list(`${API}/user/${list}?pagelen=100`, PAGING)),
  );
  const primary = (emails ?? []).find((one) => at(one, 'is_primary') === true && at(one, 'is_confirmed') === true);
  const email = textAt(primary, 'email');
  return {
    // In braces there.
    sub: textAt(user.value, 'uuid')?.replace(/^\{(.*)\}$/, '$1'),
    name: textAt(user.value, 'display_name'),
    username: textAt(user.value, 'username'),
    preferred_username: textAt(user.value, 'username'),
    ...(email !== null && { email, email_verified: true }),
    groups: (workspaces ?? []).map((one) => textAt(one, 'workspace', 'slug') ?? textAt(one, 'slug')),
  };
}
