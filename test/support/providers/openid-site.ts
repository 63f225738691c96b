import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type Answer, type Asked, authorizationOf, createCodes, isBasic, type Site } from './cloud.ts';
import { CLIENT, SECRET } from './stage.ts';

type Keyed = Record<string, unknown>;

/** What one provider of OpenID Connect does in its own way. */
export interface Quirks {
  /** As it calls itself. */
  readonly issuer: string;
  /** What stands before `/.well-known/openid-configuration`; default: the issuer. */
  readonly describedAt?: string;
  readonly authorize: string;
  readonly token: string;
  readonly jwks: string;
  readonly userInfo?: string;
  readonly revoke?: string;
  readonly metadata?: Keyed;
  /** Sends `iss` with the code (RFC 9207). */
  readonly sendsIss?: boolean;
  /** Takes the client by Basic too, not only in the body. */
  readonly takesBasic?: boolean;
  /** Beside `kid` and the key itself. */
  readonly keyFields?: JWK;
  /** Whether it gives a refresh token for these scopes. */
  readonly refreshes?: (asked: URLSearchParams) => boolean;
}

/** A stand-in for a provider of OpenID Connect, for one person. */
export interface OpenIdSite {
  readonly sites: Readonly<Record<string, Site>>;
  /** Of the ID token, beside what all have. */
  idClaims: Keyed;
  /** Of the user info. */
  userInfo: Keyed;
  /** Of the ID token, in place of what it calls itself. */
  iss: string;
  /** Good access and refresh tokens. */
  readonly tokens: Set<string>;
  readonly revoked: string[];
}

export async function createOpenIdSite(quirks: Quirks): Promise<OpenIdSite> {
  const key = await newKey();
  const codes = createCodes();
  const { issuer, authorize, token, jwks, userInfo, revoke } = quirks;

  const tokensFor = async (asked: URLSearchParams): Promise<Answer> => {
    const nowSec = Math.floor(Date.now() / 1000);
    const nonce = asked.get('nonce');
    const claims = { aud: CLIENT, iat: nowSec, exp: nowSec + 3600, iss: site.iss, ...site.idClaims };
    const idToken = await new SignJWT({ ...claims, ...(nonce && { nonce }) })
      .setProtectedHeader({ alg: 'RS256', kid: 'key-1', typ: 'JWT' })
      .sign(key.privateKey);
    const [access, refresh] = [randomUUID(), randomUUID()];
    site.tokens.add(access).add(refresh);
    return {
      json: {
        ...{
          access_token: access,
          token_type: 'Bearer',
          expires_in: 3600,
          scope: asked.get('scope'),
          id_token: idToken,
        },
        ...(quirks.refreshes?.(asked) && { refresh_token: refresh }),
      },
    };
  };
  const redeem = (asked: Asked): Answer | Promise<Answer> => {
    const { form } = asked;
    const isInBody = form.get('client_id') === CLIENT && form.get('client_secret') === SECRET;
    if (!isInBody && !(quirks.takesBasic && isBasic(asked, CLIENT, SECRET)))
      return { status: 401, json: { error: 'invalid_client' } };
    const begun =
      form.get('grant_type') === 'refresh_token'
        ? site.tokens.delete(form.get('refresh_token') ?? '') && new URLSearchParams('scope=offline_access')
        : codes.redeem(form);
    return begun ? tokensFor(begun) : { status: 400, json: { error: 'invalid_grant' } };
  };

  const answer: Site = (asked) => {
    const at = `https://${asked.host}${asked.path}`;
    if (at === `${(quirks.describedAt ?? issuer).replace(/\/$/, '')}/.well-known/openid-configuration`)
      return {
        json: {
          ...{ issuer, authorization_endpoint: authorize, token_endpoint: token, jwks_uri: jwks },
          ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
          ...(userInfo && { userinfo_endpoint: userInfo }),
          ...(revoke && { revocation_endpoint: revoke }),
          ...(!quirks.takesBasic && { token_endpoint_auth_methods_supported: ['client_secret_post'] }),
          ...(quirks.sendsIss && { authorization_response_iss_parameter_supported: true }),
          ...quirks.metadata,
        },
      };
    if (at === jwks) return { json: { keys: [{ ...key.publicJwk, kid: 'key-1', ...quirks.keyFields }] } };
    if (at === authorize) return codes.give(asked, quirks.sendsIss ? { iss: issuer } : {});
    if (at === token && asked.method === 'POST') return redeem(asked);
    if (at === userInfo)
      return site.tokens.has(authorizationOf(asked).value)
        ? { json: site.userInfo }
        : { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, json: {} };
    if (at === revoke && asked.method === 'POST') {
      site.revoked.push(asked.form.get('token') ?? '');
      return { json: {} };
    }
    return null;
  };
  const hosts = [issuer, quirks.describedAt, authorize, token, jwks, userInfo, revoke].flatMap((url) =>
    url ? new URL(url).host : [],
  );
  const site: OpenIdSite = {
    sites: Object.fromEntries(hosts.map((host) => [host, answer])),
    ...{ idClaims: {}, userInfo: {}, iss: issuer, tokens: new Set<string>(), revoked: [] },
  };
  return site;
}

async function newKey(): Promise<{ readonly privateKey: CryptoKey; readonly publicJwk: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { privateKey, publicJwk: await exportJWK(publicKey) };
}
