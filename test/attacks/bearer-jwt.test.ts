import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gate, rawTo } from '../support/gate.ts';
import { AUDIENCE, type Issuer, startIssuer } from '../support/start-issuer.ts';
import { BEARER_APPS, bearer, startTokenGate, statusesOf } from '../support/tokens.ts';

// RFC 8725 (JSON Web Token best current practices), and what went wrong in libraries that passed over it.
let issuer: Issuer;
let gate: Gate;
const settings = (more: object = {}) => [
  { id: 'ci', issuer: issuer.issuer, jwks_url: issuer.jwksUrl, audience: [AUDIENCE], algorithms: ['RS256'], ...more },
];
beforeEach(async () => {
  issuer = await startIssuer();
  gate = await startTokenGate({ token_issuers: settings() });
});
afterEach(async () => {
  await gate[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const nowSec = (): number => Math.floor(Date.now() / 1000);
const payloadOf = (token: string): string => token.split('.')[1] ?? '';
const IN = [200, 200];
const OUT = [401, 401];

describe('a token that does not hold', () => {
  it('by no signature, or by one that was cut or changed', async () => {
    const good = await issuer.sign();
    expect(await statusesOf(gate, good)).toEqual(IN);
    const [head = '', payload = '', signature = ''] = good.split('.');
    const other = part({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'admin' });
    for (const token of [
      `${part({ alg: 'none' })}.${payload}.`,
      `${part({ alg: 'None', kid: 'first' })}.${payload}.${signature}`,
      `${head}.${payload}.`,
      `${head}.${payload}`,
      `${head}.${other}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -4)}`,
      `${head}.${payload}.${signature}.x`,
      '..',
      'a.b.c',
      `${part({ alg: 'RS256' })}.${Buffer.from('null').toString('base64url')}.${signature}`,
      `${part({ alg: 'RS256' })}.${part([])}.${signature}`,
    ])
      expect([token.slice(0, 30), await statusesOf(gate, token)]).toEqual([token.slice(0, 30), OUT]);
  });

  it('by HMAC under the public key, which everybody has', async () => {
    const [jwk] = issuer.keys;
    const publicKey = await importJWK(jwk ?? {}, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('no key');
    const payload = payloadOf(await issuer.sign());
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(jwk), String(jwk?.n)])
      for (const alg of ['HS256', 'RS256']) {
        const head = part({ alg, kid: 'first', typ: 'at+jwt' });
        const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
        expect(await statusesOf(gate, `${head}.${payload}.${mac}`)).toEqual(OUT);
      }
  });

  it('by a key that it brings itself, or names a place of', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const { exportJWK } = await import('jose');
    const jwk = await exportJWK(publicKey);
    const own = await startIssuer();
    own.keys = [{ ...jwk, kid: 'theirs', alg: 'RS256' }];
    for (const header of [
      { jwk, kid: 'theirs' },
      { jwk, kid: 'first' },
      { jku: own.jwksUrl, kid: 'theirs' },
      { x5u: own.jwksUrl, kid: 'theirs' },
      { kid: own.jwksUrl },
      { kid: '../../../../dev/null' },
      { kid: "' OR 1=1 --" },
      { kid: '__proto__' },
      { kid: undefined },
      { crit: ['jwk'], jwk, kid: 'first' },
    ]) {
      const token = await issuer
        .sign({}, header, privateKey)
        .catch(() => `${part({ alg: 'RS256', ...header })}.e30.AAAA`);
      expect(await statusesOf(gate, token)).toEqual(OUT);
    }
    expect(own.asked.size).toBe(0);
    await own[Symbol.asyncDispose]();
  });

  it.each<[string, object, object?]>([
    ['of another issuer', { iss: 'https://evil.example' }],
    ['of no issuer', { iss: undefined }],
    ['of the issuer with a slash', { iss: 'slash' }],
    ['for somebody else', { aud: 'https://other.example' }],
    ['for nobody', { aud: undefined }],
    ['for a part of our name', { aud: AUDIENCE.slice(0, -1) }],
    ['that is over', { exp: nowSec() - 31 }],
    ['without an end', { exp: undefined }],
    ['with a text for an end', { exp: '9999999999' }],
    ['that has not begun', { nbf: nowSec() + 90 }],
    ['without a time', { iat: undefined }],
    ['without a subject', { sub: undefined }],
    ['with a subject of blanks', { sub: ' x ' }],
    ['with a subject of line ends', { sub: 'a\nb' }],
    ['that is a list of subjects', { sub: ['a', 'b'] }],
    ['that only its holder may use', { cnf: { jkt: 'abc' } }],
    ['to sign out by', {}, { typ: 'logout+jwt' }],
    ['that dashgate gave', {}, { typ: 'dashgate-assertion+jwt' }],
    ['that proves a key', {}, { typ: 'dpop+jwt' }],
  ])('%s', async (_what, claims, header = {}) => {
    const meant = 'iss' in claims && claims.iss === 'slash' ? { iss: `${issuer.issuer}/` } : claims;
    expect(await statusesOf(gate, await issuer.sign({ ...meant }, { ...header }))).toEqual(OUT);
  });

  it('by an algorithm that is not listed, although the key is known', async () => {
    const key = await issuer.addKey('second', { alg: 'ES256' });
    expect(await statusesOf(gate, await issuer.sign({}, { alg: 'ES256', kid: 'second' }, key))).toEqual(OUT);
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ algorithms: ['ES256'] }) });
    expect(await statusesOf(gate, await issuer.sign({}, { alg: 'ES256', kid: 'second' }, key))).toEqual(IN);
    expect(await statusesOf(gate, await issuer.sign())).toEqual(OUT);
  });

  it('of another type, where one type is asked for', async () => {
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ type: 'at+jwt' }) });
    expect(await statusesOf(gate, await issuer.sign())).toEqual(IN);
    expect(await statusesOf(gate, await issuer.sign({}, { typ: 'application/at+jwt' }))).toEqual(IN);
    expect(await statusesOf(gate, await issuer.sign({}, { typ: 'JWT' }))).toEqual(OUT);
    expect(await statusesOf(gate, await issuer.sign({}, { typ: undefined }))).toEqual(OUT);
  });

  it('is refused beside a good cookie, and leaves that alone', async () => {
    const cookie = await gate.signIn('hanna');
    const bad = await issuer.sign({ aud: 'https://other.example' });
    const answer = await gate.ask('/x', { headers: { ...bearer(bad), Cookie: cookie } });
    expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []]);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="dashgate", error="invalid_token"');
    expect((await gate.ask('/x', { headers: { Cookie: cookie } })).status).toBe(200);
  });
});

describe('what is no credential', () => {
  it('a token in the query or in a form', async () => {
    const token = await issuer.sign();
    expect((await gate.ask(`/x?access_token=${token}`)).status).toBe(401);
    const form = await gate.ask('/x', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `access_token=${token}`,
    });
    expect(form.status).toBe(401);
  });

  it('two Authorization headers, whichever is good', async () => {
    const token = await issuer.sign();
    for (const other of ['Bearer x', 'Basic eDp5']) {
      const head = `GET /x HTTP/1.1\r\nHost: $HOST\r\nConnection: close\r\n`;
      const both = [`Bearer ${token}`, other];
      for (const [a, b] of [both, both.toReversed()]) {
        const answer = await rawTo(gate, `${head}Authorization: ${a}\r\nauthorization: ${b}\r\n\r\n`);
        expect(answer?.status).toBe(400);
      }
    }
  });

  it('two tokens in one header, or a token of more than 8 kB', async () => {
    const token = await issuer.sign();
    expect(await statusesOf(gate, `${token} ${token}`)).toEqual(OUT);
    expect(await statusesOf(gate, `${token}, Bearer ${token}`)).toEqual(OUT);
    expect(await statusesOf(gate, await issuer.sign({ much: 'x'.repeat(7000) }))).toEqual(OUT);
  });

  it('our own session, and an assertion that we signed', async () => {
    await gate.reconfigure({ apps: BEARER_APPS.map((app) => ({ ...app, identity: ['assertion'] })) });
    const cookie = await gate.signIn('hanna');
    expect(await statusesOf(gate, cookie.slice(cookie.indexOf('=') + 1))).toEqual(OUT);
    const { headers } = await gate.verify('/x', { headers: { Cookie: cookie } });
    const assertion = headers.get('x-dashgate-assertion') ?? '';
    expect(assertion).toMatch(/^ey/);
    expect(await statusesOf(gate, assertion)).toEqual(OUT);
  });

  it('a Basic password that is a JWT', async () => {
    const token = await issuer.sign();
    const headers = { Authorization: `Basic ${Buffer.from(`ci:${token}`).toString('base64')}` };
    expect((await gate.ask('/x', { headers })).status).toBe(401);
  });
});

describe('what a token claims', () => {
  it('grants nothing that the configuration does not take from it', async () => {
    const token = await issuer.sign({ groups: ['finance'], allowed_resources: ['_all_'], scope: 'hr', sub: 'mica' });
    expect(await statusesOf(gate, token, '/hr/x')).toEqual([403, 403]);
    expect(await statusesOf(gate, token)).toEqual(IN);
    // Not the user of the same name.
    expect(gate.upstream.last().headers).toMatchObject({ 'x-dashgate-user': 'ci:mica' });
    expect(gate.upstream.last().headers).not.toHaveProperty('x-dashgate-resources');
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ resources_claim: 'scope' }) });
    expect(await statusesOf(gate, await issuer.sign({ scope: 'openid hr' }), '/hr/x')).toEqual(IN);
    expect(await statusesOf(gate, await issuer.sign({ scope: '_all_ sales/_all_' }), '/hr/x')).toEqual([403, 403]);
    await gate.reconfigure({
      apps: BEARER_APPS,
      token_issuers: settings(),
      grants: { users: { 'ci:build-7': ['hr'] } },
    });
    expect(await statusesOf(gate, await issuer.sign(), '/hr/x')).toEqual(IN);
    expect(await statusesOf(gate, await issuer.sign({ sub: 'build-8' }), '/hr/x')).toEqual([403, 403]);
  });

  it('names nobody by what can be no user name', async () => {
    await gate.reconfigure({
      apps: BEARER_APPS,
      token_issuers: settings({ user_claim: 'name', shares_user_names: true }),
    });
    expect(await statusesOf(gate, await issuer.sign({ name: 'mica' }))).toEqual(IN);
    for (const name of [undefined, '', 'file:mica', 'a\r\nb', 7])
      expect(await statusesOf(gate, await issuer.sign({ name }))).toEqual(OUT);
  });
});

describe('keys', () => {
  it('that rotate are found, and nobody can have them asked for without end', async () => {
    expect(await statusesOf(gate, await issuer.sign())).toEqual(IN);
    const next = await issuer.addKey('next');
    gate.advance(11_000);
    expect(await statusesOf(gate, await issuer.sign({}, { kid: 'next' }, next))).toEqual(IN);
    const before = issuer.asked.get('/jwks');
    const { privateKey } = await generateKeyPair('RS256');
    for (let i = 0; i < 20; i++)
      expect(await statusesOf(gate, await issuer.sign({}, { kid: `made-up-${i}` }, privateKey))).toEqual(OUT);
    expect(issuer.asked.get('/jwks')).toBe(before);
  });

  it('that cannot be had are an outage: 503, and no hint to sign in', async () => {
    issuer.intercept = (_request, response) => Boolean(response.writeHead(500).end());
    const token = await issuer.sign();
    const answer = await gate.ask('/x', { headers: bearer(token) });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([503, null]);
    const checked = await gate.verify('/x', { headers: bearer(token) });
    expect([checked.status, checked.headers.get('x-dashgate-status')]).toEqual([403, '503']);
    expect((await gate.ask('/x', { headers: { Cookie: await gate.signIn('hanna') } })).status).toBe(200);
    issuer.intercept = null;
    gate.advance(11_000);
    expect(await statusesOf(gate, token)).toEqual(IN);
  });

  it('go on for an hour while they cannot be asked for again', async () => {
    expect(await statusesOf(gate, await issuer.sign())).toEqual(IN);
    issuer.intercept = (_request, response) => Boolean(response.writeHead(500).end());
    const later = (minutes: number) => ({ iat: nowSec() + minutes * 60, exp: nowSec() + minutes * 60 + 300 });
    gate.advance(69 * 60_000);
    expect(await statusesOf(gate, await issuer.sign(later(69)))).toEqual(IN);
    gate.advance(2 * 60_000);
    expect((await gate.ask('/x', { headers: bearer(await issuer.sign(later(71))) })).status).toBe(503);
  });

  it.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['are too large', (response) => void response.end(`{"keys":[${'{"kty":"RSA"},'.repeat(40_000)}{}]}`)],
    ['are too many', (response) => void response.end(JSON.stringify({ keys: Array(101).fill({ kty: 'RSA' }) }))],
    ['are no keys', (response) => void response.end('{"keys":"none"}')],
    ['lead elsewhere', (response) => void response.writeHead(302, { Location: '/elsewhere' }).end()],
    ['never come', (response) => void response.writeHead(200).write('{')],
  ])('that %s are an outage', async (_what, answer) => {
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ timeout: '500ms' }) });
    issuer.intercept = (request, response) => {
      if (request.url !== '/jwks') return false;
      answer(response);
      return true;
    };
    expect((await gate.ask('/x', { headers: bearer(await issuer.sign()) })).status).toBe(503);
    expect(issuer.asked.get('/elsewhere')).toBeUndefined();
  });

  it('are found by discovery, of the issuer that was meant', async () => {
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ jwks_url: undefined }) });
    expect(await statusesOf(gate, await issuer.sign())).toEqual(IN);
    await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ jwks_url: undefined, leeway: '1s' }) });
    issuer.intercept = (request, response) => {
      if (!request.url?.includes('well-known')) return false;
      response.end(JSON.stringify({ issuer: 'https://evil.example', jwks_uri: issuer.jwksUrl }));
      return true;
    };
    expect((await gate.ask('/x', { headers: bearer(await issuer.sign()) })).status).toBe(503);
  });

  it('without a name are tried, and no secret among them is a key', async () => {
    const second = await issuer.addKey('second');
    issuer.keys = issuer.keys.map(({ kid: _kid, ...key }) => key);
    issuer.keys.push({ kty: 'oct', k: Buffer.from('a'.repeat(64)).toString('base64url'), alg: 'HS256' });
    expect(await statusesOf(gate, await issuer.sign({}, { kid: undefined }, second))).toEqual(IN);
    const forged = await new SignJWT({ iss: issuer.issuer, aud: AUDIENCE, sub: 'x' })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(Buffer.from('a'.repeat(64)));
    expect(await statusesOf(gate, forged)).toEqual(OUT);
  });
});

it('a token that was good is refused once it is over, also where it was remembered', async () => {
  const token = await issuer.sign({ exp: nowSec() + 60 });
  expect(await statusesOf(gate, token)).toEqual(IN);
  gate.advance(89_000);
  expect(await statusesOf(gate, token)).toEqual(IN);
  gate.advance(2_000);
  expect(await statusesOf(gate, token)).toEqual(OUT);
});

it('a token that was good is refused by a new configuration that does not take it', async () => {
  const token = await issuer.sign();
  expect(await statusesOf(gate, token)).toEqual(IN);
  await gate.reconfigure({ apps: BEARER_APPS, token_issuers: settings({ audience: ['https://other.example'] }) });
  expect(await statusesOf(gate, token)).toEqual(OUT);
  await gate.reconfigure({ apps: BEARER_APPS, token_issuers: [] });
  expect(await statusesOf(gate, token)).toEqual(OUT);
});

describe('an issuer that is a provider too', () => {
  const provider = (more: object) => ({
    ...{ id: 'ci', type: 'oauth2', client_id: 'dashgate', client_secret: 'x', issuer: issuer.issuer },
    ...{
      authorize_url: `${issuer.issuer}/a`,
      token_url: `${issuer.issuer}/t`,
      user_url: `${issuer.issuer}/u`,
      ...more,
    },
  });

  it('lets nobody in by a token whom `allow` of the provider does not let in', async () => {
    await gate.reconfigure({
      providers: [provider({ groups_claim: 'groups', allow: { groups: ['staff'], email_domains: ['example.com'] } })],
      token_issuers: settings({ groups_claim: 'groups' }),
    });
    const mail = { email: 'mica@example.com', email_verified: true };
    expect(await statusesOf(gate, await issuer.sign({ groups: ['staff'] }))).toEqual(IN);
    expect(await statusesOf(gate, await issuer.sign(mail))).toEqual(IN);
    for (const claims of [{}, { groups: ['guests'] }, { ...mail, email_verified: false }])
      expect(await statusesOf(gate, await issuer.sign(claims))).toEqual(OUT);
  });

  it('is refused where the people of the provider go by something else than `sub`', async () => {
    await expect(
      gate.reconfigure({ providers: [provider({ subject_claim: 'uid' })], token_issuers: settings() }),
    ).rejects.toThrow(/token_issuers\[0\]\.id: is the id of a provider whose people go by uid/);
  });
});
