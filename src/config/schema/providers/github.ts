import * as z from 'zod';
import { allow } from './allow.ts';
import { checkCommon, head, rest, SCOPE, settleCommon, WHERE } from './keys.ts';
import { base, plainScope } from './values.ts';

export const github = z
  .strictObject({
    ...head('github'),
    url: base.prefault('https://github.com').meta({
      title: 'URL',
      description: WHERE,
      examples: ['https://github.example.com'],
    }),
    scope: plainScope.prefault('read:user user:email read:org').meta({ description: SCOPE }),
    ...rest,
    allow,
  })
  .check(checkCommon);

/** Where its API is: of its own at GitHub, below it on an Enterprise Server. */
const apiOf = (url: string): string => {
  const { hostname, origin } = new URL(url);
  const isHosted = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  return isHosted ? origin.replace('://', '://api.') : `${url}/api/v3`;
};

export const settleGithub = (one: z.output<typeof github>) => ({
  ...settleCommon(one),
  type: one.type,
  url: one.url,
  api: apiOf(one.url),
  issuer: `${one.url}/login/oauth`,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: 'groups',
});
