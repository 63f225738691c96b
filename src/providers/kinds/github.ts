import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { at, textAt } from '../../lib/at.ts';
import type { Claims } from '../claims.ts';
import { createCodeFlow } from '../code-flow.ts';
import type { Flavour } from '../flavour.ts';
import type { ProviderParts } from '../kind.ts';
import type { Api, Paging } from '../oauth/api.ts';
import { plainSubject } from '../oauth/plain-subject.ts';
import type { Provider } from '../provider.ts';

type GithubConfig = Extract<ProviderConfig, { readonly type: 'github' }>;

/**
 * GitHub, or a GitHub Enterprise Server: plain OAuth 2.0 without ID tokens. Access tokens of an OAuth app are good until they are
 * revoked, and there are no refresh tokens; those of a GitHub App may run out, and have them.
 */
export const open = (config: GithubConfig, parts: ProviderParts): Provider =>
  createCodeFlow({
    ...parts,
    config,
    flavour: {
      server: {
        known: {
          issuer: config.issuer,
          authorization_endpoint: `${config.url}/login/oauth/authorize`,
          token_endpoint: `${config.url}/login/oauth/access_token`,
          token_endpoint_auth_methods_supported: ['client_secret_post'],
        },
      },
      hasIdToken: false,
      isLasting: true,
      tokenAnswer: (said) => (typeof said.error === 'string' ? { ...said, error: wordOf(said.error) } : said),
      claims: (_said, api) => claimsOf(config, api),
      revoke: revoking(config),
    },
  });

/** Its errors, as RFC 6749 §5.2 has them. */
const wordOf = (error: string): string =>
  error === 'bad_verification_code' || error === 'bad_refresh_token' ? 'invalid_grant' : error;

/** Lists go on behind a `Link` header. */
const PAGING: Paging = {
  itemsOf: ({ value }) => value,
  nextOf: ({ headers }) => /<([^>]*)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1] ?? null,
};

async function claimsOf({ api: root, id }: GithubConfig, api: Api): Promise<Claims> {
  const user = await api.ask(`${root}/user`);
  if (user === null) throw new ProviderUnavailable(`${id}: does not say who somebody is`);
  const [emails, organisations, teams] = await Promise.all(
    ['emails', 'orgs', 'teams'].map((list) => api.list(`${root}/user/${list}?per_page=100`, PAGING)),
  );
  const primary = (emails ?? []).find((one) => at(one, 'primary') === true && at(one, 'verified') === true);
  const email = textAt(primary, 'email');
  return {
    login: textAt(user.value, 'login'),
    sub: plainSubject(at(user.value, 'id')),
    name: textAt(user.value, 'name') ?? textAt(user.value, 'login'),
    preferred_username: textAt(user.value, 'login'),
    ...(email !== null && { email, email_verified: true }),
    groups: [...(organisations ?? []).map(organisationOf), ...(teams ?? []).map(teamOf)],
  };
}

/** Names there are the same in any case. */
const organisationOf = (one: unknown): string | undefined => textAt(one, 'login')?.toLowerCase();

function teamOf(one: unknown): string | undefined {
  const [organisation, team] = [textAt(one, 'organization', 'login'), textAt(one, 'slug')];
  return organisation !== null && team !== null ? `${organisation}/${team}`.toLowerCase() : undefined;
}

/** By its own address in place of RFC 7009 (docs.github.com, "Delete an app token"): 204, or 404 and 422 where it is gone already. */
const revoking =
  ({ api, clientId, id }: GithubConfig): NonNullable<Flavour['revoke']> =>
  async (accessToken, fetch, secret) => {
    if (secret === null) return;
    const credentials = Buffer.from(`${clientId}:${secret()}`).toString('base64');
    const answer = await fetch(`${api}/applications/${encodeURIComponent(clientId)}/token`, {
      method: 'DELETE',
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Basic ${credentials}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ access_token: accessToken }),
    });
    if (![204, 404, 422].includes(answer.status))
      throw new ProviderUnavailable(`${id}: revoking an access token was answered ${answer.status}`);
  };
