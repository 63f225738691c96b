import * as z from 'zod';
import { allow } from './allow.ts';
import { checkCommon, head, rest, SCOPE, settleCommon } from './keys.ts';
import { plainScope } from './values.ts';

export const bitbucket = z
  .strictObject({
    ...head('bitbucket'),
    scope: plainScope.prefault('account email').meta({ description: SCOPE }),
    ...rest,
    allow,
  })
  .check(checkCommon);

export const settleBitbucket = (one: z.output<typeof bitbucket>) => ({
  ...settleCommon(one),
  type: one.type,
  issuer: 'https://bitbucket.org',
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: 'groups',
});
