import * as z from 'zod';
import { allow } from './allow.ts';
import {
  authorizeParams,
  checkCommon,
  checkGroupsClaim,
  client,
  groupsClaim,
  head,
  rights,
  SCOPE,
  settleCommon,
  times,
  user,
  userInfo,
} from './keys.ts';
import { issuer, openidScope } from './values.ts';

/** Any provider of OpenID Connect, set up by discovery. */
export const oidc = z
  .strictObject({
    ...head('oidc'),
    issuer: issuer.meta({
      description: 'The provider, as it calls itself: what `/.well-known/openid-configuration` stands behind.',
      examples: ['https://login.example.com'],
    }),
    ...client,
    scope: openidScope.prefault('openid email profile').meta({ description: SCOPE }),
    authorize_params: authorizeParams,
    user_info: userInfo,
    ...user,
    groups_claim: groupsClaim,
    ...rights,
    allow,
    ...times,
  })
  .check(checkCommon, checkGroupsClaim);

export const settleOidc = (one: z.output<typeof oidc>) => ({
  ...settleCommon(one),
  type: one.type,
  issuer: one.issuer,
  scope: one.scope,
  asksUserInfo: one.user_info,
  groupsClaim: one.groups_claim ?? null,
});
