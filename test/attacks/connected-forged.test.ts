import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { exportSPKI, generateKeyPair, importJWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT, connectedApp, mint, SECRET, SECRET_ID, signRaw } from '../support/connected.ts';
import { type OpenedConnected, openConnected } from '../support/open-connected.ts';
import { type Issuer, startIssuer } from '../support/start-issuer.ts';

// RFC 8725 (JSON Web Token best current practices); node-jws CVE-2025-65945, hono and others: one key tried with another algorithm.
const ISSUED = 'issued-app';
let issuer: Issuer;
let connected: OpenedConnected;
const byIssuer = (more: object = {}) =>
  connectedApp({
    ...{ client_id: ISSUED, secrets: undefined, issuer: issuer.issuer, jwks_url: issuer.jwksUrl },
    ...more,
  });
beforeEach(async () => {
  issuer = await startIssuer();
  connected = await openConnected({ apps: [connectedApp(), byIssuer()] });
});
afterEach(async () => {
  connected[Symbol.dispose]();
  await issuer[Symbol.asyncDispose]();
});

let made = 0;
/** Of the issuer, as it should be. */
const issued = (claims: object = {}, header: object = {}, key?: Parameters<Issuer['sign']>[2]): Promise<string> =>
  issuer.sign(
    { aud: 'tableau', sub: 'alice', scp: ['tableau:views:embed'], jti: `t${++made}`, ...claims },
    { typ: 'JWT', ...header },
    key,
  );
const nowSec = (): number => Math.floor(Date.now() / 1000);
const claimsOf = (token: string): string => token.split('.')[1] ?? '';
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token that another key signed', () => {
  it('is none of the issuer by HMAC under its public key, which everybody has', async () => {
    expect(await connected.codeOf(await issued())).toBe(0);
    const [jwk] = issuer.keys;
    const publicKey = await importJWK(jwk ?? {}, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('no key');
    const pem = await exportSPKI(publicKey);
    for (const secret of [
      pem,
      pem.trim(),
      JSON.stringify(jwk),
      JSON.stringify({ keys: issuer.keys }),
      String(jwk?.n),
      '',
    ]) {
      for (const [alg, code] of [
        ['HS256', 10087],
        ['RS256', 10084],
      ] as const) {
        const head = part({ alg, kid: 'first', typ: 'JWT' });
        const body = `${head}.${claimsOf(await issued())}`;
        const mac = createHmac('sha256', secret).update(body).digest('base64url');
        expect(await connected.codeOf(`${body}.${mac}`)).toBe(code);
      }
    }
  });

  it('is none of the issuer by the secret of a connected app, nor of that by the issuer', async () => {
    const claims = { iss: issuer.issuer };
    expect(await connected.codeOf(mint({ claims, header: { iss: undefined } }))).toBe(10087);
    expect(await connected.codeOf(mint({ claims, header: { iss: undefined, alg: 'RS256', kid: 'first' } }))).toBe(
      10084,
    );
    expect(await connected.codeOf(mint({ claims, header: { iss: CLIENT } }))).toBe(10083);
    expect(await connected.codeOf(await issued({ iss: CLIENT }, { kid: SECRET_ID }))).toBe(10087);
    expect(await connected.codeOf(await issued({ iss: ISSUED }))).toBe(126);
  });

  it('is of no other connected app: each has secrets of its own', async () => {
    const secrets = [{ id: 'theirs', value: 'y'.repeat(32) }];
    using two = await openConnected({ apps: [connectedApp(), connectedApp({ client_id: 'other', secrets })] });
    const as = (kid: string, secret: string) => mint({ header: { kid }, secret });
    expect(await two.codeOf(as('theirs', 'y'.repeat(32)))).toBe(127);
    expect(await two.codeOf(as(SECRET_ID, 'y'.repeat(32)))).toBe(10084);
    const theirs = { claims: { iss: 'other' }, header: { iss: 'other', kid: 'theirs' }, secret: 'y'.repeat(32) };
    expect(await two.codeOf(mint(theirs))).toBe(0);
  });

  it('brings its key along, or says where it is, and nobody looks there', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const { exportJWK } = await import('jose');
    const jwk = await exportJWK(publicKey);
    const own = await startIssuer();
    own.keys = [{ ...jwk, kid: 'theirs', alg: 'RS256' }];
    for (const header of [
      { jwk, kid: 'first' },
      { jku: own.jwksUrl, kid: 'first' },
      { x5u: own.jwksUrl, kid: 'first' },
      { x5c: ['AAAA'], kid: 'first' },
    ])
      expect(await connected.codeOf(await issued({}, header, privateKey))).toBe(10084);
    expect(await connected.codeOf(await issued({}, { jwk, kid: 'theirs' }, privateKey))).toBe(10085);
    expect(own.asked.size).toBe(0);
    await own[Symbol.asyncDispose]();
  });

  it.each([
    '../../../../dev/null',
    '/dev/null',
    "' OR 1=1 --",
    '__proto__',
    'constructor',
    'toString',
    `${SECRET_ID}\0`,
    `${SECRET_ID} `,
    SECRET_ID.toUpperCase(),
    `${CLIENT}\n${SECRET_ID}`,
    '*',
  ])('by a kid that is a trick: %j', async (kid) => {
    for (const secret of [SECRET, '\0'.repeat(32), ' '.repeat(32)])
      expect(await connected.codeOf(mint({ header: { kid }, secret }))).toBe(127);
    expect(await connected.codeOf(await issued({}, { kid }))).toBe(10085);
  });

  it.each(['__proto__', 'constructor', 'toString', `${CLIENT} `, CLIENT.toUpperCase(), `${CLIENT}\0`])(
    'by an iss that is a trick: %j',
    async (iss) => {
      expect(await connected.codeOf(mint({ claims: { iss }, header: { iss: undefined } }))).toBe(126);
    },
  );

  it('is of no issuer that is written in another way', async () => {
    for (const iss of [`${issuer.issuer}/`, issuer.issuer.toUpperCase(), issuer.issuer.replace('http:', 'HTTP:')])
      expect(await connected.codeOf(await issued({ iss }))).toBe(10089);
  });

  it('by an algorithm of the issuer that is not listed, or by a key that is too short', async () => {
    const elliptic = await issuer.addKey('ec', { alg: 'ES256' });
    const token = () => issued({}, { alg: 'ES256', kid: 'ec' }, elliptic);
    expect(await connected.codeOf(await token())).toBe(0);
    using only = await openConnected({ apps: [byIssuer({ algorithms: ['RS256'] })] });
    expect(await only.codeOf(await token())).toBe(10087);
    expect(await only.codeOf(await issued({}, { kid: 'ec' }))).toBe(10085);
    const { generateKeyPairSync, sign } = await import('node:crypto');
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    issuer.keys.push({ ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256' });
    using again = await openConnected({ apps: [byIssuer()] });
    const body = `${part({ alg: 'RS256', kid: 'weak' })}.${claimsOf(await issued())}`;
    const signature = sign('sha256', Buffer.from(body), weak.privateKey).toString('base64url');
    expect(await again.codeOf(`${body}.${signature}`)).toBe(10088);
  });
});

describe('a token that was changed', () => {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n%';

  it('in any one character is refused, and the one that it was is still good', async () => {
    const token = mint();
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...ALPHABET), async (at, character) => {
        fc.pre(token[at] !== character);
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        expect(await connected.codeOf(changed)).not.toBe(0);
      }),
      { numRuns: 400 },
    );
    expect(await connected.codeOf(token)).toBe(0);
  });

  it('in each of the last characters, where some bits mean nothing, or by one more or less', async () => {
    const token = mint();
    const [head = '', body = '', signature = ''] = token.split('.');
    const lasts = (text: string): string[] =>
      [...ALPHABET].map((last) => text.slice(0, -1) + last).filter((one) => one !== text);
    for (const changed of [
      ...lasts(signature).map((last) => `${head}.${body}.${last}`),
      ...lasts(body).map((last) => `${head}.${last}.${signature}`),
      ...lasts(head).map((last) => `${last}.${body}.${signature}`),
      ...[...'=. \n\tA'].flatMap((more) => [`${token}${more}`, `${more}${token}`]),
      `${token}==`,
      `${head}==.${body}==.${signature}=`,
      token.slice(0, -1),
      token.slice(1),
      `${token}.${token}`,
      `Bearer ${token}`,
    ])
      expect([changed, await connected.codeOf(changed)]).not.toEqual([changed, 0]);
    expect(await connected.codeOf(token)).toBe(0);
  });
});

describe('a token within a token', () => {
  it('is not unpacked', async () => {
    const header = { alg: 'HS256', iss: CLIENT, kid: SECRET_ID };
    expect(await connected.codeOf(signRaw({ ...header, cty: 'JWT' }, mint()))).toBe(10084);
    expect(await connected.codeOf(signRaw({ ...header, cty: 'JWT' }, { iss: CLIENT }))).toBe(10083);
    expect(await connected.codeOf(signRaw({ ...header, typ: 'JOSE+JSON' }, { iss: CLIENT }))).toBe(10083);
    const json = { payload: claimsOf(mint()), signatures: [{ protected: part(header), signature: 'AA' }] };
    expect(await connected.codeOf(JSON.stringify(json))).toBe(10084);
  });

  it('nor is one of a megabyte looked at', async () => {
    for (const text of ['.'.repeat(1e6), `${'A'.repeat(1e6)}.A.A`, mint({ claims: { jti: 'x'.repeat(1e6) } })])
      expect(await connected.codeOf(text)).toBe(10103);
    expect(connected.logged().length).toBeLessThan(2000);
  });
});

describe('the keys of an issuer', () => {
  it('that rotate are found, and nobody can have them asked for without end', async () => {
    expect(await connected.codeOf(await issued())).toBe(0);
    const next = await issuer.addKey('next');
    connected.at(nowSec() + 11);
    expect(await connected.codeOf(await issued({}, { kid: 'next' }, next))).toBe(0);
    const before = issuer.asked.get('/jwks');
    for (let i = 0; i < 20; i++) expect(await connected.codeOf(await issued({}, { kid: `made-up-${i}` }))).toBe(10085);
    expect(issuer.asked.get('/jwks')).toBe(before);
  });

  it('that was taken back is of no use once the others are asked for again', async () => {
    const old = await issuer.addKey('old');
    expect(await connected.codeOf(await issued({}, { kid: 'old' }, old))).toBe(0);
    issuer.keys = issuer.keys.filter(({ kid }) => kid !== 'old');
    connected.at(nowSec() + 11);
    expect(await connected.codeOf(await issued({}, { kid: 'another' }))).toBe(10085);
    expect(await connected.codeOf(await issued({}, { kid: 'old' }, old))).toBe(10085);
  });

  it.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['cannot be had', (response) => void response.writeHead(500).end()],
    ['are too large', (response) => void response.end(`{"keys":[${'{"kty":"RSA"},'.repeat(40_000)}{}]}`)],
    ['are too many', (response) => void response.end(JSON.stringify({ keys: Array(101).fill({ kty: 'RSA' }) }))],
    ['are no keys', (response) => void response.end('{"keys":"none"}')],
    ['lead elsewhere', (response) => void response.writeHead(302, { Location: '/elsewhere' }).end()],
    ['never come', (response) => void response.writeHead(200).write('{')],
  ])('that %s are an outage, which is over when they are there again', async (_what, answer) => {
    using brief = await openConnected({ apps: [byIssuer({ timeout: '500ms' })] });
    issuer.intercept = (_request, response) => {
      answer(response);
      return true;
    };
    const token = await issued();
    expect(await brief.read(token)).toMatchObject({ code: 10085, isOutage: true });
    expect(issuer.asked.get('/elsewhere')).toBeUndefined();
    issuer.intercept = null;
    brief.at(nowSec() + 11);
    expect(await brief.codeOf(token)).toBe(0);
  });
});
