import type { JSONWebKeySet } from 'jose';
import type { TokenIssuerConfig } from '../../config/schema/config.ts';
import { createBoundedFetch } from '../../lib/bounded-fetch.ts';
import { isSafeUrl } from './safe-url.ts';

const MOST_BYTES = 256 * 1024;
const MOST_KEYS = 100;

/** Where an issuer describes itself: OpenID Connect Discovery 1.0 §4, and RFC 8414 §3 for one that is no OpenID provider. */
function placesOf(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

/** Asks an issuer for its keys, where the configuration says or where it says itself. Throws whatever was in the way. */
export function createAskKeys({
  issuer,
  jwksUrl,
  timeoutMs,
}: Pick<TokenIssuerConfig, 'issuer' | 'jwksUrl' | 'timeoutMs'>): () => Promise<JSONWebKeySet> {
  const fetch = createBoundedFetch({ timeoutMs, mostBytes: MOST_BYTES });
  const ask = async (url: string): Promise<Record<string, unknown> | null> => {
    const answer = await fetch(url, { headers: { Accept: 'application/json' } });
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`);
    const read: unknown = await answer.json();
    if (typeof read !== 'object' || read === null) throw new Error(`${url} was answered something else`);
    return { ...read };
  };
  const discover = async (): Promise<string> => {
    for (const place of placesOf(issuer)) {
      const metadata = await ask(place);
      if (!metadata) continue;
      if (metadata.issuer !== issuer) throw new Error(`${place} describes another issuer`);
      const { jwks_uri: uri } = metadata;
      if (typeof uri !== 'string' || !isSafeUrl(uri)) throw new Error(`${place} names no place for keys`);
      return uri;
    }
    throw new Error(`${issuer} does not describe itself`);
  };
  return async () => {
    const keys = (await ask(jwksUrl ?? (await discover())))?.keys;
    if (!Array.isArray(keys) || keys.length > MOST_KEYS) throw new Error('there is no list of keys');
    return { keys: keys.filter((key) => typeof key === 'object' && key !== null) };
  };
}
