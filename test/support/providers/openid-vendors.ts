import { createOpenIdSite, type OpenIdSite } from './openid-site.ts';

const PERSON = { name: 'Mica Öz', email: 'mica@example.com', email_verified: true };
const wantsOffline = (asked: URLSearchParams): boolean =>
  (asked.get('scope') ?? '').split(' ').includes('offline_access');

/** Google: everything in the ID token, keys and tokens at other hosts, a refresh token only for `access_type=offline`. */
export async function createGoogle(): Promise<OpenIdSite> {
  const site = await createOpenIdSite({
    issuer: 'https://accounts.google.com',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    userInfo: 'https://openidconnect.googleapis.com/v1/userinfo',
    revoke: 'https://oauth2.googleapis.com/revoke',
    takesBasic: true,
    refreshes: (asked) => asked.get('access_type') === 'offline',
    keyFields: { alg: 'RS256', use: 'sig' },
  });
  site.idClaims = { sub: '110169484474386276334', azp: 'dashgate-at-them', hd: 'example.com', ...PERSON };
  return site;
}

/** GitLab: `sub` alone and direct groups in the ID token, the rest in the user info; refresh tokens for everybody, each good once. */
export async function createGitlab(url = 'https://gitlab.com'): Promise<OpenIdSite> {
  const site = await createOpenIdSite({
    issuer: url,
    authorize: `${url}/oauth/authorize`,
    token: `${url}/oauth/token`,
    jwks: `${url}/oauth/discovery/keys`,
    userInfo: `${url}/oauth/userinfo`,
    revoke: `${url}/oauth/revoke`,
    takesBasic: true,
    refreshes: () => true,
    keyFields: { use: 'sig', alg: 'RS256' },
  });
  site.idClaims = { sub: '4217', sub_legacy: 'x', groups_direct: ['acme/finance'] };
  site.userInfo = {
    ...{ sub: '4217', preferred_username: 'mica', nickname: 'mica' },
    ...PERSON,
    groups: ['acme', 'acme/finance'],
  };
  return site;
}

/** Okta: an authorization server of its own, or that of the organisation, which is `''`. */
export async function createOkta(server = 'default'): Promise<OpenIdSite> {
  const url = 'https://acme.okta.com';
  const issuer = server === '' ? url : `${url}/oauth2/${server}`;
  const base = server === '' ? `${url}/oauth2/v1` : `${issuer}/v1`;
  const site = await createOpenIdSite({
    issuer,
    ...{ authorize: `${base}/authorize`, token: `${base}/token`, jwks: `${base}/keys` },
    ...{ userInfo: `${base}/userinfo`, revoke: `${base}/revoke` },
    ...{ takesBasic: true, refreshes: wantsOffline, keyFields: { alg: 'RS256', use: 'sig' } },
    metadata: { end_session_endpoint: `${base}/logout` },
  });
  site.idClaims = {
    sub: '00uid4BxXw6I6TV4m0g3',
    ver: 1,
    amr: ['pwd', 'mfa'],
    auth_time: Math.floor(Date.now() / 1000),
  };
  site.userInfo = {
    sub: '00uid4BxXw6I6TV4m0g3',
    preferred_username: 'mica@example.com',
    ...PERSON,
    groups: ['Everyone', 'Finance'],
  };
  return site;
}

/** Auth0: a slash at the end of its name, and claims of one's own that are URLs. */
export async function createAuth0(host = 'acme.eu.auth0.com'): Promise<OpenIdSite> {
  const site = await createOpenIdSite({
    issuer: `https://${host}/`,
    ...{ authorize: `https://${host}/authorize`, token: `https://${host}/oauth/token` },
    ...{ jwks: `https://${host}/.well-known/jwks.json`, userInfo: `https://${host}/userinfo` },
    ...{ revoke: `https://${host}/oauth/revoke`, refreshes: wantsOffline, takesBasic: true },
  });
  site.idClaims = { sub: 'auth0|5f7c8ec7c33c6c004bbafe82', ...PERSON, 'https://example.com/roles': ['finance'] };
  return site;
}

/** Keycloak: realms below a path, `iss` on the way back, groups as paths. */
export async function createKeycloak(url = 'https://login.example.com'): Promise<OpenIdSite> {
  const issuer = `${url}/realms/acme`;
  const base = `${issuer}/protocol/openid-connect`;
  const site = await createOpenIdSite({
    issuer,
    ...{ authorize: `${base}/auth`, token: `${base}/token`, jwks: `${base}/certs`, userInfo: `${base}/userinfo` },
    ...{ revoke: `${base}/revoke`, sendsIss: true, takesBasic: true, refreshes: () => true },
    keyFields: { alg: 'RS256', use: 'sig' },
    metadata: { end_session_endpoint: `${base}/logout` },
  });
  site.idClaims = {
    ...{ sub: 'f1b8c6e2-1111-4222-8333-944455556666', sid: 'a-session', preferred_username: 'mica', ...PERSON },
    groups: ['/staff', '/staff/finance'],
  };
  site.userInfo = { ...site.idClaims };
  return site;
}
