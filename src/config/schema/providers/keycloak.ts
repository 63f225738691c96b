import * as z from 'zod';
import { Refused, text } from '../values.ts';
import { allow } from './allow.ts';
import { checkCommon, groupsClaim, head, rest, SCOPE, settleCommon, WHERE } from './keys.ts';
import { base, openidScope } from './values.ts';

const realm = text('name', (given) =>
  /^[^\s/?#%\p{Cc}]{1,100}$/u.test(given) ? given : new Refused('is not a realm; write its name, as acme'),
);

export const keycloak = z
  .strictObject({
    ...head('keycloak'),
    url: base.meta({
      title: 'URL',
      description: WHERE,
      examples: ['https://login.example.com'],
    }),
    realm: realm.meta({ title: 'name', description: 'The realm.', examples: ['acme'] }),
    scope: openidScope.prefault('openid email profile').meta({ description: SCOPE }),
    groups_claim: groupsClaim.prefault('groups'),
    ...rest,
    allow,
  })
  .check(checkCommon);

export const settleKeycloak = (one: z.output<typeof keycloak>) => ({
  ...settleCommon(one),
  type: one.type,
  issuer: `${one.url}/realms/${encodeURIComponent(one.realm)}`,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: one.groups_claim ?? null,
});
