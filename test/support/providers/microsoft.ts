import { type Answer, type Asked, authorizationOf, type Site } from './cloud.ts';
import { createOpenIdSite, type OpenIdSite } from './openid-site.ts';

const HOST = 'https://login.microsoftonline.com';
export const TENANT = '8eaef023-2b34-4da1-9baa-8bc8c9d6a490';
export const PERSON = '690222be-ff1a-4d56-abd1-7e4f7d38e474';

export interface Microsoft extends OpenIdSite {
  /** What Graph says of somebody's groups, by id. */
  groups: string[];
  /** Answers questions to Graph in place of what is known. */
  instead: ((asked: Asked) => Answer) | null;
}

/**
 * Entra ID as learn.microsoft.com describes it: keys without `alg`, and an issuer with `{tenantid}` in it where several tenants are
 * served. Version 1 is another issuer than where it is described.
 */
export async function createMicrosoft(version: 1 | 2, tenant: string): Promise<Microsoft> {
  // By its domain too, it is called by its id.
  const named = ['common', 'organizations'].includes(tenant) ? '{tenantid}' : TENANT;
  const site = await createOpenIdSite({
    issuer: version === 2 ? `${HOST}/${named}/v2.0` : `https://sts.windows.net/${named}/`,
    describedAt: `${HOST}/${tenant}${version === 2 ? '/v2.0' : ''}`,
    authorize: `${HOST}/${tenant}/oauth2${version === 2 ? '/v2.0' : ''}/authorize`,
    token: `${HOST}/${tenant}/oauth2${version === 2 ? '/v2.0' : ''}/token`,
    jwks: version === 2 ? `${HOST}/${tenant}/discovery/v2.0/keys` : `${HOST}/common/discovery/keys`,
    refreshes: (asked) => (asked.get('scope') ?? '').includes('offline_access'),
    keyFields: { use: 'sig' },
  });
  const claims = {
    sub: 'pairwise-AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
    tid: TENANT,
    oid: PERSON,
    name: 'Mica Öz',
  };
  const names =
    version === 2
      ? { ver: '2.0', preferred_username: 'mica@example.com', email: 'mica@example.com' }
      : { ver: '1.0', unique_name: 'mica@example.com', upn: 'mica@example.com' };
  const graph: Site = (asked) => {
    if (!site.tokens.has(authorizationOf(asked).value))
      return { status: 401, json: { error: { code: 'InvalidAuthenticationToken' } } };
    if (microsoft.instead) return microsoft.instead(asked);
    if (asked.path !== '/v1.0/me/transitiveMemberOf/microsoft.graph.group') return null;
    const from = Number(asked.query.get('$skiptoken') ?? 0);
    const next = `https://graph.microsoft.com${asked.path}?$select=id&$skiptoken=${from + 100}`;
    return {
      json: {
        value: microsoft.groups.slice(from, from + 100).map((id) => ({ id })),
        ...(from + 100 < microsoft.groups.length && { '@odata.nextLink': next }),
      },
    };
  };
  const microsoft: Microsoft = Object.assign(site, {
    ...{ groups: [], instead: null, idClaims: { ...claims, ...names } },
    iss: version === 2 ? `${HOST}/${TENANT}/v2.0` : `https://sts.windows.net/${TENANT}/`,
    sites: { ...site.sites, 'graph.microsoft.com': graph },
  });
  return microsoft;
}
