import * as z from 'zod';
import { markOf } from '../../../lib/provider-mark.ts';
import { listOf, Refused, text } from '../values.ts';
import { ALLOW, lists, refuseEmptyLists } from './allow.ts';
import { checkCommon, groupsClaim, head, rest, SCOPE, settleCommon } from './keys.ts';
import { openidScope } from './values.ts';

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Stand for more than one tenant. */
const SEVERAL = ['common', 'organizations', 'consumers'];

const tenant = text('tenant', (given) => {
  const lower = given.toLowerCase();
  return SEVERAL.includes(lower) || ID.test(lower) || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(lower)
    ? lower
    : new Refused('is not a tenant; write its id, its domain, or common or organizations for several');
});

const tenantId = text('tenant', (given) =>
  ID.test(given.toLowerCase())
    ? given.toLowerCase()
    : new Refused('is not the id of a tenant; write it as 8 digits, 4, 4, 4 and 12 of 0-9 and a-f'),
);

const keysOf = <T extends string>(type: T) => ({
  ...head(type),
  tenant: tenant.prefault('common').meta({
    description:
      'The tenant, by its id (best) or domain. With `common` or `organizations` people of every tenant can sign in: then name those that may in `allow.tenants`.',
  }),
  scope: openidScope.prefault('openid email profile offline_access User.Read').meta({ description: SCOPE }),
  groups_claim: groupsClaim.prefault('groups'),
  ...rest,
  allow: z
    .strictObject({
      ...lists,
      tenants: listOf(tenantId)
        .optional()
        .meta({
          title: 'list',
          description: 'Nobody from another tenant, whatever the other lists say. By id.',
          examples: [['0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0']],
        }),
    })
    .check(refuseEmptyLists)
    .optional()
    .meta({ description: ALLOW }),
});

/** Entra ID by its endpoints of version 1, as Panel calls it. */
export const azure = z.strictObject(keysOf('azure')).check(checkCommon);
/** Entra ID by its endpoints of version 2. */
export const azurev2 = z.strictObject(keysOf('azurev2')).check(checkCommon);

const HOST = 'https://login.microsoftonline.com';

const settle = (one: z.output<typeof azure> | z.output<typeof azurev2>) => ({
  ...settleCommon(
    one,
    one.allow?.tenants?.map((id) => markOf('tenant', id)),
  ),
  scope: one.scope,
  // All that it says is in the ID token.
  asksUserInfo: false,
  groupsClaim: one.groups_claim ?? null,
  isOfSeveral: SEVERAL.includes(one.tenant),
});

export const settleAzure = (one: z.output<typeof azure>) => ({
  ...settle(one),
  type: one.type,
  issuer: `${HOST}/${one.tenant}`,
});

export const settleAzureV2 = (one: z.output<typeof azurev2>) => ({
  ...settle(one),
  type: one.type,
  issuer: `${HOST}/${one.tenant}/v2.0`,
});
