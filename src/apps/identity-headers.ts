import { headerList, headerValue } from '../lib/header-value.ts';
import type { Identity } from '../identity/identity.ts';

/** The names under which a dashboard is told who is there; each always set, so that a client's own copy is overwritten. */
export const IDENTITY_HEADERS = [
  'X-Dashgate-User',
  'X-Dashgate-Name',
  'X-Dashgate-Email',
  'X-Dashgate-Groups',
  'X-Dashgate-Resources',
  'X-Dashgate-Assertion',
] as const;

export type IdentityHeaders = Record<(typeof IDENTITY_HEADERS)[number], string>;

/** Empty values for an identity without a name, and for an app that is not to be told. */
export function identityHeaders(identity: Identity, isTold: boolean): IdentityHeaders {
  const { user, name, email, groups, allowedResources } = identity;
  return {
    'X-Dashgate-User': isTold ? headerValue(user) : '',
    'X-Dashgate-Name': isTold ? headerValue(name) : '',
    'X-Dashgate-Email': isTold ? headerValue(email) : '',
    'X-Dashgate-Groups': isTold ? headerList(groups) : '',
    'X-Dashgate-Resources': isTold ? headerList(allowedResources) : '',
    'X-Dashgate-Assertion': '',
  };
}
