import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { freePort } from './free-port.ts';
import type { Gate, GateOptions } from './gate.ts';
import { SECRET } from './start-oidc-provider.ts';
import { startGateBy, type Way } from './ways.ts';

type Keyed = Record<string, unknown>;

/** What the provider does otherwise than it should; each is handed what it would have said. */
export interface Lies {
  readonly metadata?: (said: Keyed) => Keyed;
  /** The query of the redirect back. */
  readonly redirect?: (said: URLSearchParams) => void;
  readonly claims?: (said: JWTPayload) => JWTPayload;
  /** The ID token, in place of one that is signed as it should be. */
  readonly idToken?: (claims: JWTPayload, liar: LyingProvider) => string | Promise<string>;
  /** What the token endpoint says, beside or in place of tokens. */
  readonly token?: (said: Keyed) => Keyed;
  readonly userInfo?: (said: Keyed) => Keyed;
  /** By path: answers in place of what would have been said. */
  readonly instead?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** A provider of our own that signs whoever asks in, and lies as it is told to. */
export interface LyingProvider extends AsyncDisposable {
  readonly issuer: string;
  lies: Lies;
  /** Those that are published; the first signs. */
  keys: SigningKey[];
  /** Every request: path and query, and the body of a POST. */
  readonly asked: { readonly path: string; readonly url: URL; readonly body: URLSearchParams }[];
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>, key?: SigningKey): Promise<string>;
}

export async function newKey(kid: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } };
}

export async function startLyingProvider(name = 'mica'): Promise<LyingProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const codes = new Map<string, URLSearchParams>();
  const liar: LyingProvider = {
    issuer,
    lies: {},
    keys: [await newKey('first')],
    asked: [],
    sign(claims, header = {}, key = liar.keys[0] as SigningKey) {
      return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header }).sign(key.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  const authorize = (asked: URLSearchParams, response: ServerResponse): void => {
    const code = `code-${codes.size}`;
    codes.set(code, asked);
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', issuer);
    liar.lies.redirect?.(back.searchParams);
    response.writeHead(303, { Location: back.href }).end();
  };
  const token = async (body: URLSearchParams): Promise<Keyed> => {
    const isRefresh = body.get('grant_type') === 'refresh_token';
    const asked = isRefresh ? new URLSearchParams() : codes.get(body.get('code') ?? '');
    if (!asked) return { error: 'invalid_grant' };
    const nowSec = Math.floor(Date.now() / 1000);
    const right = { iss: issuer, aud: 'dashgate', sub: name, iat: nowSec, exp: nowSec + 300, sid: `sid-of-${name}` };
    const said: JWTPayload = { ...right, nonce: asked.get('nonce') ?? '' };
    const claims = liar.lies.claims?.(said) ?? said;
    const idToken = await (liar.lies.idToken?.(claims, liar) ?? liar.sign(claims));
    const tokens = { access_token: 'access', token_type: 'Bearer', expires_in: 300, id_token: idToken };
    return liar.lies.token?.(tokens) ?? tokens;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', issuer);
    const body = new URLSearchParams(request.method === 'POST' ? await text(request) : '');
    liar.asked.push({ path: url.pathname, url, body });
    const instead = liar.lies.instead?.[url.pathname];
    const json = (value: unknown): void =>
      void response
        .writeHead(typeof value === 'object' && value !== null && 'error' in value ? 400 : 200, {
          'Content-Type': 'application/json',
        })
        .end(JSON.stringify(value));
    if (instead) instead(request, response);
    else if (url.pathname === '/.well-known/openid-configuration') {
      const metadata = {
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
        ...{ jwks_uri: `${issuer}/jwks`, userinfo_endpoint: `${issuer}/userinfo` },
        ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: ['S256'],
      };
      json(liar.lies.metadata?.(metadata) ?? metadata);
    } else if (url.pathname === '/jwks') json({ keys: liar.keys.map(({ publicJwk }) => publicJwk) });
    else if (url.pathname === '/authorize') authorize(url.searchParams, response);
    else if (url.pathname === '/token') json(await token(body));
    else if (url.pathname === '/userinfo') {
      const said = { sub: name, name: 'Mica', email: 'mica@example.com', email_verified: true };
      json(liar.lies.userInfo?.(said) ?? said);
    } else response.writeHead(404).end();
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return liar;
}

export interface LiarStage extends AsyncDisposable {
  readonly gate: Gate;
  readonly liar: LyingProvider;
  /** Where a sign-in begins. */
  readonly start: string;
}

/** A dashgate that has such a provider, as `corp`. */
export async function startLiarStage(
  options: Omit<GateOptions, 'publicUrl'> & { readonly provider?: Keyed; readonly way?: Way } = {},
): Promise<LiarStage> {
  const { provider, way = 'proxy', ...rest } = options;
  await using closing = new AsyncDisposableStack();
  const liar = closing.use(await startLyingProvider());
  const port = await freePort();
  const own = { id: 'corp', type: 'oidc', issuer: liar.issuer, client_id: 'dashgate', client_secret: SECRET };
  const gate = closing.use(
    await startGateBy(way, port, {
      directories: [],
      ...rest,
      providers: [{ ...own, ...provider }, ...(rest.providers ?? [])],
    }),
  );
  const all = closing.move();
  const start = `${gate.origin}/_dashgate/oauth/corp/start?return_to=${encodeURIComponent(`${gate.origin}/report`)}`;
  return { gate, liar, start, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
