import { jwtVerify } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../../config/schema/config.ts';
import { type Claims, claimAt, type MarkedClaims, wantedClaims } from '../claims.ts';
import type { Flavour } from '../flavour.ts';
import { createApi } from './api.ts';
import { joined } from './joined.ts';
import type { Known } from './set-up.ts';

/** Signatures that only the provider can make: nothing by a secret that dashgate has too, and never `none` (RFC 8725 §3.1). */
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
];
/** Of the token, in the clock of another machine. */
const SKEW_SEC = 30;
/** Where a provider with several tenants calls itself by each of them. */
const TENANT = '{tenantid}';

export type TokenAnswer = Awaited<ReturnType<typeof client.refreshTokenGrant>>;

export interface SayingOptions {
  readonly config: ProviderConfig;
  readonly flavour: Flavour;
}

/**
 * What a provider says with and by the tokens that it gave: in the ID token, which is verified, in the user info, and to further
 * questions. `null`: nothing but that they are still theirs.
 */
export type Saying = (known: Known, tokens: TokenAnswer) => Promise<MarkedClaims | null>;

/** The functions that come of it throw JOSEError, ProviderUnavailable, TokenRefused or what openid-client throws. */
export function createSaying({ config, flavour }: SayingOptions): {
  readonly saying: Saying;
  /** By an access token alone. */
  readonly sayingBy: (known: Known, accessToken: string) => Promise<MarkedClaims>;
} {
  const { id, clientId } = config;

  const verify = async ({ keys, settings }: Known, idToken: string, { tid }: Claims): Promise<void> => {
    if (!keys) throw new TypeError(`${id}: there are no keys to verify an ID token by`);
    const { issuer } = settings.serverMetadata();
    const isTenant = typeof tid === 'string' && /^[0-9a-f-]{36}$/.test(tid);
    await jwtVerify(idToken, keys, {
      issuer: isTenant ? issuer.replace(TENANT, tid) : issuer,
      audience: clientId,
      algorithms: ALGORITHMS,
      clockTolerance: SKEW_SEC,
    });
  };

  const withUserInfo = async (
    { settings }: Known,
    proved: Claims | null,
    accessToken: string,
  ): Promise<Claims | null> => {
    const { userinfo_endpoint: at } = settings.serverMetadata();
    const isMissing = proved === null || wantedClaims(config).some((wanted) => claimAt(proved, wanted) === undefined);
    if (!config.asksUserInfo || at === undefined || !isMissing) return proved;
    const subject = typeof proved?.sub === 'string' ? proved.sub : client.skipSubjectCheck;
    const info = await client.fetchUserInfo(settings, accessToken, subject);
    return joined(proved ?? { sub: info.sub }, info);
  };

  const sayingBy = async ({ settings }: Known, accessToken: string, said: Claims = {}): Promise<MarkedClaims> =>
    flavour.claims?.(said, createApi(id, settings, accessToken)) ?? said;

  return {
    sayingBy,
    async saying(known, tokens) {
      if (!flavour.hasIdToken) return sayingBy(known, tokens.access_token);
      const proved = tokens.claims() ?? null;
      if (proved && tokens.id_token !== undefined) await verify(known, tokens.id_token, proved);
      const said = await withUserInfo(known, proved, tokens.access_token);
      return said && sayingBy(known, tokens.access_token, said);
    },
  };
}
