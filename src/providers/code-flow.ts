import { errors } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../config/schema/config.ts';
import { ProviderUnavailable } from '../errors.ts';
import { nowSec } from '../lib/clock.ts';
import { isMark } from '../lib/provider-mark.ts';
import { isAdmitted } from './admit.ts';
import { readClaims } from './claims.ts';
import { openClientSecret } from './client-secret.ts';
import type { Flavour } from './flavour.ts';
import type { ProviderParts } from './kind.ts';
import { createDiscovered } from './oauth/discovered.ts';
import { readLogoutToken } from './oauth/logout-token.ts';
import { refusalOf } from './oauth/refusal.ts';
import { createRenewing } from './oauth/renewing.ts';
import { ALGORITHMS, createSaying, type TokenAnswer } from './oauth/saying.ts';
import { setUp } from './oauth/set-up.ts';
import type { BoundedFetch } from './oauth/token-answer.ts';
import type { CallbackFinding, PendingLogin, Provider, Tokens } from './provider.ts';
import { today } from './rules.ts';

/** Of a token, in characters: it has to be kept. */
const LONGEST = 8192;

export interface CodeFlowOptions extends ProviderParts {
  readonly config: ProviderConfig;
  readonly flavour: Flavour;
}

/**
 * A provider by the authorization code flow (RFC 6749 §4.1) with PKCE (RFC 7636), `state` and `iss` (RFC 9207), and with `nonce` where it
 * gives ID tokens (OpenID Connect Core 1.0). It is asked when it is needed first, not at the start.
 * @throws ConfigInvalid where the client secret cannot be read
 */
export function createCodeFlow({ config, flavour, knownGroups, clock, warn, fetch }: CodeFlowOptions): Provider {
  const { id, name, issuer, clientId } = config;
  const { hasIdToken } = flavour;
  const secret = openClientSecret(config, warn);
  const discovered = createDiscovered(() => setUp({ config, flavour, secret, clock, fetch }), clock);
  const { saying, sayingBy } = createSaying({ config, flavour });

  const tokensOf = (answer: TokenAnswer): Tokens => ({
    accessToken: keepable(answer.access_token),
    accessEndsSec: answer.expires_in === undefined ? null : nowSec(clock) + answer.expires_in,
    refreshToken: keepable(answer.refresh_token),
    idToken: keepable(answer.id_token),
  });

  /** By the groups that they have here today; where they are from stays beside these. */
  const admits: Provider['admits'] = ({ email, groups }) =>
    isAdmitted(config.allow, { email, groups: [...groups.filter(isMark), ...today(config, groups).groups] });

  const redeem = async (pending: PendingLogin, callback: URL): Promise<CallbackFinding> => {
    // Only ID tokens say when somebody proved who they are.
    if (!hasIdToken && pending.maxAgeSec !== null)
      return { kind: 'refused', why: 'no-proof', detail: 'there is no auth_time without ID tokens' };
    const known = await discovered.get();
    const answer = await client.authorizationCodeGrant(known.settings, callback, {
      expectedState: pending.state,
      pkceCodeVerifier: pending.verifier,
      ...(hasIdToken && {
        expectedNonce: pending.nonce,
        idTokenExpected: true,
        ...(pending.maxAgeSec !== null && { maxAge: pending.maxAgeSec }),
      }),
    });
    if (hasIdToken && !answer.claims()) return { kind: 'refused', why: 'bad-answer', detail: 'there is no ID token' };
    const said = await saying(known, answer);
    const who = said && readClaims(said, { config, knownGroups });
    if (!who) return { kind: 'refused', why: 'bad-answer', detail: 'the sub cannot be one' };
    if (!admits(who))
      return { kind: 'refused', why: 'not-allowed', detail: 'none of its lists in allow applies', who: who.sub };
    if (who.user === '') {
      const detail = `there is no ${config.userClaim}, or it is an address that is not verified`;
      return { kind: 'refused', why: 'no-user-name', detail, who: who.sub };
    }
    const tokens = tokensOf(answer);
    if (tokens.refreshToken === null && answer.refresh_token !== undefined)
      warn(`${id}: its refresh tokens are too long to be kept; nobody is looked up again`);
    const isLasting = flavour.isLasting === true && tokens.accessToken !== null && tokens.accessEndsSec === null;
    return { kind: 'vouched', who, tokens, isRechecked: tokens.refreshToken !== null || isLasting };
  };

  return {
    id,
    name,
    issuer,
    async probe() {
      const { fetch, settings } = await discovered.get();
      // Who describes itself has answered by now.
      if ('known' in flavour.server) await knock(id, fetch, settings.serverMetadata().token_endpoint ?? issuer);
    },
    isDown: discovered.isDown,
    async begin({ state, nonce, verifier, maxAgeSec }, redirectUri, { fresh, acr }) {
      const { settings } = await discovered.get();
      const sent = {
        ...{ ...flavour.authorizeParams, ...config.authorizeParams, redirect_uri: redirectUri, state },
        ...(config.scope !== '' && { scope: config.scope }),
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      if (!hasIdToken) return client.buildAuthorizationUrl(settings, sent);
      return client.buildAuthorizationUrl(settings, {
        ...{ ...sent, nonce },
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
    ...createRenewing({ config, flavour, knownGroups, secret, known: discovered.get, saying, sayingBy, tokensOf }),
    admits,
    async readLogoutToken(token) {
      const { keys, settings } = await discovered.get();
      if (!keys) return { kind: 'refused', detail: 'it has no keys to sign logout tokens by' };
      return readLogoutToken(token, {
        ...{ id, clientId, keys, algorithms: ALGORITHMS, nowSec: nowSec(clock) },
        issuer: settings.serverMetadata().issuer,
      });
    },
    async signOutAt(idToken, returnTo) {
      const known = await discovered.get().catch(() => null);
      if (known?.settings.serverMetadata().end_session_endpoint === undefined) return null;
      try {
        return client.buildEndSessionUrl(known.settings, {
          post_logout_redirect_uri: returnTo,
          ...(idToken !== null && { id_token_hint: idToken }),
        });
      } catch {
        // Whatever it calls an address there: who signs out here has signed out.
        warn(`${id}: end_session_endpoint is no address to send people to`);
        return null;
      }
    },
  };
}

/** Whether anybody answers there, whatever the answer is. */
async function knock(id: string, fetch: BoundedFetch, at: string): Promise<void> {
  const cause = await fetch(at, {}).then(
    ({ status }) => (status < 500 ? null : new Error(`it answered ${status}`)),
    (error: unknown) => error,
  );
  if (cause !== null) throw new ProviderUnavailable(`${id}: ${at} does not answer`, { cause });
}

const keepable = (token: string | undefined): string | null =>
  token !== undefined && token.length <= LONGEST ? token : null;
