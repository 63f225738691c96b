import { errors } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { type MarkedClaims, readClaims, toldOf } from '../claims.ts';
import type { Flavour } from '../flavour.ts';
import type { Provider, Renewal, Tokens, Told } from '../provider.ts';
import { TokenRefused } from './api.ts';
import { isOver, refusalOf } from './refusal.ts';
import type { createSaying, TokenAnswer } from './saying.ts';
import type { Known } from './set-up.ts';

export interface RenewingOptions extends ReturnType<typeof createSaying> {
  readonly config: ProviderConfig;
  readonly flavour: Flavour;
  readonly knownGroups: ReadonlySet<string>;
  readonly secret: (() => string) | null;
  /** @throws ProviderUnavailable */
  readonly known: () => Promise<Known>;
  /** What is kept of an answer. */
  readonly tokensOf: (answer: TokenAnswer) => Tokens;
}

/** Asks by refresh tokens (OpenID Connect Core §12), or by lasting access tokens, and makes them worthless (RFC 7009). */
export function createRenewing(options: RenewingOptions): Pick<Provider, 'renew' | 'revoke'> {
  const { config, flavour, knownGroups, saying, sayingBy, secret, tokensOf } = options;
  const { id } = config;

  /** @returns 'other' where that is about somebody else */
  const toldBy = (said: MarkedClaims | null, sub: string): Told | null | 'other' => {
    const who = said && readClaims(said, { config, knownGroups });
    if (said && who?.sub !== sub) return 'other';
    return who && toldOf(who);
  };

  /** What openid-client throws, as what it means here: it could not be found out. */
  const unavailable = (error: unknown): ProviderUnavailable => {
    if (error instanceof ProviderUnavailable) return error;
    const isTheirs = error instanceof errors.JOSEError;
    const refusal = isTheirs ? null : refusalOf(id, error);
    const why = refusal?.detail ?? 'an ID token that does not hold';
    return new ProviderUnavailable(`${id}: could not be asked about who is signed in (${why})`, { cause: error });
  };

  const renewByRefresh = async (known: Known, refreshToken: string, had: Tokens, sub: string): Promise<Renewal> => {
    let answer: TokenAnswer;
    try {
      answer = await client.refreshTokenGrant(known.settings, refreshToken);
    } catch (error) {
      if (isOver(error)) return { kind: 'over' };
      throw unavailable(error);
    }
    // From here on the old one may be worth nothing.
    const given = tokensOf(answer);
    const tokens = {
      ...given,
      refreshToken: given.refreshToken ?? refreshToken,
      idToken: given.idToken ?? had.idToken,
    };
    try {
      const told = toldBy(await saying(known, answer), sub);
      return told === 'other' ? { kind: 'over' } : { kind: 'renewed', tokens, told };
    } catch (error) {
      return { kind: 'renewed', tokens, told: unavailable(error) };
    }
  };

  const renewByAccess = async (known: Known, accessToken: string, tokens: Tokens, sub: string): Promise<Renewal> => {
    try {
      const told = toldBy(await sayingBy(known, accessToken), sub);
      return told === 'other' ? { kind: 'over' } : { kind: 'renewed', tokens, told };
    } catch (error) {
      if (error instanceof TokenRefused) return { kind: 'over' };
      throw unavailable(error);
    }
  };

  return {
    async renew(tokens, sub) {
      const known = await options.known();
      const { accessToken, refreshToken } = tokens;
      if (refreshToken !== null) return renewByRefresh(known, refreshToken, tokens, sub);
      if (flavour.isLasting && accessToken !== null) return renewByAccess(known, accessToken, tokens, sub);
      throw new ProviderUnavailable(`${id}: has given nothing to ask it by again`);
    },
    async revoke({ accessToken, refreshToken }) {
      const known = await options.known();
      const token = refreshToken ?? accessToken;
      try {
        if (flavour.revoke) {
          if (accessToken !== null) await flavour.revoke(accessToken, known.fetch, secret);
        } else if (token !== null && known.settings.serverMetadata().revocation_endpoint !== undefined) {
          const hint = refreshToken === null ? 'access_token' : 'refresh_token';
          await client.tokenRevocation(known.settings, token, { token_type_hint: hint });
        }
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
}
