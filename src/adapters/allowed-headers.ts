import type { Decision } from '../access/decide.ts';
import type { AccessRequest } from '../access/request.ts';
import type { Told } from '../apps/identity-adapter.ts';
import type { AuthorizationFor } from '../apps/upstream-auth.ts';
import { clientCookies, joinCookies } from '../apps/upstream-cookie.ts';
import { type Identity, nobody } from '../identity/identity.ts';
import { identityHeaders, toldValue } from '../lib/identity-headers.ts';
import { isOurCookie } from '../session/handoff-cookie.ts';

export interface AllowedOptions {
  readonly cookieName: string;
  readonly authorizationFor: AuthorizationFor;
}

/** The two headers that the dashboard is to get, whole: empty where it is to get none. */
export interface UpstreamPair {
  readonly authorization: string;
  readonly cookie: string;
}

/** @param told - what the app's identity adapters say */
export function upstreamPair(
  request: AccessRequest,
  identity: Identity,
  told: Told | undefined,
  { cookieName, authorizationFor }: AllowedOptions,
): UpstreamPair {
  const { authorization = '', cookie = '' } = request.headers;
  return {
    authorization: told?.authorization || authorizationFor({ ...request, identity }, authorization),
    cookie: joinCookies(...(told?.cookies ?? []), clientCookies(request.app, cookie, isOurCookie(cookieName))),
  };
}

/** Who it is. Each is always there, also where there is nothing to say, so that no client's copy is left. */
export const toldHeaders = (
  { app }: AccessRequest,
  { identity }: Extract<Decision, { kind: 'allow' }>,
  told: Told | undefined,
): Record<string, string> => ({
  ...identityHeaders(app.tellsIdentity ? identity : nobody),
  'X-Dashgate-Assertion': told?.assertion ?? '',
  ...(app.tellsTableau && { 'X-Tableau-Auth': told?.tableau ?? '' }),
  ...Object.fromEntries(app.identityHeaders.map(({ name, tells }) => [name, toldValue(tells, identity)])),
});

/** The pair under names of ours, always there: for a front that renames what it takes over. */
export const ourNames = ({ authorization, cookie }: UpstreamPair): Record<string, string> => ({
  'X-Dashgate-Upstream-Authorization': authorization,
  'X-Dashgate-Upstream-Cookie': cookie,
});

/** The pair under its own names, absent where empty: for fronts that cannot rename. */
export const ownNames = ({ authorization, cookie }: UpstreamPair): Record<string, string> => ({
  ...(authorization !== '' && { Authorization: authorization }),
  ...(cookie !== '' && { Cookie: cookie }),
});
