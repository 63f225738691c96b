import fc from 'fast-check';
import { base64url, CompactEncrypt, compactDecrypt, decodeProtectedHeader, EncryptJWT, jwtDecrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { writeSessionCookie } from './cookie.ts';
import type { DerivedKey } from './key-ring.ts';
import { sealClaims } from './sealed-claims.ts';
import type { Session } from './session.ts';
import { claimsOf, open, seal } from './token.ts';

const ISSUER = 'https://dash.example.com';
const key = (kid: string, fill: number): DerivedKey => ({ kid, key: new Uint8Array(32).fill(fill) });
const NEW = key('new', 1);
const OLD = key('old', 2);
const SESSION: Session = {
  sub: 'file:mica',
  name: 'Mica Öz',
  email: 'mica@example.com',
  groups: ['finance', 'a,b'],
  allowedResources: ['_all_'],
  amr: ['pwd'],
  authTimeSec: 1_800_000_000,
  jti: 'abc',
  writtenSec: 1_800_000_000,
  endsSec: 1_800_028_800,
};

describe('a sealed session', () => {
  it('is a compact JWE, dir and A256GCM under the newest key, with the claims of the contract', async () => {
    const token = await seal(SESSION, ISSUER, [NEW, OLD]);
    expect(token.split('.')).toHaveLength(5);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: 'new' });
    const { plaintext } = await compactDecrypt(token, NEW.key);
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({
      iss: ISSUER,
      sub: 'file:mica',
      name: 'Mica Öz',
      email: 'mica@example.com',
      groups: ['finance', 'a,b'],
      allowed_resources: ['_all_'],
      amr: ['pwd'],
      auth_time: 1_800_000_000,
      jti: 'abc',
      iat: 1_800_000_000,
      exp: 1_800_028_800,
    });
  });

  it('shows nothing of who it is to whoever holds the cookie', async () => {
    const token = await seal(SESSION, ISSUER, [NEW]);
    const seen = token.split('.').map((part) => new TextDecoder().decode(base64url.decode(part)));
    expect(seen.join('')).not.toContain('mica');
  });

  it('keeps the class of its proof, where its source said one', async () => {
    const ofClass = { ...SESSION, acr: 'gold' };
    expect(open(await seal(ofClass, ISSUER, [NEW]), ISSUER, [NEW])).toEqual(ofClass);
    expect(open(await seal(SESSION, ISSUER, [NEW]), ISSUER, [NEW])).toEqual(SESSION);
  });

  it('keeps whom its owner acts as, and their own session beside', async () => {
    const own = { jti: 'own', writtenSec: 1_800_000_000, endsSec: 1_800_028_800, isRemembered: true } as const;
    const acts = { ...SESSION, actingAs: { sub: 'file:mike', own } };
    expect(open(await seal(acts, ISSUER, [NEW]), ISSUER, [NEW])).toEqual(acts);
    const half = sealClaims(
      (Jwt) => new Jwt({ ...claimsOf(acts), acting_as: { sub: 'file:mike' } }).setIssuer(ISSUER),
      [NEW],
    );
    expect(open(await half, ISSUER, [NEW])).toBeNull();
  });

  it('is another one each time', async () => {
    expect(await seal(SESSION, ISSUER, [NEW])).not.toBe(await seal(SESSION, ISSUER, [NEW]));
  });

  it('opens to what was sealed, whatever is in it, by whichever key of the ring', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const sec = fc.integer({ min: 1, max: 2 ** 33 });
    const sessions = fc.record({
      ...{ sub: text, name: text, email: text, jti: text },
      ...{ groups: fc.array(text), allowedResources: fc.array(text), amr: fc.array(text) },
      ...{ authTimeSec: sec, writtenSec: sec, endsSec: sec },
    });
    await fc.assert(
      fc.asyncProperty(sessions, fc.constantFrom(NEW, OLD), fc.boolean(), async (claims, by, isRemembered) => {
        const session: Session = { ...claims, ...(isRemembered && { isRemembered }) };
        expect(open(await seal(session, ISSUER, [by]), ISSUER, [NEW, OLD])).toEqual(session);
      }),
      { numRuns: 50 },
    );
  });

  it('opens up to the size that its cookies can have', async () => {
    const groups = Array.from({ length: 104 }, (_, index) => `${index}-`.padEnd(128, 'g'));
    const token = await seal({ ...SESSION, groups }, ISSUER, [NEW]);
    expect(token.length).toBeGreaterThan(18_000);
    expect(writeSessionCookie(token, { name: 'dashgate', sameSite: 'lax' }, ISSUER)).toHaveLength(5);
    expect(open(token, ISSUER, [NEW])?.groups).toEqual(groups);
  });

  it('is nothing to a ring without its key, nor to another issuer', async () => {
    const token = await seal(SESSION, ISSUER, [OLD]);
    expect(open(token, ISSUER, [NEW])).toBeNull();
    expect(open(token, ISSUER, [])).toBeNull();
    expect(open(token, 'https://other.example.com', [OLD])).toBeNull();
  });

  it('is nothing once any one of its characters is another', async () => {
    const token = await seal(SESSION, ISSUER, [NEW]);
    const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 1, max: 63 }), async (index, shift) => {
        const at = ALPHABET.indexOf(token.charAt(index));
        const other = at < 0 ? 'A' : ALPHABET.charAt((at + shift) % 64);
        const forged = token.slice(0, index) + other + token.slice(index + 1);
        const found = open(forged, ISSUER, [NEW, OLD]);
        // The last character of a part has bits that mean nothing (RFC 4648 §3.5): the same session, never another.
        if (found !== null) expect(found).toEqual(SESSION);
        else expect(found).toBeNull();
      }),
      { numRuns: 150 },
    );
  });
});

describe('no session is', () => {
  const claims = { sub: 'file:mica', jti: 'a', auth_time: 1 };
  const jwt = (payload: Record<string, unknown> = claims) =>
    new EncryptJWT(payload).setIssuer(ISSUER).setIssuedAt(1).setExpirationTime(2);
  const header = { alg: 'dir', enc: 'A256GCM', kid: 'new' };

  it.each<[string, () => string | Promise<string>]>([
    ['an empty text', () => ''],
    ['a word', () => 'mica'],
    ['five empty parts', () => '....'],
    ['a signed token without a signature', () => 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJmaWxlOm1pY2EifQ.'],
    [
      'another algorithm for the key',
      () =>
        jwt()
          .setProtectedHeader({ ...header, alg: 'A256KW' })
          .encrypt(NEW.key),
    ],
    [
      'another encryption',
      () =>
        jwt()
          .setProtectedHeader({ ...header, enc: 'A128GCM' })
          .encrypt(NEW.key.slice(16)),
    ],
    [
      'a password as the key, with a million rounds',
      () =>
        `${base64url.encode(JSON.stringify({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', kid: 'new', p2c: 1_000_000, p2s: 'AAAAAAAAAAA' }))}.AAAA.AAAA.AAAA.AAAA`,
    ],
    [
      'a token that is no claims',
      () => new CompactEncrypt(Buffer.from('[]')).setProtectedHeader(header).encrypt(NEW.key),
    ],
    ['one without a subject', () => jwt({ jti: 'a', auth_time: 1 }).setProtectedHeader(header).encrypt(NEW.key)],
    [
      'one whose subject is a number',
      () =>
        jwt({ ...claims, sub: 7 })
          .setProtectedHeader(header)
          .encrypt(NEW.key),
    ],
    [
      'one without a name of its own',
      () => jwt({ sub: 'a', auth_time: 1 }).setProtectedHeader(header).encrypt(NEW.key),
    ],
    [
      'one without an end',
      () => new EncryptJWT(claims).setIssuer(ISSUER).setIssuedAt(1).setProtectedHeader(header).encrypt(NEW.key),
    ],
    [
      'one without the time of the proof',
      () => jwt({ sub: 'a', jti: 'a' }).setProtectedHeader(header).encrypt(NEW.key),
    ],
    ['one that does not name its key', () => jwt().setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(NEW.key)],
    [
      'one that says more in its header',
      () =>
        jwt()
          .setProtectedHeader({ ...header, typ: 'JWT' })
          .encrypt(NEW.key),
    ],
    ['a megabyte', () => 'a'.repeat(1024 * 1024)],
  ])('%s', async (_what, make) => {
    expect(open(await make(), ISSUER, [NEW])).toBeNull();
  });

  it('what jose would not open, whatever is changed of a token', async () => {
    const parts = (await seal(SESSION, ISSUER, [NEW])).split('.');
    const change = fc.record({
      part: fc.nat(4),
      at: fc.nat(400),
      cut: fc.nat(3),
      put: fc.constantFrom('', 'A', '.', '=', '_', ' ', '+', 'é'),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ part, at, cut, put }) => {
        const changed = parts.map((text, index) => {
          const from = at % (text.length + 1);
          return index === part ? text.slice(0, from) + put + text.slice(from + cut) : text;
        });
        const token = changed.join('.');
        const byJose = await jwtDecrypt(token, NEW.key, { issuer: ISSUER, currentDate: new Date(0) }).catch(() => null);
        if (byJose === null) expect(open(token, ISSUER, [NEW])).toBeNull();
      }),
      { numRuns: 300 },
    );
  });

  it('anything that somebody makes up', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.base64String().map((text) => text.replaceAll('=', '')),
          { maxLength: 6 },
        ),
        async (parts) => {
          expect(open(parts.join('.'), ISSUER, [NEW])).toBeNull();
        },
      ),
    );
  });
});
