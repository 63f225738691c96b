import * as z from 'zod';
import { allow } from './allow.ts';
import { checkCommon, checkGroupsClaim, groupsClaim, head, rest, SCOPE, settleCommon } from './keys.ts';
import { claim, endpoint, issuer, plainScope } from './values.ts';

const addresses = {
  authorize_url: endpoint.meta({
    description: 'Where people are sent to sign in.',
    examples: ['https://login.example.com/authorize'],
  }),
  token_url: endpoint.meta({
    description: 'Where a code becomes an access token.',
    examples: ['https://login.example.com/token'],
  }),
  user_url: endpoint.optional().meta({
    description: 'What says who is behind an access token, as JSON.',
    derived: 'needed, unless there is `jwks_url`',
    examples: ['https://login.example.com/userinfo'],
    needed: true,
  }),
  logout_url: endpoint.optional().meta({
    description: 'Where people are sent so that they are signed out there too.',
    examples: ['https://login.example.com/logout'],
  }),
  revoke_url: endpoint.optional().meta({
    description: 'Where tokens are made worthless at the end of a session (RFC 7009).',
    examples: ['https://login.example.com/revoke'],
  }),
  issuer: issuer.optional().meta({
    description:
      'What the provider calls itself, where it says so: as `iss` on the way back, and in ID tokens. Needed with `jwks_url`.',
    derived: 'origin of `token_url`',
    examples: ['https://login.example.com'],
  }),
  jwks_url: endpoint.optional().meta({
    description:
      'The keys by which ID tokens are verified. Without it, no ID token is looked at, and who somebody is comes from `user_url` alone.',
    instead: true,
    examples: ['https://login.example.com/jwks'],
  }),
  subject_claim: claim.prefault('sub').meta({
    title: 'claim',
    description: 'What never changes about a person and is never given to another: a number or a text, as `id`.',
  }),
  trust_email: z.boolean().prefault(false).meta({
    title: 'true or false',
    description:
      'Whether an e-mail address counts also without `email_verified: true`. Only for a provider where nobody can write an address of their choice.',
  }),
};

const scope = plainScope.prefault('openid email profile').meta({ description: SCOPE });

export const oauth2 = z
  .strictObject({ ...head('oauth2'), ...addresses, scope, groups_claim: groupsClaim, ...rest, allow })
  .check(checkCommon, checkGroupsClaim, checkAddresses);

/** As Panel has it: `oauth2` with its names. */
export const generic = z
  .strictObject({ ...head('generic'), ...addresses, scope, groups_claim: groupsClaim, ...rest, allow })
  .check(checkCommon, checkGroupsClaim, checkAddresses);

const { client_secret, client_secret_file, ...withoutSecret } = rest;

/** As Panel has it: the same for a public client, which has no secret. */
export const authCode = z
  .strictObject({
    ...{ ...head('auth_code'), ...addresses, scope, groups_claim: groupsClaim },
    ...{ ...withoutSecret, allow },
  })
  .check(checkCommon, checkGroupsClaim, checkAddresses);

type Read = z.output<typeof oauth2> | z.output<typeof generic> | z.output<typeof authCode>;

function checkAddresses({ value, issues }: z.core.ParsePayload<Read>): void {
  const refuse = (message: string, path: string): void => {
    issues.push({ code: 'custom', message, path: [path], input: null });
  };
  if (value.user_url === undefined && value.jwks_url === undefined)
    refuse('is missing; add it, or issuer and jwks_url where the provider gives ID tokens', 'user_url');
  if (value.jwks_url !== undefined && value.issuer === undefined)
    refuse('is given without issuer; write what the provider calls itself in ID tokens', 'jwks_url');
  if (value.jwks_url !== undefined && !value.scope.split(' ').includes('openid'))
    refuse('needs openid among them for ID tokens; add it', 'scope');
}

/** Ids that say nothing to whoever is to press the button. */
const NAMELESS: ReadonlySet<string> = new Set(['generic', 'auth-code', 'oauth2']);

const settle = (one: Read) => ({
  ...settleCommon(NAMELESS.has(one.id) ? { ...one, name: one.name ?? new URL(one.authorize_url).host } : one),
  issuer: one.issuer ?? new URL(one.token_url).origin,
  authorizeUrl: one.authorize_url,
  tokenUrl: one.token_url,
  userUrl: one.user_url ?? null,
  logoutUrl: one.logout_url ?? null,
  revokeUrl: one.revoke_url ?? null,
  jwksUrl: one.jwks_url ?? null,
  subjectClaim: one.subject_claim,
  trustsEmail: one.trust_email,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: one.groups_claim ?? null,
});

export const settleOauth2 = (one: z.output<typeof oauth2>) => ({ ...settle(one), type: one.type });
export const settleGeneric = (one: z.output<typeof generic>) => ({ ...settle(one), type: one.type });
export const settleAuthCode = (one: z.output<typeof authCode>) => ({ ...settle(one), type: one.type });
