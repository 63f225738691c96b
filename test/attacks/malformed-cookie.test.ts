import fc from 'fast-check';
import { CompactEncrypt, EncryptJWT, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DerivedKey, deriveKeys, generateKey, loadKeyRing } from '../../src/session/key-ring.ts';
import { type Gate, startGate } from '../support/gate.ts';

// authentik CVE-2026-25748 (PR #18063): a cookie that could not be read fell through to "yes".

let gate: Gate;
let cookie: string;
let key: DerivedKey;
let claims: JWTPayload;
beforeAll(async () => {
  gate = await startGate();
  cookie = await gate.signIn('mica');
  const [newest] = deriveKeys(loadKeyRing(gate.dir.file('state/session.keys')), 'dashgate/session/v1');
  if (!newest) throw new Error('there is no key');
  key = newest;
  const now = Math.floor(Date.now() / 1000);
  claims = {
    ...{ iss: gate.origin, sub: 'file:mica', name: 'mica', email: '', groups: [], allowed_resources: ['_all_'] },
    ...{ amr: ['pwd'], auth_time: now + 1, jti: 'forged-0123456789', iat: now, exp: now + 3600 },
  };
});
afterAll(() => gate[Symbol.asyncDispose]());

const tokenOf = (header: string): string => header.slice(header.indexOf('=') + 1);

/** What becomes of a Cookie header at each door, on a path that every signed-in user may see. */
async function statuses(header: string): Promise<number[]> {
  const headers = { Cookie: header };
  const doors = [
    gate.ask('/x', { headers }),
    gate.verify('/x', { headers }),
    gate.ask('/_dashgate/session', { headers }),
  ];
  return (await Promise.all(doors)).map(({ status }) => status);
}

const REFUSED = [401, 401, 401];
const isVisible = (text: string): boolean => /^[\x20-\x3a\x3c-\x7e]*$/.test(text);

const sealed = (payload: JWTPayload, header: object = {}, by: Uint8Array = key.key): Promise<string> =>
  new EncryptJWT(payload).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid, ...header }).encrypt(by);

/** The same for anything, claims or not. */
const sealedJson = (value: unknown): Promise<string> =>
  new CompactEncrypt(Buffer.from(JSON.stringify(value)))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid })
    .encrypt(key.key);

it('the control: what is forged here with the real key, rightly, is taken', async () => {
  expect(await statuses(`dashgate=${await sealed(claims)}`)).toEqual([200, 200, 200]);
  expect(await statuses(cookie)).toEqual([200, 200, 200]);
});

describe('a changed cookie is refused, and ends nothing else', () => {
  it('with one bit of it flipped', async () => {
    const token = tokenOf(cookie);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.nat(6), async (at, bit) => {
        const changed = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit));
        const text = token.slice(0, at) + changed + token.slice(at + 1);
        // `;` ends the cookie, and the last character of a part has bits that mean nothing: jti, not text, is revoked.
        fc.pre(isVisible(changed) && changed !== ';' && !isSame(text, token));
        expect(await statuses(`dashgate=${text}`)).toEqual(REFUSED);
      }),
      { numRuns: 300 },
    );
  });

  it('cut anywhere, or with something behind or before it', async () => {
    const token = tokenOf(cookie);
    for (let at = 0; at < token.length; at += 7) {
      expect(await statuses(`dashgate=${token.slice(0, at)}`), `${at}`).toEqual(REFUSED);
      expect(await statuses(`dashgate=${token.slice(at + 1)}`), `${at}`).toEqual(REFUSED);
    }
    for (const text of [
      `${token}.`,
      `.${token}`,
      `${token}A`,
      `"${token}"`,
      `${token}=`,
      `${token}.${token}`,
      token.toLowerCase(),
    ]) {
      expect(await statuses(`dashgate=${text}`), text).toEqual(REFUSED);
    }
  });

  it('and garbage of every kind', async () => {
    const part = fc.oneof(
      fc.base64String({ maxLength: 60 }),
      fc.string({ unit: 'binary-ascii', maxLength: 60 }).filter(isVisible),
      fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text).toString('base64url')),
      fc.constantFrom(...tokenOf(cookie).split('.')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 0, maxLength: 7 }), async (parts) => {
        const text = parts.join('.').trim();
        fc.pre(!isSame(text, tokenOf(cookie)));
        expect(await statuses(`dashgate=${text}`)).toEqual(REFUSED);
      }),
      { numRuns: 300 },
    );
  });

  it('and one as long as a header can be', async () => {
    for (const text of ['A'.repeat(15_000), '.'.repeat(15_000), `${'A.'.repeat(4)}${'A'.repeat(17_000)}`]) {
      expect(await statuses(`dashgate=${text}`)).toEqual(REFUSED);
    }
  });

  const isSame = (a: string, b: string): boolean =>
    a.split('.').length === b.split('.').length &&
    a
      .split('.')
      .every(
        (one, index) =>
          Buffer.from(one, 'base64url').equals(Buffer.from(b.split('.')[index] ?? '', 'base64url')) &&
          /^[\w-]*$/.test(one),
      );
});

const b64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

// jose CVE-2022-36083 (PBES2), CVE-2024-28176 (inflate), node-jws CVE-2025-65945*, hono's algorithm confusion 2026*
describe('a token of another make is refused, fast', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['unsigned', () => new UnsecuredJWT(claims).encode()],
    ['unsigned, alg NONE', () => `${b64({ alg: 'NONE' })}.${b64(claims)}.`],
    [
      'signed with the key of the cookie',
      () => new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(key.key),
    ],
    [
      'signed with its kid as the key',
      () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256', kid: key.kid })
          .sign(Buffer.from(key.kid.padEnd(32, '\0'))),
    ],
    ['sealed with another key', () => sealed(claims, {}, Buffer.from(generateKey(), 'base64url'))],
    ['sealed with zeros', () => sealed(claims, {}, new Uint8Array(32))],
    ['another kid', () => sealed(claims, { kid: 'AAAAAAAAAAAA' })],
    ['a kid that is a path', () => sealed(claims, { kid: '../../../dev/null' })],
    ['a kid that is __proto__', () => sealed(claims, { kid: '__proto__' })],
    [
      'a kid that is no text',
      () => `${b64({ alg: 'dir', enc: 'A256GCM', kid: { a: 1 } })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    [
      'another encryption',
      () =>
        new EncryptJWT(claims)
          .setProtectedHeader({ alg: 'dir', enc: 'A128GCM', kid: key.kid })
          .encrypt(key.key.slice(0, 16)),
    ],
    [
      'CBC',
      () =>
        new EncryptJWT(claims).setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256', kid: key.kid }).encrypt(key.key),
    ],
    [
      'a wrapped key',
      () => new EncryptJWT(claims).setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: key.kid }).encrypt(key.key),
    ],
    [
      'A256GCMKW',
      () =>
        new EncryptJWT(claims).setProtectedHeader({ alg: 'A256GCMKW', enc: 'A256GCM', kid: key.kid }).encrypt(key.key),
    ],
    [
      'PBES2 with many rounds',
      () =>
        `${b64({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', kid: key.kid, p2c: 2_000_000_000, p2s: 'AAAAAAAAAAAAAAAA' })}.${'A'.repeat(54)}.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    [
      'RSA',
      () =>
        `${b64({ alg: 'RSA1_5', enc: 'A256GCM', kid: key.kid })}.${'A'.repeat(342)}.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    [
      'ECDH with a key of its own',
      () =>
        `${b64({ alg: 'ECDH-ES', enc: 'A256GCM', kid: key.kid, epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    [
      'a header that wants to be understood',
      () =>
        `${b64({ alg: 'dir', enc: 'A256GCM', kid: key.kid, crit: ['exp'], exp: 1 })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    [
      'compressed',
      () =>
        `${b64({ alg: 'dir', enc: 'A256GCM', kid: key.kid, zip: 'DEF' })}..AAAAAAAAAAAAAAAA.${'A'.repeat(4000)}.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    [
      'a header with a number for alg',
      () => `${b64({ alg: 1, enc: 'A256GCM', kid: key.kid })}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`,
    ],
    ['a header that is null', () => `${b64(null)}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`],
    ['a header that is a list', () => `${b64([])}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`],
    [
      'one token within another',
      async () =>
        new CompactEncrypt(Buffer.from(tokenOf(cookie)))
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid, cty: 'JWT' })
          .encrypt(key.key),
    ],
    ['no claims', () => sealedJson([])],
    ['nothing', () => sealedJson(null)],
    [
      'no bytes',
      async () =>
        new CompactEncrypt(new Uint8Array())
          .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid })
          .encrypt(key.key),
    ],
    // Pomerium CVE-2024-47616: a token that is good for one thing is good for nothing else.
    ...['dashgate/assertion/v1', 'dashgate/session/v2', 'dashgate/device/v1', 'dashgate/session/v1/kid'].map(
      (purpose): [string, () => Promise<string>] => [
        `sealed for ${purpose}`,
        () => {
          const [other] = deriveKeys(loadKeyRing(gate.dir.file('state/session.keys')), purpose);
          return sealed(claims, {}, other?.key);
        },
      ],
    ),
    ['of another installation', () => sealed({ ...claims, iss: 'https://elsewhere.example' })],
    ['without an issuer', () => sealedJson({ ...claims, iss: undefined })],
    ['of a list of issuers', () => sealedJson({ ...claims, iss: [gate.origin] })],
    ['over', () => sealed({ ...claims, exp: Math.floor(Date.now() / 1000) - 1 })],
    ...(['sub', 'jti', 'iat', 'exp', 'auth_time'] as const).map((name): [string, () => Promise<string>] => [
      `without ${name}`,
      () => sealedJson({ ...claims, [name]: undefined }),
    ]),
    ...(['sub', 'jti', 'exp', 'auth_time'] as const).map((name): [string, () => Promise<string>] => [
      `with null for ${name}`,
      () => sealedJson({ ...claims, [name]: null }),
    ]),
    ['with a text for exp', () => sealedJson({ ...claims, exp: '9999999999' })],
    ['of nobody', () => sealed({ ...claims, sub: 'file:nobody' })],
    ['of another source', () => sealed({ ...claims, sub: 'ldap:mica' })],
    ['of a name without a source', () => sealed({ ...claims, sub: 'mica' })],
    ['of __proto__', () => sealed({ ...claims, sub: '__proto__' })],
  ])('%s', async (_what, make) => {
    const began = performance.now();
    expect(await statuses(`dashgate=${await make()}`)).toEqual(REFUSED);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('grants that were sealed count for nothing: today’s do', async () => {
    const token = await sealed({ ...claims, sub: 'file:nora', allowed_resources: ['_all_'], groups: ['admins'] });
    const headers = { Cookie: `dashgate=${token}` };
    expect((await gate.ask('/x', { headers })).status).toBe(200);
    expect((await gate.ask('/hr', { headers })).status).toBe(403);
    expect(gate.upstream.last().headers['x-dashgate-resources'] ?? '').toBe('');
  });
});

it('two cookies of one name are refused, in either order, and cleared', async () => {
  for (const header of [
    `${cookie}; dashgate=x`,
    `dashgate=x; ${cookie}`,
    `${cookie}; ${cookie}`,
    `${cookie};dashgate`,
    `dashgate; ${cookie}`,
    `a=1; ${cookie}; b=2; dashgate=`,
    `${cookie}; \tdashgate =x`,
  ]) {
    expect(await statuses(header), header).toEqual(REFUSED);
    const answer = await gate.ask('/x', { headers: { Cookie: header } });
    expect(answer.headers.getSetCookie().join()).toContain('dashgate=; Max-Age=0');
  }
  const split = await gate.ask('/x', { headers: { Cookie: [cookie, 'dashgate=x'] } });
  expect(split.status).toBe(401);
});

it('a cookie of another name is none', async () => {
  const token = tokenOf(cookie);
  for (const name of [
    'Dashgate',
    'DASHGATE',
    'xdashgate',
    'dashgatex',
    '__Host-dashgate',
    '__Secure-dashgate',
    'dash gate',
    '$dashgate',
  ]) {
    expect(await statuses(`${name}=${token}`), name).toEqual(REFUSED);
  }
});
