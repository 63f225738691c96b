import type { JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { createBoundedFetch } from '../../lib/bounded-fetch.ts';
import type { Clock } from '../../lib/clock.ts';
import { keepRedirect } from '../exact-redirect.ts';
import type { Flavour } from '../flavour.ts';
import { createKeySet } from './key-set.ts';
import { type BoundedFetch, readingTokens } from './token-answer.ts';

const MOST_BYTES = 1024 * 1024;

/** What has been found out about the provider. */
export interface Known {
  readonly settings: client.Configuration;
  /** `null`: it has no ID tokens. */
  readonly keys: JWTVerifyGetKey | null;
  readonly fetch: BoundedFetch;
}

export interface SetUpOptions {
  readonly config: ProviderConfig;
  readonly flavour: Flavour;
  /** Reads the client secret; `null` for a public client. */
  readonly secret: (() => string) | null;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** Asks a provider what it says of itself (OpenID Connect Discovery 1.0 §4), or takes what is known of it. @throws ProviderUnavailable */
export async function setUp({ config, flavour, secret, clock, fetch: through }: SetUpOptions): Promise<Known> {
  const { id, clientId, timeoutMs } = config;
  const bounded = keepRedirect(
    createBoundedFetch({ timeoutMs, mostBytes: MOST_BYTES, fetch: through }),
    config.redirectUri,
  );
  const { server } = flavour;
  const at = 'known' in server ? server.known.issuer : server.discoveredAt;
  const isHttp = new URL('known' in server ? (server.known.token_endpoint ?? at) : at).protocol === 'http:';
  try {
    const settings =
      'known' in server
        ? new client.Configuration(server.known, clientId, {}, authenticate(secret))
        : await client.discovery(new URL(at), clientId, {}, authenticate(secret), {
            timeout: timeoutMs / 1000,
            [client.customFetch]: bounded,
            execute: isHttp ? [client.allowInsecureRequests] : [],
          });
    if ('known' in server && isHttp) client.allowInsecureRequests(settings);
    settings.timeout = timeoutMs / 1000;
    const { authorization_endpoint: peopleAt, token_endpoint: tokenAt = '', jwks_uri: uri } = settings.serverMetadata();
    const isGood = (address: string | undefined): boolean =>
      URL.canParse(address ?? '') &&
      (isHttp ? ['https:', 'http:'] : ['https:']).includes(new URL(address ?? '').protocol);
    if (!isGood(peopleAt)) throw new TypeError('it names no https address to send people to');
    const fetch = readingTokens(bounded, tokenAt, flavour);
    settings[client.customFetch] = fetch;
    if (!flavour.hasIdToken) return { settings, keys: null, fetch };
    if (uri === undefined || !isGood(uri)) throw new TypeError('it names no https address for its keys');
    return { settings, fetch, keys: createKeySet({ provider: id, uri, fetch, timeoutMs, clock }) };
  } catch (error) {
    throw new ProviderUnavailable(`${id}: cannot be set up from ${at}`, {
      cause: namedOtherwise(error, config.type) ?? error,
    });
  }
}

/** An issuer that is nearly right, as without the slash at its end, is the likeliest mistake: so say the right one. */
function namedOtherwise(error: unknown, type: string): Error | null {
  if (!(error instanceof client.ClientError) || error.code !== 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') return null;
  const { issuer } = Object(Object(error.cause).body);
  return typeof issuer === 'string' && /^[\x21-\x7e]{1,255}$/.test(issuer)
    ? new Error(
        `it calls itself ${issuer}; ${type === 'oidc' ? 'issuer has to be that, to the letter' : 'correct its keys'}`,
      )
    : null;
}

/** Reads the secret when it is sent, and sends it in the way that the provider takes (OpenID Connect Core §9: Basic first). */
function authenticate(secret: (() => string) | null): client.ClientAuth {
  if (secret === null) return client.None();
  return (as, ...rest) => {
    const taken = as.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const by = taken.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
    return by(secret())(as, ...rest);
  };
}
