import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { DEFAULT_PREFIX } from '../../src/lib/own-paths.ts';
import { createAdapter } from './oidc-adapter.ts';

/** Somebody whom the provider knows; the user name there is their subject too. */
export type Account = Readonly<Record<string, unknown>>;

export const SECRET = 'client-secret-that-is-long-enough-8Fh2';

export interface OidcProviderOptions {
  /** Where dashgate is, for its redirect and logout addresses; more of it by `addClient`. */
  readonly origin: string;
  /** That of dashgate's own pages. */
  readonly prefix?: string;
  /** The id of the provider in dashgate's configuration. */
  readonly id?: string;
  /** Where it sends people back to, in place of dashgate's own address. */
  readonly redirectUris?: string[];
  /** Claims by user name. */
  readonly accounts: Readonly<Record<string, Account>>;
  readonly settings?: Configuration;
  /** Gives refresh tokens, also to who does not ask for `offline_access`, each of which is good once. */
  readonly refreshes?: boolean;
}

/** The real `oidc-provider`, on 127.0.0.1 under the name `localhost`, with a sign-in page of one field. */
export interface OidcServer extends AsyncDisposable {
  readonly issuer: string;
  readonly provider: Provider;
  /** Paths that were asked for, by their count. */
  readonly asked: Map<string, number>;
  /** Answers these in place of the provider, while it is set: to be down, or to lie. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
}

/** A new key to sign by. */
export async function signingKey(kid: string, alg = 'RS256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
}

export async function startOidcProvider(options: OidcProviderOptions): Promise<OidcServer> {
  const { origin, prefix = DEFAULT_PREFIX, id = 'corp', redirectUris, accounts, settings, refreshes = false } = options;
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'dashgate',
        client_secret: SECRET,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: redirectUris ?? [`${origin}${prefix}/oauth/${id}/callback`],
        post_logout_redirect_uris: [`${origin}${prefix}/logout`],
        backchannel_logout_uri: `${origin}${prefix}/oauth/${id}/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [await signingKey('first')] },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username'],
      groups: ['groups'],
      amr: null,
    },
    scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
    acrValues: CLASSES,
    adapter: createAdapter(),
    issueRefreshToken: async (_context, _client, { scopes }) => refreshes || scopes.has('offline_access'),
    rotateRefreshToken: true,
    cookies: { keys: ['a-key-for-the-cookies-of-the-provider'] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: askSignOut },
      revocation: {
        enabled: true,
        allowedPolicy: async (_context, { clientId }, token) => token.clientId === clientId,
      },
      claimsParameter: { enabled: true },
    },
    // As it is, it sends nothing to an address of this machine.
    fetch: (url, { method = 'GET', headers = {}, body = null, signal = null } = {}) =>
      fetch(url, { method, headers, body, signal }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) =>
      Object.hasOwn(accounts, sub) ? { accountId: sub, claims: async () => ({ sub, ...accounts[sub] }) } : undefined,
    // Nobody is asked whether dashgate may know who they are.
    async loadExistingGrant({ oidc }) {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile groups offline_access');
      await grant.save();
      return grant;
    },
    ttl: {
      Interaction: 600,
      Session: 3600,
      Grant: 3600,
      RefreshToken: 3600,
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: 60,
    },
    ...settings,
  });
  const asked = new Map<string, number>();
  const handle = provider.callback();
  const oidc: OidcServer = {
    issuer,
    provider,
    asked,
    intercept: null,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (oidc.intercept?.(request, response)) return;
    if (path.startsWith('/interaction/')) {
      interact(provider, request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    } else void handle(request, response);
  });
  return oidc;
}

/** Its page to sign out: one form that it brings itself. */
function askSignOut(context: KoaContextWithOIDC, form: string): void {
  context.body = `<!doctype html><title>Acme ID</title>${form}
<button form="op.logoutForm" name="logout" value="yes" autofocus>Yes, sign me out</button>`;
}

/** Of proofs: the first, unless another is asked for. */
const CLASSES = ['urn:example:one', 'urn:example:two'];

/** The provider's own page: a name signs in, the other button says no. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, prompt } = await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const wanted = typeof params.acr_values === 'string' ? params.acr_values.split(' ') : [];
    const acr = wanted.find((one) => CLASSES.includes(one)) ?? CLASSES[0];
    const form = new URLSearchParams(await text(request));
    const name = form.get('name');
    const result =
      form.get('no') !== null || name === null
        ? { error: 'access_denied', error_description: 'the person said no' }
        : { login: { accountId: name, amr: ['pwd', 'otp'], acr } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
    return;
  }
  if (prompt.name === 'consent') {
    await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>Acme ID</title><h1>Acme ID</h1>
<form method="post"><label>Name <input name="name"></label> <button>Continue</button></form>
<form method="post"><button name="no" value="1">No</button></form>`);
}
