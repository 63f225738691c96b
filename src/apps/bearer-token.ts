import type { ProviderTokens } from './identity-adapter.ts';

/** What a header can carry of it, and servers take: with the rest of a request they seldom have room for more than 16 kB. */
const MOST = 8192;

/**
 * The `Authorization` header with the access token that a provider gave (RFC 6750 §2.1).
 * @returns the empty string where there is none, or none that is written as such a token
 */
export const bearerOf = (tokens: ProviderTokens | null): string => {
  const token = tokens?.accessToken ?? '';
  return token.length <= MOST && /^[A-Za-z0-9._~+/-]+=*$/.test(token) ? `Bearer ${token}` : '';
};
