import * as z from 'zod';
import { markOf } from '../../../lib/provider-mark.ts';
import { listOf } from '../values.ts';
import { ALLOW, domain, lists, refuseEmptyLists } from './allow.ts';
import { checkCommon, head, rest, SCOPE, settleCommon } from './keys.ts';
import { openidScope } from './values.ts';

export const google = z
  .strictObject({
    ...head('google'),
    scope: openidScope.prefault('openid email profile').meta({ description: SCOPE }),
    ...rest,
    allow: z
      .strictObject({
        ...lists,
        hosted_domains: listOf(domain)
          .optional()
          .meta({
            title: 'list',
            description:
              'Nobody whose account is not of one of these Google Workspace domains (the claim `hd`), whatever the other lists say.',
            examples: [['example.com']],
          }),
      })
      .check(refuseEmptyLists)
      .optional()
      .meta({ description: ALLOW }),
  })
  .check(checkCommon);

export const settleGoogle = (one: z.output<typeof google>) => ({
  ...settleCommon(
    one,
    one.allow?.hosted_domains?.map((domain) => markOf('hd', domain)),
  ),
  type: one.type,
  issuer: 'https://accounts.google.com',
  /** Where there is just one, its people are shown to choose from. */
  hostedDomains: one.allow?.hosted_domains ?? [],
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: null,
});
