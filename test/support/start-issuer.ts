import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

export const AUDIENCE = 'https://dash.example.com';

/** Signs tokens, and tells by which keys, over HTTP. */
export interface Issuer extends AsyncDisposable {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Paths that were asked for, by their count. */
  readonly asked: Map<string, number>;
  /** The keys that it tells of. */
  keys: JWK[];
  /** Answers in place of it, while it is set: to be down, slow or large. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** A new key, told of or not. */
  addKey(kid: string, options?: { alg?: string; isTold?: boolean }): Promise<CryptoKey>;
  /** A token that holds, with these claims and header parameters instead; `undefined` takes one out. */
  sign(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
    key?: CryptoKey,
  ): Promise<string>;
}

export async function startIssuer(): Promise<Issuer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const name = `http://localhost:${(server.address() as AddressInfo).port}`;
  const asked = new Map<string, number>();
  const issuer: Issuer = {
    issuer: name,
    jwksUrl: `${name}/jwks`,
    asked,
    keys: [],
    intercept: null,
    async addKey(kid, { alg = 'RS256', isTold = true } = {}) {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      if (isTold) issuer.keys.push({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' });
      return privateKey;
    },
    sign(claims = {}, header = {}, key = first) {
      const nowSec = Math.floor(Date.now() / 1000);
      const usual = { iss: name, aud: AUDIENCE, sub: 'build-7', iat: nowSec, exp: nowSec + 300, jti: 'one' };
      const payload = Object.fromEntries(
        Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined),
      );
      return new SignJWT(payload as JWTPayload)
        .setProtectedHeader({ alg: 'RS256', kid: 'first', typ: 'at+jwt', ...header })
        .sign(key);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (issuer.intercept?.(request, response)) return;
    const answers: Record<string, object> = {
      '/jwks': { keys: issuer.keys },
      '/.well-known/openid-configuration': { issuer: name, jwks_uri: issuer.jwksUrl },
    };
    const body = answers[path];
    response.writeHead(body ? 200 : 404, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
  });
  const first = await issuer.addKey('first');
  return issuer;
}
