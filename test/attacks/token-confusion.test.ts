import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPendingLogins } from '../../src/login/pending-login.ts';
import { deriveKeys, generateKey, loadKeyRing } from '../../src/session/key-ring.ts';
import { basic, type Gate, startGate } from '../support/gate.ts';
import { A, SEVERAL, SIGN_IN, signInAt } from '../support/several-hosts.ts';
import { createVisitor, type Visitor } from '../support/visitor.ts';

// Pomerium CVE-2024-47616, RFC 8725 §2.8: a token that was made for one place is taken at another. Whatever dashgate makes is put
// wherever it takes something.

const STATE = 'the-state-of-a-sign-in-that-is-under-way';
const PENDING = createHash('sha256').update(STATE).digest('hex').slice(0, 32);

let gate: Gate;
let mica: Visitor;
/** Everything that dashgate makes, by its kind. */
const tokens = new Map<string, string>();
beforeAll(async () => {
  gate = await startGate({
    ...SEVERAL,
    prepare: async (dir) => {
      await dir.write('signed.secret', `${generateKey()}\n`, 0o600);
      await dir.write('encrypted.keys', `${generateKey()}\n`, 0o600);
    },
    providers: [{ id: 'corp', type: 'oidc', name: 'Acme', issuer: 'http://127.0.0.1:9', client_id: 'dashgate' }],
    apps: [
      {
        ...{ name: 'home', at: `${SIGN_IN}/`, upstream: '$UPSTREAM', public: ['/open/**'] },
        identity: ['headers', 'assertion', 'signed-cookie', 'encrypted-cookie'],
        signed_cookie: { name: 'dashboard_jwt', secret_file: '$DIR/signed.secret' },
        encrypted_cookie: { name: 'dashboard_jwe', secret_file: '$DIR/encrypted.keys' },
      },
      { name: 'first', at: `${A}/`, upstream: '$UPSTREAM' },
    ],
  });
  mica = createVisitor(gate);
  await signInAt(mica, 'mica', `${SIGN_IN}/`);
  for (const [name, value] of mica.jar.get(new URL(SIGN_IN).host) ?? []) tokens.set(name, value);
  tokens.set('session', tokens.get('__Host-dashgate') ?? '');
  const { headers } = gate.upstream.last();
  tokens.set('assertion', String(headers['x-dashgate-assertion']));
  for (const pair of (headers.cookie ?? '').split('; ')) {
    const [name = '', value = ''] = pair.split('=');
    tokens.set(name, value);
  }
  tokens.set('code', await newCode());
  const keys = deriveKeys(loadKeyRing(gate.config.session.secretFile), 'dashgate/pending-login/v1');
  const pending = { provider: 'corp', state: STATE, nonce: 'n', verifier: 'v', maxAgeSec: null, returnTo: null };
  const clock = { nowMs: () => Date.now() };
  const begunSec = Math.floor(clock.nowMs() / 1000);
  const [line = ''] = await createPendingLogins({ keys: () => keys, clock }).keep(
    '',
    { ...pending, begunSec },
    SIGN_IN,
  );
  tokens.set('pending', line.slice(line.indexOf('=') + 1, line.indexOf(';')));
});
afterAll(() => gate[Symbol.asyncDispose]());

async function newCode(): Promise<string> {
  const { next } = await mica.visit(`${A}/`, undefined, (at) => at.startsWith(`${A}/_dashgate/handoff?`));
  return new URL(next ?? '').searchParams.get('code') ?? '';
}

const KINDS = ['session', 'assertion', 'dashboard_jwt', 'dashboard_jwe', 'code', 'pending'];
const others = (own: string): [kind: string, token: string][] =>
  [...tokens].filter(([kind]) => kind !== own && kind !== '__Host-dashgate');

it('the control: there is one of each kind, no two alike, and a session is one', async () => {
  for (const kind of [...KINDS, 'dashgate-device']) expect(tokens.get(kind)?.length, kind).toBeGreaterThan(20);
  expect(new Set(tokens.values()).size).toBe(tokens.size - 1);
  const visitor = createVisitor(gate);
  visitor.jar.set('dash.example.com', new Map([['__Host-dashgate', tokens.get('session') ?? '']]));
  expect((await visitor.ask(`${SIGN_IN}/_dashgate/session`)).status).toBe(200);
});

it('nothing but a session is a session', async () => {
  for (const [kind, token] of others('session')) {
    for (const origin of [SIGN_IN, A]) {
      const visitor = createVisitor(gate);
      visitor.jar.set(new URL(origin).host, new Map([['__Host-dashgate', token]]));
      expect((await visitor.ask(`${origin}/_dashgate/session`)).status, kind).toBe(401);
      expect((await visitor.ask(`${origin}/`)).status, kind).toBe(302);
    }
  }
});

it('none is a password, a user name or a token of another scheme, and none counts in an address', async () => {
  for (const [kind, token] of tokens) {
    for (const value of [
      ...[basic('mica', token), basic(token, ''), basic('', token), `Bearer ${token}`, `DPoP ${token}`],
      ...[`Dashgate ${token}`, `Token ${token}`, token],
    ]) {
      expect(
        (await gate.ask('/x', { headers: { Authorization: value } })).status,
        `${kind}: ${value.slice(0, 9)}`,
      ).toBe(401);
    }
    const query = ['token', 'access_token', 'jwt', 'code', 'session', 'ticket']
      .map((name) => `${name}=${token}`)
      .join('&');
    expect((await gate.ask(`/x?${query.slice(0, 15_000)}`)).status, kind).toBe(401);
    const headers = {
      'X-Dashgate-Assertion': token,
      'X-Forwarded-Access-Token': token,
      'Proxy-Authorization': `Bearer ${token}`,
    };
    expect((await gate.ask('/x', { headers })).status, kind).toBe(401);
  }
});

it('nothing but a code is a code, in the browser that has begun', async () => {
  for (const [kind, token] of others('code')) {
    const visitor = createVisitor(gate);
    await visitor.ask(`${A}/_dashgate/login?return_to=${A}/`);
    const answer = await visitor.ask(`${A}/_dashgate/handoff?return_to=${A}/&code=${encodeURIComponent(token)}`);
    expect(answer.status, kind).toBe(403);
    expect((await visitor.ask(`${A}/_dashgate/session`)).status, kind).toBe(401);
  }
});

it('nothing but a pending sign-in is one', async () => {
  const finish = async (token: string) => {
    const visitor = createVisitor(gate);
    visitor.jar.set('dash.example.com', new Map([[`__Host-dashgate-pending-0000000-${PENDING}`, token]]));
    return (await visitor.ask(`${SIGN_IN}/_dashgate/oauth/corp/callback?state=${STATE}&error=access_denied`)).status;
  };
  for (const [kind, token] of others('pending')) expect(await finish(token), kind).toBe(400);
  // The provider is asked, and is not there.
  expect(await finish(tokens.get('pending') ?? '')).toBe(503);
});

it('what tells an app who is there comes from no client, whichever token it has', async () => {
  for (const [kind, token] of tokens) {
    gate.upstream.clear();
    const headers = {
      Cookie: `dashboard_jwt=${token}; dashboard_jwe=${token}; Dashboard-JWT=${token}; theme=dark`,
      'X-Dashgate-Assertion': token,
    };
    expect((await gate.ask('/open/x', { headers })).status, kind).toBe(200);
    expect(JSON.stringify(gate.upstream.last().rawHeaders), kind).not.toContain(token);
    expect(gate.upstream.last().headers.cookie).toBe('theme=dark');
  }
});
