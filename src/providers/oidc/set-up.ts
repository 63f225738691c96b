import type { JWTVerifyGetKey } from 'jose';
import * as client from 'openid-client';
import type { ProviderConfig } from '../../config/schema/config.ts';
import { ProviderUnavailable } from '../../errors.ts';
import { createBoundedFetch } from '../../lib/bounded-fetch.ts';
import type { Clock } from '../../lib/clock.ts';
import { createKeySet } from './key-set.ts';

const MOST_BYTES = 512 * 1024;

/** What has been found out about the provider. */
export interface Known {
  readonly settings: client.Configuration;
  readonly keys: JWTVerifyGetKey;
}

export interface SetUpOptions {
  readonly config: ProviderConfig;
  /** Reads the client secret; `null` for a public client. */
  readonly secret: (() => string) | null;
  readonly clock: Clock;
}

/** Asks a provider what it says of itself (OpenID Connect Discovery 1.0 §4). @throws ProviderUnavailable */
export async function setUp({ config, secret, clock }: SetUpOptions): Promise<Known> {
  const { id, issuer, clientId, timeoutMs } = config;
  const isHttp = new URL(issuer).protocol === 'http:';
  const fetch = createBoundedFetch({ timeoutMs, mostBytes: MOST_BYTES });
  try {
    const settings = await client.discovery(new URL(issuer), clientId, {}, authenticate(secret), {
      timeout: timeoutMs / 1000,
      [client.customFetch]: fetch,
      execute: isHttp ? [client.allowInsecureRequests] : [],
    });
    const { jwks_uri: uri } = settings.serverMetadata();
    if (uri === undefined || !URL.canParse(uri) || !(isHttp || uri.startsWith('https:')))
      throw new TypeError('it names no https address for its keys');
    return { settings, keys: createKeySet({ provider: id, uri, fetch, timeoutMs, clock }) };
  } catch (error) {
    throw new ProviderUnavailable(`${id}: cannot be set up from ${issuer}`, { cause: namedOtherwise(error) ?? error });
  }
}

/** An issuer that is nearly right, as without the slash at its end, is the likeliest mistake: so say the right one. */
function namedOtherwise(error: unknown): Error | null {
  if (!(error instanceof client.ClientError) || error.code !== 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED') return null;
  const { issuer } = Object(Object(error.cause).body);
  return typeof issuer === 'string' && /^[\x21-\x7e]{1,255}$/.test(issuer)
    ? new Error(`it calls itself ${issuer}; issuer has to be that, to the letter`)
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
