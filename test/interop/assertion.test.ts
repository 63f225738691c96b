import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateKey } from '../../src/session/key-ring.ts';
import { basicOf, type Gate, startGate } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { raw } from '../support/raw.ts';
import { type Dashboard, startGunicorn } from '../support/start-gunicorn.ts';
import { MIKE, request, startChain } from './nginx-chain.ts';

needs('python')('an app that believes a signed assertion, by PyJWT', () => {
  const closing = new AsyncDisposableStack();
  let gate: Gate;
  let app: Dashboard;
  beforeAll(async () => {
    gate = closing.use(await startGate({ publicUrl: 'http://127.0.0.1:$PORT' }));
    const env = { JWKS_URL: `${gate.origin}/_dashgate/jwks.json`, ISSUER: gate.origin };
    app = closing.use(await startGunicorn(join(import.meta.dirname, '../support/assertion'), env));
    const told = { upstream: `${app.origin}/`, identity: ['assertion'] };
    await gate.reconfigure({
      apps: [
        { name: 'sales', at: '/', ...told },
        { name: 'other', at: '/other/', ...told },
        { name: 'untold', at: '/untold/', upstream: `${app.origin}/` },
        { name: 'es256', at: '/es256/', ...told, assertion: { algorithm: 'ES256', sent_as: 'bearer' } },
      ],
    });
  });
  afterAll(() => closing.disposeAsync());
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await gate.ask(path, { headers: { Authorization: basicOf('mike'), ...headers } });
    return { status: answer.status, body: JSON.parse(answer.body) };
  };

  it('knows who is there, and by no word of the client’s', async () => {
    const { body } = await ask('/', { 'X-Dashgate-Assertion': 'forged', x_dashgate_assertion: 'forged' });
    expect(body.claims).toMatchObject({
      sub: 'file:mike',
      user: 'mike',
      aud: 'sales',
      allowed_resources: ['marketing'],
    });
    expect(body.claims.exp - body.claims.iat).toBe(300);
  });

  it('knows it by ES256 and Authorization too, and by no Authorization of the client’s', async () => {
    const { body } = await ask('/es256/');
    expect(body).toMatchObject({ alg: 'ES256', claims: { sub: 'file:mike', aud: 'es256' } });
    const cookie = await gate.signIn('hanna');
    const brought = { Authorization: `Bearer ${body.token}`, Cookie: cookie };
    const answer = await gate.ask('/es256/', { headers: brought });
    expect(JSON.parse(answer.body).claims.sub).toBe('file:hanna');
  });

  it('takes no signature under another algorithm than that of its key', async () => {
    const { keys } = JSON.parse((await gate.ask('/_dashgate/jwks.json')).body);
    const { token } = (await ask('/')).body;
    const [, claims = '', signature = ''] = token.split('.');
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const try_ = async (bad: string) => {
      const answer = await fetch(app.origin, { headers: { 'X-Dashgate-Assertion': bad } });
      return { status: answer.status, bad };
    };
    expect(keys.map(({ alg }: { alg: string }) => alg)).toEqual(['EdDSA', 'ES256']);
    for (const { kid, x } of keys) {
      for (const alg of ['none', 'HS256', 'EdDSA', 'ES256']) {
        const head = `${part({ alg, kid, typ: 'JWT' })}.${claims}`;
        const forged = createHmac('sha256', Buffer.from(x, 'base64url')).update(head).digest('base64url');
        for (const bad of [`${head}.`, `${head}.${signature}`, `${head}.${forged}`])
          expect(await try_(bad)).toEqual({ status: 401, bad });
      }
    }
    expect((await try_(token)).status).toBe(200);
  });

  it('refuses what was said to another app, and what the client brings where nothing is said', async () => {
    expect(await ask('/other/')).toEqual({ status: 401, body: { error: 'InvalidAudienceError' } });
    const { body } = await ask('/');
    const brought = await ask('/untold/', { 'X-Dashgate-Assertion': body.token });
    expect(brought).toEqual({ status: 401, body: { error: 'DecodeError' } });
  });

  it('cannot use it to sign in here', async () => {
    const { token } = (await ask('/')).body;
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { Cookie: `dashgate=${token}` },
      { Authorization: `DPoP ${token}` },
    ])
      expect((await gate.ask('/', { headers })).status).toBe(401);
  });

  it('goes on when the keys are rotated: the new one is published before it signs, and the old one for as long as it is kept', async () => {
    const before = (await ask('/')).body.token;
    const { secretFile } = gate.config.session;
    await writeFile(secretFile, `${generateKey()}\n${await readFile(secretFile, 'utf8')}`);
    await gate.logged(/session keys reloaded/);
    const { keys } = JSON.parse((await gate.ask('/_dashgate/jwks.json')).body);
    expect(keys).toHaveLength(4);
    // PyJWT does not look for a key that it has not seen within half a minute, and here it need not.
    expect((await ask('/')).status).toBe(200);
    await jwtVerify(before, createLocalJWKSet({ keys }), { audience: 'sales' });
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });
});

needs('nginx')('behind nginx', () => {
  it('the assertion arrives, and the keys are published', async () => {
    await using chain = await startChain({
      apps: '\n  - { name: sales, at: /sales/, upstream: "$DASHBOARD", identity: [assertion] }',
    });
    await raw(chain.port, request(chain, '/sales/', [MIKE, 'X-Dashgate-Assertion: forged']));
    const headers = chain.dashboard.seen.at(-1)?.headers;
    const published = await raw(chain.port, request(chain, '/_dashgate/jwks.json'));
    const keys = createLocalJWKSet(JSON.parse(published?.body ?? ''));
    const { payload } = await jwtVerify(String(headers?.get('x-dashgate-assertion')), keys, { audience: 'sales' });
    expect(payload).toMatchObject({ user: 'mike', iss: chain.config.server.publicUrl.origin });
    expect(headers?.get('x-dashgate-user')).toBeUndefined();
  });

  it('as Authorization it arrives in place of the client’s, and the other header does not', async () => {
    await using chain = await startChain({
      apps: '\n  - { name: sales, at: /sales/, upstream: "$DASHBOARD", identity: [assertion], assertion: { algorithm: ES256, sent_as: bearer } }',
    });
    await raw(chain.port, request(chain, '/sales/', [MIKE, 'X-Dashgate-Assertion: forged']));
    const headers = chain.dashboard.seen.at(-1)?.headers;
    const published = await raw(chain.port, request(chain, '/_dashgate/jwks.json'));
    const keys = createLocalJWKSet(JSON.parse(published?.body ?? ''));
    const [scheme, token = ''] = String(headers?.get('authorization')).split(' ');
    const { payload, protectedHeader } = await jwtVerify(token, keys, { audience: 'sales' });
    expect([scheme, payload.user, protectedHeader.alg]).toEqual(['Bearer', 'mike', 'ES256']);
    expect(headers?.get('x-dashgate-assertion') ?? '').toBe('');
  });
});
