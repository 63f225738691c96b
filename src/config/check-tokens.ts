import type { Problem } from './explain.ts';
import type { Config } from './schema/config.ts';

/** What is wrong with the tokens of machines beside the rest of the configuration. */
export function* checkTokens({ tokenIssuers, providers, directories, server }: Config): Generator<Problem> {
  for (const [i, { id, issuer, userClaim, sharesUserNames }] of tokenIssuers.entries()) {
    const path = (key: string) => ['token_issuers', i, key];
    if (directories.some(({ name }) => name === id))
      yield {
        path: path('id'),
        why: 'is the name of a directory too, so nobody could tell whose users are meant; choose another',
      };
    if (providers.some((provider) => provider.id === id && provider.issuer !== issuer))
      yield {
        path: path('id'),
        why: 'is the id of a provider with another issuer, so one could vouch for users of the other; choose another',
      };
    const same = providers.find((provider) => provider.id === id);
    if (same && 'subjectClaim' in same && same.subjectClaim !== 'sub')
      yield {
        path: path('id'),
        why: `is the id of a provider whose people go by ${same.subjectClaim}, so the sub of a token could be that of somebody else there; choose another`,
      };
    if (issuer.replace(/\/$/, '') === server.publicUrl.origin)
      yield { path: path('issuer'), why: 'is dashgate itself, which takes no token of its own; remove it' };
    const hasOthers =
      directories.length > 0 ||
      providers.some((provider) => provider.id !== id && provider.userClaim !== null) ||
      tokenIssuers.some((other) => other.id !== id && other.userClaim !== null);
    if (userClaim !== null && hasOthers && !sharesUserNames)
      yield {
        path: path('user_claim'),
        why: 'could show dashboards a user name that a user of another source has too; remove it, or write shares_user_names: true where both are the same person',
      };
  }
}

export function* warnOfTokens({ tokenIssuers, providers }: Config): Generator<Problem> {
  for (const [i, { issuer, audience, allowsAll }] of tokenIssuers.entries()) {
    if (providers.some((provider) => provider.issuer === issuer && audience.includes(provider.clientId)))
      yield {
        path: ['token_issuers', i, 'audience'],
        why: 'has the client_id of a provider, so ID tokens, which others get to see, would let them in; have the issuer name another audience',
      };
    if (allowsAll)
      yield {
        path: ['token_issuers', i, 'allow_all'],
        why: 'lets the issuer open everything to anybody; is that meant?',
      };
  }
}
