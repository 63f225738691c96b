import { errors } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { type Claims, readClaims, toldOf } from '../claims.ts';
import type { Provider, Told } from '../provider.ts';
import { isOver, refusalOf } from './refusal.ts';
import type { Known } from './set-up.ts';

type Refreshed = Awaited<ReturnType<typeof client.refreshTokenGrant>>;

export interface RenewingOptions {
  readonly config: ProviderConfig;
  readonly knownGroups: ReadonlySet<string>;
  /** @throws ProviderUnavailable */
  readonly known: () => Promise<Known>;
  /** The signature of an ID token, and whom it is for. @throws JOSEError or ProviderUnavailable */
  readonly verify: (known: Known, idToken: string) => Promise<void>;
  /** What the claims lack, from the user info. */
  readonly withUserInfo: (known: Known, claims: Claims, subject: string, accessToken: string) => Promise<Claims>;
}

/** Asks by refresh tokens (OpenID Connect Core §12), and makes them worthless (RFC 7009). */
export function createRenewing(options: RenewingOptions): Pick<Provider, 'renew' | 'revoke'> {
  const { config, knownGroups, verify, withUserInfo } = options;
  const { id } = config;

  /** What it says with, or by, tokens that were got anew. @returns 'other' where that is about somebody else */
  const toldBy = async (known: Known, tokens: Refreshed, sub: string): Promise<Told | null | 'other'> => {
    const subject = sub.slice(id.length + 1);
    const proved = tokens.claims();
    if (proved && tokens.id_token !== undefined) await verify(known, tokens.id_token);
    if (proved && proved.sub !== subject) return 'other';
    const asks = config.asksUserInfo && known.settings.serverMetadata().userinfo_endpoint !== undefined;
    if (!proved && !asks) return null;
    const claims = await withUserInfo(known, proved ?? { sub: subject }, subject, tokens.access_token);
    const who = readClaims(claims, { config, knownGroups });
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

  return {
    async renew(refreshToken, sub) {
      const known = await options.known();
      let tokens: Refreshed;
      try {
        tokens = await client.refreshTokenGrant(known.settings, refreshToken);
      } catch (error) {
        if (isOver(error)) return { kind: 'over' };
        throw unavailable(error);
      }
      // From here on the old one may be worth nothing.
      const next = tokens.refresh_token ?? refreshToken;
      try {
        const told = await toldBy(known, tokens, sub);
        return told === 'other' ? { kind: 'over' } : { kind: 'renewed', refreshToken: next, told };
      } catch (error) {
        return { kind: 'renewed', refreshToken: next, told: unavailable(error) };
      }
    },
    async revoke(refreshToken) {
      const { settings } = await options.known();
      if (settings.serverMetadata().revocation_endpoint === undefined) return;
      try {
        await client.tokenRevocation(settings, refreshToken, { token_type_hint: 'refresh_token' });
      } catch (error) {
        throw unavailable(error);
      }
    },
  };
}
