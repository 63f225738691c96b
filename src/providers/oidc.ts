import { errors, jwtVerify } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../config/schema/config.ts';
import { nowSec } from '../lib/clock.ts';
import { isAdmitted } from './admit.ts';
import { type Claims, claimAt, readClaims, wantedClaims } from './claims.ts';
import { openClientSecret } from './client-secret.ts';
import type { ProviderParts } from './kind.ts';
import { createDiscovered } from './oidc/discovered.ts';
import { readLogoutToken } from './oidc/logout-token.ts';
import { refusalOf } from './oidc/refusal.ts';
import { createRenewing } from './oidc/renewing.ts';
import { type Known, setUp } from './oidc/set-up.ts';
import type { CallbackFinding, PendingLogin, Provider } from './provider.ts';

/** Signatures that only the provider can make: nothing by a secret that dashgate has too, and never `none` (RFC 8725 §3.1). */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Of the token, in the clock of another machine. */
const SKEW_SEC = 30;
/** Of a refresh token, in characters: it has to be kept. */
const LONGEST_REFRESH = 8192;

export interface OidcOptions extends ProviderParts {
  readonly config: ProviderConfig;
}

/**
 * A provider by OpenID Connect Core 1.0 and Discovery 1.0: authorization code with PKCE (RFC 7636), `state`, `nonce` and `iss`
 * (RFC 9207). It is asked when it is needed first, not at the start.
 * @throws ConfigInvalid where the client secret cannot be read
 */
export function createOidcProvider({ config, knownGroups, clock, warn }: OidcOptions): Provider {
  const { id, name, issuer, clientId } = config;
  const secret = openClientSecret(config, warn);
  const discovered = createDiscovered(() => setUp({ config, secret, clock }), clock);

  const verify = async (known: Known, idToken: string): Promise<void> => {
    await jwtVerify(idToken, known.keys, {
      issuer: known.settings.serverMetadata().issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      clockTolerance: SKEW_SEC,
    });
  };

  const withUserInfo = async (known: Known, claims: Claims, subject: string, accessToken: string): Promise<Claims> => {
    const { userinfo_endpoint: at } = known.settings.serverMetadata();
    const isMissing = wantedClaims(config).some((wanted) => claimAt(claims, wanted) === undefined);
    if (!config.asksUserInfo || at === undefined || !isMissing) return claims;
    const info = await client.fetchUserInfo(known.settings, accessToken, subject);
    return joined(claims, info);
  };

  const redeem = async (pending: PendingLogin, callback: URL): Promise<CallbackFinding> => {
    const known = await discovered.get();
    const tokens = await client.authorizationCodeGrant(known.settings, callback, {
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
      idTokenExpected: true,
      ...(pending.maxAgeSec !== null && { maxAge: pending.maxAgeSec }),
    });
    const proved = tokens.claims();
    const idToken = tokens.id_token;
    if (!proved || idToken === undefined) return { kind: 'refused', why: 'bad-answer', detail: 'there is no ID token' };
    await verify(known, idToken);
    const claims = await withUserInfo(known, proved, proved.sub, tokens.access_token);
    const who = readClaims(claims, { config, knownGroups });
    if (!who) return { kind: 'refused', why: 'bad-answer', detail: 'the sub cannot be one' };
    if (!isAdmitted(config.allow, who)) return { kind: 'refused', why: 'not-allowed', detail: 'allow', who: who.sub };
    return who.user === ''
      ? { kind: 'refused', why: 'no-user-name', detail: config.userClaim ?? '', who: who.sub }
      : { kind: 'vouched', who, idToken, refreshToken: keepable(tokens.refresh_token) };
  };

  const keepable = (refreshToken: string | undefined): string | null => {
    if (refreshToken !== undefined && refreshToken.length <= LONGEST_REFRESH) return refreshToken;
    if (refreshToken !== undefined)
      warn(`${id}: its refresh tokens are too long to be kept; nobody is looked up again`);
    return null;
  };

  return {
    id,
    name,
    issuer,
    async probe() {
      await discovered.get();
    },
    isDown: discovered.isDown,
    async begin({ state, nonce, verifier, maxAgeSec }, redirectUri, { fresh, acr }) {
      const { settings } = await discovered.get();
      return client.buildAuthorizationUrl(settings, {
        ...config.authorizeParams,
        ...{ redirect_uri: redirectUri, scope: config.scope, state, nonce },
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(maxAgeSec !== null && { max_age: String(maxAgeSec) }),
        ...(acr.length > 0 && { acr_values: acr.join(' ') }),
        ...(fresh && { prompt: ['login', config.authorizeParams.prompt].filter(Boolean).join(' ') }),
      });
    },
    async finish(pending, callback) {
      try {
        return await redeem(pending, callback);
      } catch (error) {
        if (error instanceof errors.JOSEError)
          return { kind: 'refused', why: 'bad-answer', detail: `the ID token: ${error.message}` };
        return refusalOf(id, error);
      }
    },
    ...createRenewing({ config, knownGroups, known: discovered.get, verify, withUserInfo }),
    admits: (who) => isAdmitted(config.allow, who),
    async readLogoutToken(token) {
      const { keys, settings } = await discovered.get();
      return readLogoutToken(token, {
        ...{ id, clientId, keys, algorithms: ALGORITHMS, nowSec: nowSec(clock) },
        issuer: settings.serverMetadata().issuer,
      });
    },
    async signOutAt(idToken, returnTo) {
      const known = await discovered.get().catch(() => null);
      if (known?.settings.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(known.settings, {
        post_logout_redirect_uri: returnTo,
        ...(idToken !== null && { id_token_hint: idToken }),
      });
    },
  };
}

/** How and when somebody proved who they are: only the ID token is about that. */
const OF_PROOF = ['iss', 'aud', 'sub', 'sid', 'amr', 'acr', 'auth_time'];

/** What the ID token does not say is taken from the user info; an e-mail address and whether it is verified from one of them. */
function joined(claims: Claims, info: Claims): Claims {
  const rest = Object.fromEntries(Object.entries(info).filter(([name]) => !OF_PROOF.includes(name)));
  const { email, email_verified } = claims.email === undefined ? info : { email_verified: undefined, ...claims };
  return { ...rest, ...claims, email, email_verified };
}
