import * as z from 'zod';
import { Refused, text } from '../values.ts';
import { allow } from './allow.ts';
import { checkCommon, checkGroupsClaim, groupsClaim, head, rest, SCOPE, settleCommon } from './keys.ts';
import { openidScope } from './values.ts';

const host = (what: string, pattern: RegExp, example: string) =>
  text(what, (given) => {
    const lower = given.toLowerCase();
    return pattern.test(lower) ? lower : new Refused(`is not a ${what}; write it as ${example}`);
  });

const subdomain = host('subdomain', /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/, 'acme, or acme.eu');
const domain = host('domain', /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, 'login.example.com');

export const auth0 = z
  .strictObject({
    ...head('auth0'),
    subdomain: subdomain
      .optional()
      .meta({ description: 'The tenant, with its region: what stands before `.auth0.com`.', examples: ['acme.eu'] }),
    domain: domain.optional().meta({
      description: 'In place of it, a domain of your own.',
      examples: ['login.example.com'],
      instead: true,
    }),
    scope: openidScope.prefault('openid email profile').meta({ description: SCOPE }),
    groups_claim: groupsClaim,
    ...rest,
    allow,
  })
  .check(checkCommon, checkGroupsClaim, ({ value, issues }) => {
    const refuse = (message: string, path: string): void => {
      issues.push({ code: 'custom', message, path: [path], input: null });
    };
    if (value.subdomain === undefined && value.domain === undefined) refuse('is missing; add it', 'subdomain');
    if (value.subdomain !== undefined && value.domain !== undefined)
      refuse('is given beside subdomain; remove one of them', 'domain');
  });

export const settleAuth0 = (one: z.output<typeof auth0>) => ({
  ...settleCommon(one),
  type: one.type,
  issuer: `https://${one.domain ?? `${one.subdomain}.auth0.com`}/`,
  scope: one.scope,
  asksUserInfo: true,
  groupsClaim: one.groups_claim ?? null,
});
