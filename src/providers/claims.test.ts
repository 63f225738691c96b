import { describe, expect, it } from 'vitest';
import type { ProviderConfig } from '../config/schema/config.ts';
import { type Claims, claimAt, readClaims, sidOf } from './claims.ts';

type OidcConfig = Extract<ProviderConfig, { readonly type: 'oidc' }>;

const CONFIG: OidcConfig = {
  ...{ id: 'corp', type: 'oidc', name: 'Acme', issuer: 'https://login.example.com', clientId: 'dashgate' },
  ...{
    clientSecret: null,
    redirectUri: null,
    iconFile: null,
    caFile: null,
    scope: 'openid',
    authorizeParams: {},
    asksUserInfo: true,
    recheckMs: 300_000,
    recheckGraceMs: 3_600_000,
    timeoutMs: 1000,
    allow: null,
  },
  ...{ userClaim: null, sharesUserNames: false, groupsClaim: 'groups', groupNames: null },
  ...{ resourcesClaim: null, allowsAll: false, rules: [] },
};
const read = (claims: Claims, changes: Partial<OidcConfig> = {}, known: string[] = []) =>
  readClaims({ sub: '1', ...claims }, { config: { ...CONFIG, ...changes }, knownGroups: new Set(known) });

describe('who somebody is', () => {
  it.each([
    ['a plain one', 'AbC-12', 'corp:AbC-12'],
    ['one with colons and spaces within', 'a:b c', 'corp:a:b c'],
    ['none', undefined, null],
    ['an empty one', '', null],
    ['a number', 7, null],
    ['one that ends with a space', 'a ', null],
    ['one with a control', 'a\u0000', null],
    ['one that is not ASCII', 'ä', null],
    ['one that is too long', 'a'.repeat(256), null],
  ])('by %s', (_what, sub, expected) => {
    expect(read({ sub })?.sub ?? null).toBe(expected);
  });

  it.each([
    [{ email: 'a@b.org', email_verified: true }, 'a@b.org'],
    [{ email: 'a@b.org', email_verified: 'true' }, ''],
    [{ email: 'a@b.org', email_verified: false }, ''],
    [{ email: 'a@b.org' }, ''],
    [{ email: 'a@b@c.org', email_verified: true }, ''],
    [{ email: ['a@b.org'], email_verified: true }, ''],
  ])('an e-mail address by %j', (claims, expected) => {
    expect(read(claims)?.email).toBe(expected);
    expect(read(claims, { userClaim: 'email' })?.user).toBe(expected);
  });

  it.each([
    ['mica', 'mica'],
    ['Mica Öz', 'Mica Öz'],
    ['other:12', ''],
    [' mica', ''],
    ['mi\u200bca', ''],
    ['', ''],
    [['mica'], ''],
    [undefined, ''],
  ])('a user name by %j', (preferred_username, expected) => {
    expect(read({ preferred_username }, { userClaim: 'preferred_username' })?.user).toBe(expected);
  });

  it('by a proof that the provider says nothing of', () => {
    expect(read({})).toMatchObject({ amr: ['fed'], acr: null, authTimeSec: 0, sid: null, user: null, name: 'corp:1' });
    expect(read({ amr: [], auth_time: 'x', acr: 7 })).toMatchObject({ amr: ['fed'], acr: null, authTimeSec: 0 });
    expect(read({ amr: ['pwd', 7], auth_time: 5.9, acr: 'x' })).toMatchObject({
      amr: ['pwd'],
      acr: 'x',
      authTimeSec: 5,
    });
  });
});

describe('groups', () => {
  it.each<[unknown, string[]]>([
    [
      ['a', 'b', 'a'],
      ['a', 'b'],
    ],
    ['a', ['a']],
    [['a', 7, null, '', 'x\n', 'y'.repeat(300)], ['a']],
    [{ a: true }, []],
    [undefined, []],
  ])('%j are %j', (groups, expected) => {
    expect(read({ groups })?.groups).toEqual(expected);
  });

  it('have the names that they are given here, and no others', () => {
    const groupNames = [['0f1e', 'finance'] as [string, string]];
    expect(read({ groups: ['0f1e', 'hr', 'finance'] }, { groupNames })?.groups).toEqual(['finance']);
  });

  it('are kept as long as there is room, those that the configuration knows first', () => {
    const many = Array.from({ length: 500 }, (_, i) => `group-${i}`);
    const kept = read({ groups: many }, {}, ['group-499'])?.groups ?? [];
    expect(kept[0]).toBe('group-499');
    expect(kept.join('   ').length).toBeLessThanOrEqual(1200);
  });
});

it.each<[string, unknown]>([
  ['groups', 'g'],
  ['https://example.com/roles', 'r'],
  ['realm_access.roles', ['a']],
  ['realm_access.none', undefined],
  ['__proto__.x', undefined],
  ['constructor', undefined],
])('the claim %s', (name, expected) => {
  const claims = { groups: 'g', 'https://example.com/roles': 'r', realm_access: { roles: ['a'] } };
  expect(claimAt(claims, name)).toEqual(expected);
});

it('two sessions of a provider share no name, nor do those of two providers', () => {
  const names = [sidOf('https://a', 'x'), sidOf('https://a', 'y'), sidOf('https://b', 'x'), sidOf('https://ax', '')];
  expect(new Set(names).size).toBe(4);
  expect(names[3]).toBe(null);
  expect(names[0]).toMatch(/^[\w-]{43}$/);
});
