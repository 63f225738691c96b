import { describe, expect, it } from 'vitest';
import { CLIENT, connectedApp, mint, SECRET, SECRET_ID, signRaw } from '../../../test/support/connected.ts';
import { openConnected } from '../../../test/support/open-connected.ts';
import { type TempDir, tempDir } from '../../../test/support/temp-dir.ts';
import type { Person } from '../../directories/directory.ts';
import { nobodysDirectory } from '../../directories/nobody.ts';
import { DirectoryUnavailable, StoreUnavailable } from '../../errors.ts';

const NOW = 1_700_000_000;
const EMBED = 'tableau:views:embed';
const SUB = `connected:${CLIENT}:alice@example.com`;

describe('a token of a connected app', () => {
  it('as the vendor’s sample signs it is taken, byte for byte', async () => {
    const payload = {
      iss: CLIENT,
      sub: 'alice@example.com',
      aud: 'tableau',
      exp: NOW + 300,
      jti: '11111111-2222-4333-8444-555555555555',
      scp: ['tableau:content:read', 'tableau:workbooks:create'],
    };
    const token = signRaw({ alg: 'HS256', iss: CLIENT, kid: SECRET_ID, typ: 'JWT' }, payload);
    expect(token.split('.')[2]).toBe('hLCRfprCvtsPiow_EiKuXmkh19Z-vOl-PxudWSadN_g');
    using connected = await openConnected({ apps: [connectedApp({ scopes: payload.scp })], nowSec: NOW });
    expect(await connected.read(token, 'rest')).toMatchObject({
      ...{ kind: 'vouched', client: CLIENT, jti: payload.jti, ends: NOW + 300, scopes: payload.scp },
      identity: { sub: SUB, user: SUB, allowedResources: [], scope: ['sales/_all_'], connected: CLIENT },
    });
  });

  it.each<[string, object, object?]>([
    ['with iss in the header only', { iss: undefined }],
    ['with iss in the claims only', {}, { iss: undefined }],
    ['without typ', {}, { typ: undefined }],
    ['with typ in small letters', {}, { typ: 'jwt' }],
    ['that ends in ten minutes', { exp: NOW + 600 }],
    ['that ends in a part of a second', { exp: NOW + 0.5 }],
    ['made by a clock that is ahead by half a minute', { iat: NOW + 30, nbf: NOW + 30 }],
    ['with user attributes', { Region: ['East', 'West'], 'https://example.com/x': { a: 1 } }],
    ['for more than it is for here', { scp: [EMBED, 'tableau:content:read'] }],
    ['that says that it gives nothing', { 'https://tableau.com/oda': 'false', 'https://tableau.com/groups': ['x'] }],
  ])('is taken %s', async (_what, claims, header = {}) => {
    using connected = await openConnected({ apps: [connectedApp()], nowSec: NOW });
    expect(await connected.read(mint({ claims, header, nowSec: NOW }))).toMatchObject({ scopes: [EMBED] });
  });

  // Tableau's own numbers; docs/connected-apps.md says which of them are confirmed.
  it.each<[number, string, object, object?, string?]>([
    [126, 'an unknown client', { iss: 'somebody' }, { iss: 'somebody' }],
    [10089, 'an unknown issuer', { iss: 'https://login.example.com' }, { iss: undefined }],
    [127, 'an unknown secret', {}, { kid: 'aaaabbbb' }],
    [10083, 'no kid', {}, { kid: undefined }],
    [10083, 'a kid of no characters', {}, { kid: '' }],
    [10083, 'a kid that is no text', {}, { kid: 7 }],
    [10083, 'no iss', { iss: undefined }, { iss: undefined }],
    [10083, 'two iss that differ', { iss: 'somebody' }],
    [10083, 'an iss that is a list', { iss: [CLIENT] }, { iss: undefined }],
    [10083, 'an iss that is a list, beside a good one', { iss: [CLIENT] }],
    [10084, 'another secret', {}, {}, 'another-secret-of-thirty-two-bytes!'],
    [10084, 'the secret decoded', {}, {}, Buffer.from(SECRET, 'base64').toString('latin1')],
    [10084, 'no aud', { aud: undefined }],
    [10084, 'another aud', { aud: 'Tableau' }],
    [10084, 'a list of aud', { aud: ['tableau'] }],
    [10084, 'no sub', { sub: undefined }],
    [10084, 'an empty sub', { sub: '' }],
    [10084, 'a number for a sub', { sub: 7 }],
    [10084, 'a list of sub', { sub: ['alice'] }],
    [10084, 'a sub with a line end', { sub: 'alice\nadmin' }],
    [10084, 'a sub with a blank at its end', { sub: 'alice ' }],
    [10084, 'a sub with what nobody sees', { sub: 'al\u200bice' }],
    [10084, 'a sub of 256 characters', { sub: 'x'.repeat(256) }],
    [10084, 'no exp', { exp: undefined }],
    [10084, 'a text for an exp', { exp: `${NOW + 300}` }],
    [10084, 'an exp of null', { exp: null }],
    [10084, 'an exp that is over', { exp: NOW }],
    [10084, 'an exp before the epoch', { exp: -1 }],
    [10096, 'an exp beyond ten minutes', { exp: NOW + 601 }],
    [10096, 'an exp in the year 9999', { exp: 253_402_300_799 }],
    [10096, 'an exp in milliseconds', { exp: (NOW + 300) * 1000 }],
    [10084, 'an iat in the future', { iat: NOW + 31 }],
    [10084, 'an nbf in the future', { nbf: NOW + 31 }],
    [10084, 'a text for an nbf', { nbf: '0' }],
    [10084, 'no jti', { jti: undefined }],
    [10084, 'an object for a jti', { jti: {} }],
    [10084, 'an empty jti', { jti: '' }],
    [10084, 'a jti of 256 characters', { jti: 'x'.repeat(256) }],
    [10099, 'no scp', { scp: undefined }],
    [10099, 'no scope at all', { scp: [] }],
    [10099, 'a scope that it may not ask for', { scp: ['tableau:views:embed_authoring'] }],
    [10099, 'a scope that is not for a frame', { scp: ['tableau:content:read'] }],
    [10099, 'a scope in other letters', { scp: ['Tableau:Views:Embed'] }],
    [10097, 'a text for a scp', { scp: EMBED }],
    [10097, 'a scope that is a list', { scp: [[EMBED]] }],
    [10097, 'scopes without end', { scp: Array.from({ length: 101 }, (_, i) => `tableau:x:${i}`) }],
    [10087, 'HS512', {}, { alg: 'HS512' }],
    [10087, 'an asymmetric algorithm', {}, { alg: 'RS256' }],
    [10087, 'an algorithm in other letters', {}, { alg: 'hs256' }],
    [10098, 'no signature', {}, { alg: 'none' }],
    [10098, 'no signature, in other letters', {}, { alg: 'nOnE' }],
    [10083, 'no algorithm', {}, { alg: undefined }],
    [10083, 'a type of another token', {}, { typ: 'dashgate-assertion+jwt' }],
    [10083, 'a type that is no text', {}, { typ: ['JWT'] }],
    [10083, 'an extension that has to be understood', {}, { crit: ['exp'], exp: 1 }],
    [10083, 'a payload that is not encoded', {}, { b64: false }],
    [10083, 'a payload that is packed', {}, { zip: 'DEF' }],
    [10083, 'another token within', {}, { cty: 'JWT' }],
    [10084, 'true for oda', { 'https://tableau.com/oda': true }],
    [10084, 'a text for groups', { 'https://tableau.com/oda': 'true', 'https://tableau.com/groups': 'admins' }],
    [10084, 'a text for resources', { 'https://tableau.com/oda': 'true', allowed_resources: 'hr' }],
  ])('is refused with %i for %s, and can be brought again mended', async (code, _what, claims, header = {}, secret) => {
    using connected = await openConnected({ apps: [connectedApp()], nowSec: NOW });
    const jti = 'one';
    const token = mint({ claims: { jti, ...claims }, header, nowSec: NOW, ...(secret && { secret }) });
    expect(await connected.read(token)).toMatchObject({ kind: 'refused', code });
    expect(await connected.codeOf(mint({ claims: { jti }, nowSec: NOW }))).toBe(0);
    const [first = ''] = connected.logged().split('\n');
    expect(JSON.parse(first)).toMatchObject({ message: 'login-refused', why: expect.stringMatching(`^${code} `) });
  });

  it.each<[number, string, string]>([
    [10103, 'more than 8 kB', mint({ claims: { much: 'x'.repeat(8192) } })],
    [10098, 'an encrypted token', 'eyJhbGciOiJkaXIifQ..aa.bb.cc'],
    [10098, 'a signature that was cut off', `${mint().split('.').slice(0, 2).join('.')}.`],
    [10084, 'two parts', mint().split('.').slice(0, 2).join('.')],
    [10084, 'four parts', `${mint()}.`],
    [10084, 'nothing', ''],
    [10084, 'a header that is no JSON', signRaw('alg: HS256', {})],
    [10084, 'a header that is a list', signRaw([], {})],
    [10084, 'claims that are null', signRaw({ alg: 'HS256', iss: CLIENT, kid: SECRET_ID }, null)],
    [10084, 'claims that are a list', signRaw({ alg: 'HS256', iss: CLIENT, kid: SECRET_ID }, [])],
    [
      10084,
      'claims with one name twice',
      signRaw({ alg: 'HS256', iss: CLIENT, kid: SECRET_ID }, '{"sub":"a","sub":"b"}'),
    ],
    [10084, 'a header with one name twice', signRaw(`{"alg":"HS256","kid":"a","kid":"${SECRET_ID}"}`, { iss: CLIENT })],
    [10084, 'claims without an end of depth', signRaw({ alg: 'HS256' }, `${'{"a":'.repeat(900)}1${'}'.repeat(900)}`)],
    [10084, 'claims that are a token', signRaw({ alg: 'HS256', iss: CLIENT, kid: SECRET_ID }, mint())],
  ])('is refused with %i as %s', async (code, _what, token) => {
    using connected = await openConnected({ apps: [connectedApp()] });
    expect(await connected.codeOf(token)).toBe(code);
  });

  it('is refused with 67 where there are no connected apps, and with 10090 where its own is disabled', async () => {
    using none = await openConnected({ apps: [] });
    expect(await none.codeOf(mint())).toBe(67);
    using disabled = await openConnected({ apps: [connectedApp({ enabled: false })] });
    expect(await disabled.codeOf(mint())).toBe(10090);
  });

  it('is refused with 10094 by a page that is none of the domains, to the letter, and is not used up by it', async () => {
    using connected = await openConnected({ apps: [connectedApp({ domains: ['https://Portal.example.com'] })] });
    const token = mint();
    for (const page of [
      'https://portal.example.com.evil.example',
      'https://evil-portal.example.com',
      'https://portal.example.com:8443',
      'http://portal.example.com',
      'https://portal.example.com/',
      'null',
      '',
    ])
      expect(await connected.read(token, 'embed', page)).toMatchObject({ code: 10094 });
    expect(await connected.read(token, 'embed', 'https://portal.example.com')).toMatchObject({ kind: 'vouched' });
  });

  it('goes by the lifetime and the leeway of the configuration', async () => {
    const apps = [connectedApp({ max_lifetime: '1m', leeway: '0s' })];
    using connected = await openConnected({ apps, nowSec: NOW });
    expect(await connected.codeOf(mint({ claims: { exp: NOW + 61 }, nowSec: NOW }))).toBe(10096);
    expect(await connected.codeOf(mint({ claims: { exp: NOW + 60, iat: NOW + 1 }, nowSec: NOW }))).toBe(10084);
    expect(await connected.codeOf(mint({ claims: { exp: NOW + 60, iat: NOW }, nowSec: NOW }))).toBe(0);
  });

  it('opens at each door what is for that door', async () => {
    const scopes = [EMBED, 'tableau:content:read'];
    using connected = await openConnected({ apps: [connectedApp({ scopes })] });
    const claims = { scp: [...scopes, EMBED, 'tableau:users:read'] };
    expect(await connected.read(mint({ claims }), 'rest')).toMatchObject({ scopes: ['tableau:content:read'] });
    expect(await connected.read(mint({ claims }), 'embed')).toMatchObject({ scopes: [EMBED] });
  });
});

describe('whom a connected app vouches for', () => {
  it('is its own: whose name is granted something elsewhere is somebody else', async () => {
    const grants = {
      users: { 'alice@example.com': ['hr'], [`connected:${CLIENT}:bob`]: ['hr'] },
      groups: { staff: ['hr'] },
    };
    using connected = await openConnected({ apps: [connectedApp({ apps: ['sales'] })], more: { grants } });
    const resources = async (claims: object) => {
      const answer = await connected.read(mint({ claims }));
      return answer.kind === 'vouched' ? answer.identity.allowedResources : answer.code;
    };
    expect(await resources({ groups: ['staff'], allowed_resources: ['_all_'] })).toEqual([]);
    expect(await resources({ sub: 'bob' })).toEqual(['sales/hr']);
    expect(await resources({ sub: 'Bob' })).toEqual([]);
  });

  it('has an e-mail address where the token says that it is verified', async () => {
    using connected = await openConnected({ apps: [connectedApp({ user_claim: 'nick' })] });
    const identity = async (claims: object) => {
      const answer = await connected.read(mint({ claims: { nick: 'alice', ...claims } }));
      return answer.kind === 'vouched' ? answer.identity : answer.code;
    };
    expect(await identity({ email: 'a@example.com' })).toMatchObject({
      email: '',
      user: 'alice',
      name: 'alice@example.com',
    });
    expect(await identity({ email: 'a@example.com', email_verified: true, name: 'Alice A.' })).toMatchObject({
      email: 'a@example.com',
      name: 'Alice A.',
    });
    expect(await identity({ nick: 'file:mica' })).toBe(16);
    expect(await identity({ nick: undefined })).toBe(16);
  });

  it('gets on demand what the configuration lists, and nothing else', async () => {
    const on_demand = { groups: ['viewers'], resources: ['sales/hr', 'marketing'] };
    const grants = { groups: { viewers: ['q3'], admins: ['_all_'] } };
    using connected = await openConnected({ apps: [connectedApp({ on_demand })], more: { grants } });
    const given = async (claims: object) => {
      const answer = await connected.read(mint({ claims }));
      return answer.kind === 'vouched' ? [answer.identity.groups, answer.identity.allowedResources] : answer.code;
    };
    const claims = {
      'https://tableau.com/groups': ['viewers', 'admins'],
      allowed_resources: ['HR', 'sales/HR', '_all_'],
    };
    expect(await given({ 'https://tableau.com/oda': 'true', ...claims })).toEqual([
      ['viewers'],
      ['sales/hr', 'sales/q3'],
    ]);
    expect(await given({ 'https://tableau.com/oda': 'false', ...claims })).toEqual([[], []]);
    expect(await given(claims)).toEqual([[], []]);
    const more = {
      'https://tableau.com/oda': 'true',
      allowed_resources: ['sales/marketing', 'sales/_all_', 'x/y/z', ''],
    };
    expect(await given(more)).toBe(10084);
    expect(await given({ ...more, allowed_resources: ['sales/marketing', 'sales/_all_', 'x/y/z'] })).toEqual([
      [],
      ['sales/marketing'],
    ]);
  });

  it('gets everything of the apps of the connected app where _all_ is listed, and no other app', async () => {
    using connected = await openConnected({ apps: [connectedApp({ on_demand: { resources: ['_all_'] } })] });
    const claims = { 'https://tableau.com/oda': 'true', allowed_resources: ['_all_'] };
    expect(await connected.read(mint({ claims }))).toMatchObject({ identity: { allowedResources: ['sales/_all_'] } });
  });

  const mica: Person = {
    ...{ sub: 'file:mica', user: 'mica', name: 'Mica', email: 'mica@example.com', groups: [] },
    allowedResources: ['_all_'],
  };
  const people = (find: () => Promise<Person | null>) => ({
    ...nobodysDirectory,
    find: (user: string) => (user === 'mica' ? find() : Promise.resolve(null)),
    current: (sub: string) => (sub === mica.sub ? undefined : null),
    lookUp: find,
  });
  const ofDirectory = { apps: [connectedApp({ users: 'directory' })], more: { directories: [{ file: 'users.yaml' }] } };

  it('is a user of the directories where the configuration says so, for as long as there is one', async () => {
    let known: Person | null = mica;
    using connected = await openConnected({ ...ofDirectory, directory: people(async () => known) });
    const answer = await connected.read(mint({ claims: { sub: 'mica', name: 'Somebody', email: 'x@example.com' } }));
    if (answer.kind !== 'vouched') throw new Error(answer.name);
    expect(answer.identity).toMatchObject({ sub: 'file:mica', name: 'Mica', allowedResources: ['sales/_all_'] });
    known = { ...mica, allowedResources: ['hr'] };
    expect(await connected.identify(answer.vouching)).toMatchObject({ allowedResources: ['sales/hr'] });
    known = null;
    expect(await connected.identify(answer.vouching)).toBeNull();
    expect(await connected.codeOf(mint({ claims: { sub: 'mica' } }))).toBe(5);
    expect(await connected.codeOf(mint({ claims: { sub: 'file:mica' } }))).toBe(5);
    expect(await connected.codeOf(mint({ claims: { sub: 'label:auth-none' } }))).toBe(5);
  });

  it('is nobody while the directory cannot be asked, and the token is not used up', async () => {
    let isDown = true;
    const find = async () => {
      if (isDown) throw new DirectoryUnavailable('down');
      return mica;
    };
    using connected = await openConnected({ ...ofDirectory, directory: people(find) });
    const token = mint({ claims: { sub: 'mica' } });
    await expect(connected.read(token)).rejects.toThrow(DirectoryUnavailable);
    expect(connected.logged()).toContain('"why":"ERR_DIRECTORY_UNAVAILABLE"');
    isDown = false;
    expect(await connected.codeOf(token)).toBe(0);
  });

  it('is nobody once the connected app is disabled, or speaks of others', async () => {
    using before = await openConnected({ apps: [connectedApp()] });
    const answer = await before.read(mint());
    if (answer.kind !== 'vouched') throw new Error(answer.name);
    expect(await before.identify(answer.vouching)).toMatchObject({ sub: SUB });
    for (const changed of [{ enabled: false }, { client_id: 'another' }, { users: 'directory' }, { scopes: ['x:y'] }]) {
      using after = await openConnected({ ...ofDirectory, apps: [connectedApp(changed)] });
      expect(await after.identify(answer.vouching)).toBeNull();
    }
    using fewer = await openConnected({ apps: [connectedApp({ apps: [] })] });
    expect(await fewer.identify(answer.vouching)).toMatchObject({ scope: [], allowedResources: [] });
  });
});

describe('the secrets of a connected app', () => {
  const NEXT = 'the-next-secret-of-more-than-32-bytes';
  const next = (more: object = {}) => mint({ header: { kid: 'next' }, secret: NEXT, ...more });
  const file = (dir: TempDir, text: string) => dir.write('next.secret', text, 0o600);

  it('are two while one takes the place of the other, and each signs by its own id only', async () => {
    const secrets = [
      { id: SECRET_ID, value: SECRET },
      { id: 'next', value: NEXT },
    ];
    using both = await openConnected({ apps: [connectedApp({ secrets })] });
    expect([await both.codeOf(mint()), await both.codeOf(next())]).toEqual([0, 0]);
    expect(await both.codeOf(next({ secret: SECRET }))).toBe(10084);
    using one = await openConnected({ apps: [connectedApp({ secrets: secrets.slice(1) })] });
    expect([await one.codeOf(mint()), await one.codeOf(next())]).toEqual([127, 0]);
  });

  it('are read again when their file changes, and stay as they were where that is of no use', async () => {
    await using dir = await tempDir();
    await file(dir, `${SECRET}\n`);
    const secrets = [{ id: 'next', value_file: 'next.secret' }];
    using connected = await openConnected({ apps: [connectedApp({ secrets })], dir });
    expect([await connected.codeOf(next()), await connected.codeOf(next({ secret: SECRET }))]).toEqual([10084, 0]);
    await file(dir, `${NEXT}\n`);
    await connected.until(/secret of a connected app reloaded/);
    expect([await connected.codeOf(next()), await connected.codeOf(next({ secret: SECRET }))]).toEqual([0, 10084]);
    await file(dir, 'short\n');
    await connected.until(/new version is refused/);
    expect(await connected.codeOf(next())).toBe(0);
    expect(connected.logged()).not.toContain(NEXT);
    expect(connected.logged()).not.toContain('"short');
  });

  it.each([
    ['a short one', 'x'.repeat(31), 'is shorter than 32 bytes'],
    ['an empty one', '', 'is not a secret on one line'],
    ['two lines', `${NEXT}\n${NEXT}`, 'is not a secret on one line'],
    ['that of another', SECRET, 'is the secret of another id too'],
  ])('may not be %s', async (_what, text, expected) => {
    await using dir = await tempDir();
    await file(dir, text);
    const secrets = [{ id: 'next', value_file: 'next.secret' }];
    const apps = [connectedApp(), connectedApp({ client_id: 'second', secrets })];
    const failure = await openConnected({ apps, dir }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining(`next.secret: ${expected}`) });
    expect(String(failure)).not.toContain(SECRET);
  });
});

describe('where it is not known whether a token was used', () => {
  it('it is refused', async () => {
    const once = () => Promise.reject(new StoreUnavailable('down'));
    using connected = await openConnected({ apps: [connectedApp()], once });
    await expect(connected.read(mint())).rejects.toThrow(StoreUnavailable);
    expect(connected.logged()).toContain('"why":"ERR_STORE_UNAVAILABLE"');
  });
});

describe('the audit line', () => {
  it('says whose token it was and why it is not taken, in words of ours, and never the token', async () => {
    using connected = await openConnected({ apps: [connectedApp()] });
    const token = mint({
      claims: { sub: `al"ice\n${'é'.repeat(300)}`, jti: 'j 1'.repeat(99) },
      header: { kid: '\u202ekid' },
    });
    await connected.read(token);
    const line = JSON.parse(connected.logged());
    expect(line).toMatchObject({
      message: 'login-refused',
      why: '127 CONNECTED_APP_SECRET_NOT_FOUND',
      what: `embed client=${CLIENT} kid=%E2%80%AEkid jti=${'j%201'.repeat(13).slice(0, 61)}...`,
      from: '192.0.2.7',
      request: 'r1',
    });
    expect(line.who).toMatch(new RegExp(`^connected:${CLIENT}:al"ice\n(?:é)+…$`));
    expect(connected.logged()).toContain('al\\"ice\\né');
    expect(connected.logged()).not.toContain(token.slice(0, 30));
    const good = mint({ claims: { jti: 'good' } });
    await connected.read(good);
    expect(JSON.parse(connected.logged().trim().split('\n').at(-1) ?? '')).toMatchObject({
      ...{ message: 'login', who: SUB, why: 'connected-app' },
      what: `embed client=${CLIENT} kid=${SECRET_ID} jti=good`,
    });
    expect(connected.logged()).not.toContain(good.split('.')[2]);
    const counted = await connected.metrics();
    for (const result of ['127', 'taken'])
      expect(counted).toContain(`dashgate_connected_tokens_total{at="embed",result="${result}"} 1`);
  });
});
