import { rename } from 'node:fs/promises';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtDecrypt, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anIdentity } from '../../test/support/a-request.ts';
import { type TempDir, tempDir } from '../../test/support/temp-dir.ts';
import { nobody } from '../identity/identity.ts';
import type { DerivedKey } from '../session/key-ring.ts';
import { type AssertionKeys, createAssertionKeys } from './assertion-keys.ts';
import type { ToldApp } from './identity-adapter.ts';
import { type IdentityAdapters, openIdentityAdapters } from './identity-adapters.ts';

const NOW = 1_700_000_000;
const SECRET_2019 = 'change_me_for_token_encryption';
const SECRET = 'a-secret-of-one-app-and-of-nobody-else';
const KEY = 'MAqUAY14AAbhI0_nWYxzJkxtHLNzfBw28eKHEfved5c';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what an app is told by a cookie', () => {
  let dir: TempDir;
  let opened: IdentityAdapters | null = null;
  let nowSec = NOW;
  const clock = { nowMs: () => nowSec * 1000 };
  let seeds: readonly DerivedKey[] = [];
  let keys: AssertionKeys;
  const said: string[] = [];
  const say = (line: string, fields?: object) => void said.push(`${line} ${JSON.stringify(fields ?? {})}`);
  const log = { debug: say, info: say, warn: say, error: say, audit: say };
  beforeEach(async () => {
    dir = await tempDir();
    nowSec = NOW;
    said.length = 0;
    seeds = [];
    keys = createAssertionKeys(() => seeds, clock);
  });
  afterEach(async () => {
    opened?.close();
    opened = null;
    await dir[Symbol.asyncDispose]();
  });

  const app = (changes: Partial<ToldApp>): ToldApp => ({
    ...{ name: 'sales', identity: [], signedCookie: null, encryptedCookie: null, panelCookies: null },
    assertion: { algorithm: 'EdDSA', isBearer: false },
    ...changes,
  });
  const signing = async (secret: string, isLegacy = false): Promise<ToldApp> => {
    const secretFile = await dir.write('secret', secret, 0o600);
    return app({ identity: ['signed-cookie'], signedCookie: { name: 'dashboard_jwt', secretFile, isLegacy } });
  };
  const open = (...apps: ToldApp[]): IdentityAdapters => {
    opened = openIdentityAdapters(apps, {
      clock,
      log,
      asserts: { issuer: 'https://dash.example.com', keys },
    });
    return opened;
  };
  const tokenFor = async (user: string, ...grants: string[]): Promise<string> => {
    const told = await opened?.tell({ name: 'sales' }, anIdentity(user, ...grants));
    return told?.cookies[0]?.replace(/^\w+=/, '') ?? '';
  };

  it('is byte for byte what the dashboards of 2019 made', async () => {
    open(await signing(SECRET_2019, true));
    expect(await tokenFor('mike', 'marketing')).toBe(
      'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VyIjoibWlrZSIsImV4cCI6MTcwMDAwMDMwMCwiYWxsb3dlZF9yZXNvdXJjZXMiOlsibWFya2V0aW5nIl19.pxmU7Uob4uvSlJ-t5v1ic7xLIF5hpQ9mk7cRM5u24Gw',
    );
  });

  it('are the grants of this app, under the names that it knows', async () => {
    open(await signing(SECRET));
    const { allowed_resources } = decodeJwt(
      await tokenFor('mike', 'hr', 'other/it', 'sales/hr', 'sales/_all_', 'salesx/y'),
    );
    expect(allowed_resources).toEqual(['hr', '_all_']);
  });

  it('is encrypted for who wants that, under the newest key', async () => {
    const secretFile = await dir.write('keys', `# new\n${KEY}\n${KEY.replace('M', 'N')}\n`, 0o600);
    open(app({ identity: ['encrypted-cookie'], encryptedCookie: { name: 'example_jwt', secretFile } }));
    const token = await tokenFor('mike', 'marketing');
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'dir', enc: 'A256GCM', typ: 'JWT' });
    const { payload } = await jwtDecrypt(token, Buffer.from(KEY, 'base64url'), { currentDate: new Date(NOW * 1000) });
    expect(payload).toEqual({ user: 'mike', exp: NOW + 300, allowed_resources: ['marketing'] });
  });

  it('is the same for half its life, and another for whoever differs in anything that it says', async () => {
    open(await signing(SECRET));
    const first = await tokenFor('mike', 'a', 'b');
    nowSec += 149;
    expect(await tokenFor('mike', 'a', 'b')).toBe(first);
    const others = [await tokenFor('mike', 'a'), await tokenFor('mike', 'a","b'), await tokenFor('mik', 'ea', 'b')];
    expect(new Set([first, ...others]).size).toBe(4);
    nowSec += 1;
    expect(decodeJwt(await tokenFor('mike', 'a', 'b')).exp).toBe(nowSec + 300);
    nowSec -= 1000;
    expect(decodeJwt(await tokenFor('mike', 'a', 'b')).exp).toBe(nowSec + 300);
  });

  it('is a word that anybody can check, for one app, under a key that readers had time to learn', async () => {
    const ring = ['a', 'b'].map((kid) => ({ kid, key: bytes(kid.repeat(32)) }));
    seeds = ring.slice(1);
    const asked = open(app({ identity: ['assertion'] }), app({ name: 'other', identity: ['assertion'] }));
    const assertionFor = async (name: string) =>
      (await asked.tell({ name }, anIdentity('mike', 'sales/hr')))?.assertion ?? '';
    const check = async (token: string) => {
      const published = keys.published().map((key) => ({ ...key.published }));
      return jwtVerify(token, createLocalJWKSet({ keys: published }), {
        audience: 'sales',
        currentDate: new Date(NOW * 1000),
      });
    };
    const first = await assertionFor('sales');
    const { payload, protectedHeader } = await check(first);
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'dashgate-assertion+jwt', kid: 'b' });
    expect(payload).toEqual({
      ...{ iss: 'https://dash.example.com', aud: 'sales', sub: 'file:mike', iat: NOW, exp: NOW + 300 },
      ...{ user: 'mike', name: 'MIKE', email: 'mike@example.com', groups: ['staff'], allowed_resources: ['hr'] },
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await assertionFor('sales')).toBe(first);
    await expect(check(await assertionFor('other'))).rejects.toThrow(/aud/);

    const signer = async () => decodeProtectedHeader(await assertionFor('sales')).kid;
    seeds = ring;
    expect([await signer(), keys.published().map(({ kid }) => kid)]).toEqual(['b', ['a', 'a-es256', 'b', 'b-es256']]);
    nowSec += 599;
    expect(await signer()).toBe('b');
    nowSec += 1;
    expect(await signer()).toBe('a');
    await check(first);
    seeds = ring.slice(0, 1);
    await expect(check(first)).rejects.toThrow(/no applicable key/);
    seeds = ring.slice(1);
    expect(await signer()).toBe('b');
    seeds = [];
    await expect(assertionFor('sales')).rejects.toThrow('the key ring is empty');
  });

  it('is signed by ES256 where the app says so, rotated alike, and sent as Authorization', async () => {
    const ring = ['a', 'b'].map((kid) => ({ kid, key: bytes(kid.repeat(32)) }));
    seeds = ring.slice(1);
    const assertion = { algorithm: 'ES256', isBearer: true } as const;
    const { tell } = open(app({ identity: ['assertion'], assertion }), app({ name: 'other', identity: ['assertion'] }));
    const told = async () => {
      const { assertion: header = '', authorization = '' } = (await tell({ name: 'sales' }, anIdentity('mike'))) ?? {};
      const [scheme, token = ''] = authorization.split(' ');
      return { header, scheme, ...decodeProtectedHeader(token), token };
    };
    const first = await told();
    expect(first).toMatchObject({ header: '', scheme: 'Bearer', alg: 'ES256', kid: 'b-es256' });
    const published = keys.published().map((key) => ({ ...key.published }));
    const options = { audience: 'sales', currentDate: new Date(NOW * 1000) };
    await jwtVerify(first.token, createLocalJWKSet({ keys: published }), options);
    seeds = ring;
    expect((await told()).kid).toBe('b-es256');
    nowSec += 600;
    expect((await told()).kid).toBe('a-es256');
    expect(decodeProtectedHeader((await tell({ name: 'other' }, anIdentity('mike')))?.assertion ?? '').kid).toBe('a');
    expect(await tell({ name: 'sales' }, nobody)).toBeNull();
  });

  it('is nothing for nobody, and nothing of an app that asks for nothing', async () => {
    const { tell } = open(await signing(SECRET), app({ name: 'plain' }));
    expect(tell({ name: 'sales' }, nobody)).toBeNull();
    expect(tell({ name: 'plain' }, anIdentity('mike'))).toBeNull();
  });

  it('is made with the new secret once the file has one, and with the old while the new is bad', async () => {
    open(await signing(SECRET));
    const replace = async (text: string, logged: RegExp): Promise<void> => {
      await dir.write('next', text, 0o600);
      await rename(dir.file('next'), dir.file('secret'));
      await vi.waitFor(() => expect(said.join('\n')).toMatch(logged), { timeout: 10_000 });
    };
    await replace('short', /new version is refused/);
    const before = await tokenFor('mike');
    await jwtVerify(before, bytes(SECRET), { currentDate: new Date(NOW * 1000) });
    await replace(SECRET.toUpperCase(), /reloaded/);
    await jwtVerify(await tokenFor('mike'), bytes(SECRET.toUpperCase()), { currentDate: new Date(NOW * 1000) });
    expect(said.join('\n')).not.toMatch(new RegExp(SECRET, 'i'));
  });

  it.each([
    [
      'the 30 bytes of 2019 without a word for them',
      SECRET_2019,
      false,
      /30 bytes, too short for HS256; .*legacy_secret: true/,
    ],
    ['a short one even so', 'change_me', true, /9 bytes, too short/],
    ['two lines', `${SECRET}\n${SECRET}`, false, /is not one line/],
  ])('takes no secret that is %s', async (_what, secret, isLegacy, why) => {
    const config = await signing(secret, isLegacy);
    expect(() => open(config)).toThrow(why);
    expect(() => open(config)).not.toThrow(secret);
  });
});
