import * as z from 'zod';
import { Refused, text } from '../values.ts';
import { allow } from './allow.ts';
import { checkCommon, groupsClaim, head, rest, SCOPE, settleCommon, WHERE } from './keys.ts';
import { base, openidScope } from './values.ts';

const server = text('name', (given) =>
  /^[A-Za-z0-9_-]{0,100}$/.test(given)
    ? given
    : new Refused('is not the name of an authorization server; write it as in its address, as default'),
);

export const okta = z
  .strictObject({
    ...head('okta'),
    url: base.meta({
      title: 'URL',
      description: WHERE,
      examples: ['https://acme.okta.com'],
    }),
    server: server.prefault('default').meta({
      title: 'name',
      description: 'The authorization server there; empty: that of the organisation itself.',
    }),
    scope: openidScope.prefault('openid email profile').meta({ description: SCOPE }),
    groups_claim: groupsClaim.prefault('groups'),
    ...rest,
    allow,
  })
  .check(checkCommon);

export const settleOkta = (one: z.output<typeof okta>) => ({
  ...settleCommon(one),
  type: one.type,
  issuer: one.server === '' ? one.url : `${one.url}/oauth2/${one.server}`,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: one.groups_claim ?? null,
});
