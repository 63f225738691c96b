import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { selfSigned } from '../support/self-signed.ts';

/*
 * Not run against the real one, which no registry here has: this reads a token as Grafana's source does (pkg/services/auth/jwt and
 * pkg/services/authn/clients/jwt.go), by the lines of grafana.ini that `dashgate check` prints.
 */

/** The algorithms that it parses a token by. */
const PARSED = [
  'EdDSA',
  'HS256',
  'HS384',
  'HS512',
  'RS512',
  'RS256',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
];

type Ini = Readonly<Record<string, string>>;
type Claims = Readonly<Record<string, unknown>>;
interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly [member: string]: string;
}

const decoded = (part = ''): Claims => JSON.parse(Buffer.from(part, 'base64url').toString());

/** Who Grafana takes the bearer of a header for; throws for what it refuses. */
function signIn(header: string, ini: Ini, keys: readonly Key[], nowSec: number): { login: unknown; email: unknown } {
  const token = header.replace(/^Bearer /, '').replaceAll('=', '');
  const [head, body, signature = ''] = token.split('.');
  const { alg, kid } = decoded(head);
  if (!PARSED.includes(String(alg))) throw new Error('algorithm');
  const found = keys.filter((key) => key.kid === kid);
  if (found.length === 0) throw new Error('key ID not found in configured key sets');
  const good = found.some((jwk) => {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const signed = Buffer.from(`${head}.${body}`);
    const bytes = Buffer.from(signature, 'base64url');
    return jwk.kty === 'EC'
      ? alg === 'ES256' && verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes)
      : alg === 'EdDSA' && verify(null, signed, key, bytes);
  });
  if (!good) throw new Error('signature');
  const claims = decoded(body);
  for (const name of ['iss', 'sub', 'aud']) if (typeof claims[name] !== 'string') throw new Error(`${name} is no text`);
  for (const name of ['exp', 'iat']) if (typeof claims[name] !== 'number') throw new Error(`${name} is no number`);
  if (Number(claims.exp) < nowSec - 60 || Number(claims.iat) > nowSec + 60) throw new Error('time');
  for (const [name, expected] of Object.entries(JSON.parse(ini.expect_claims ?? '{}')))
    if (claims[name] !== expected) throw new Error(`${name} claim mismatch`);
  if (claims.sub === '') throw new Error('sub');
  const [login, email] = [claims[ini.username_claim ?? ''], claims[ini.email_claim ?? '']];
  if (login === '' && email === '') throw new Error('missing login and email claim in JWT');
  return { login, email };
}

needs('openssl')('Grafana’s auth.jwt, as its source reads', () => {
  let gate: Gate;
  const tls = { server: { tls: { cert_file: '$DIR/localhost.pem', key_file: '$DIR/localhost.key' } } };
  beforeAll(async () => {
    gate = await startGate({
      publicUrl: 'https://localhost:$PORT',
      ...tls,
      async prepare(dir) {
        selfSigned(dir, 'localhost', 'localhost');
      },
    });
  });
  afterAll(() => gate?.[Symbol.asyncDispose]());

  const printed = async (): Promise<Ini> => {
    let out = '';
    const note = (text: string): void => {
      out += text;
    };
    const io = { out: note, err() {}, env: {}, cwd: gate.dir.path };
    expect(await main(['check'], { ...io, stdin: process.stdin, signal: AbortSignal.timeout(60_000) })).toBe(0);
    const [, own = ''] = out.split(
      'grafana takes the assertion for its user by these lines in grafana.ini:\n  [auth.jwt]\n',
    );
    const lines =
      own
        .split(/^\S/m, 1)[0]
        ?.split('\n')
        .filter((line) => line.includes(' = ')) ?? [];
    return Object.fromEntries(
      lines.map((line) =>
        line
          .trim()
          .split(/ = (.*)/s)
          .slice(0, 2),
      ),
    );
  };

  it.each([
    ['EdDSA', 'header'],
    ['ES256', 'header'],
    ['ES256', 'bearer'],
  ])('signed by %s and sent as %s, by the lines that check prints', async (algorithm, sent_as) => {
    const app = { upstream: '$UPSTREAM', kind: 'grafana', identity: ['assertion'], assertion: { algorithm, sent_as } };
    const apps = [
      { name: 'grafana', at: '/', ...app },
      { name: 'other', at: '/other/', ...app },
    ];
    await gate.reconfigure({ ...tls, apps });
    const ini = await printed();
    expect(ini.jwk_set_url).toBe(`${gate.origin}/_dashgate/jwks.json`);
    const { keys } = JSON.parse((await gate.ask('/_dashgate/jwks.json')).body);
    const cookie = await gate.signIn('mike');
    const told = async (path: string): Promise<string> => {
      await gate.ask(path, {
        headers: { Cookie: cookie, 'X-JWT-Assertion': 'forged', Authorization: 'Bearer forged' },
      });
      return String(gate.upstream.last().headers[ini.header_name?.toLowerCase() ?? '']);
    };
    const now = Math.floor(Date.now() / 1000);
    const header = await told('/api/search');
    expect(signIn(header, ini, keys, now)).toEqual({ login: 'mike', email: 'mike@example.com' });
    expect(() => signIn(header, ini, keys, now + 400)).toThrow('time');
    const [head, body, signature = ''] = header.split('.');
    expect(() => signIn(`${head}.${body}.${signature.split('').reverse().join('')}`, ini, keys, now)).toThrow(
      'signature',
    );
    await expect(told('/other/api/search').then((other) => signIn(other, ini, keys, now))).rejects.toThrow('aud claim');
  });
});
