import * as z from 'zod';
import { allow } from './allow.ts';
import { checkCommon, groupsClaim, head, rest, SCOPE, settleCommon, WHERE } from './keys.ts';
import { base, openidScope } from './values.ts';

export const gitlab = z
  .strictObject({
    ...head('gitlab'),
    url: base.prefault('https://gitlab.com').meta({
      title: 'URL',
      description: WHERE,
      examples: ['https://gitlab.example.com'],
    }),
    scope: openidScope.prefault('openid email profile').meta({ description: SCOPE }),
    groups_claim: groupsClaim.prefault('groups'),
    ...rest,
    allow,
  })
  .check(checkCommon);

export const settleGitlab = (one: z.output<typeof gitlab>) => ({
  ...settleCommon(one),
  type: one.type,
  issuer: one.url,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: one.groups_claim ?? null,
});
