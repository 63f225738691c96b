import { randomUUID } from 'node:crypto';

/** A connected app, as whoever vouches for users by it knows it. */
export interface ConnectedAppKey {
  readonly clientId: string;
  readonly secretId: string;
  /** The secret as it is written down: its characters are the key, also where they look like base64. */
  readonly secret: string;
}

/** Whom a token vouches for, to what, and until when. */
export interface Vouching {
  /** The user name as Tableau has it; case counts. */
  readonly sub: string;
  readonly scopes: readonly string[];
  /** NumericDate: at most 10 minutes ahead. */
  readonly expSec: number;
  /** Each counts once. */
  readonly jti?: string;
  /** Further claims: groups of on-demand access, attributes of the user. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * A token of a Tableau connected app with direct trust: a JWT, HS256, byte for byte as the vendor's own sample and today's PyJWT
 * write it (help.tableau.com, "Configure Connected Apps with Direct Trust").
 */
export async function mintConnectedToken(
  { clientId, secretId, secret }: ConnectedAppKey,
  { sub, scopes, expSec, jti = randomUUID(), more = {} }: Vouching,
): Promise<string> {
  const { SignJWT } = await import('jose');
  const own = { iss: clientId, sub, aud: 'tableau', exp: expSec, jti, scp: [...scopes] };
  return new SignJWT({ ...own, ...more, ...own })
    .setProtectedHeader({ alg: 'HS256', iss: clientId, kid: secretId, typ: 'JWT' })
    .sign(new TextEncoder().encode(secret));
}
