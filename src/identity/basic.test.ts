import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anIdentity, aRequest, compiled } from '../../test/support/a-request.ts';
import type { Session } from '../session/session.ts';
import { createBasicAuthenticator, parseBasic, schemeOf } from './basic.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('Basic credentials', () => {
  it.each([
    [basic('mica:1234'), { user: 'mica', password: '1234' }],
    [basic('mica:'), { user: 'mica', password: '' }],
    [basic('mica:a:b:'), { user: 'mica', password: 'a:b:' }],
    [basic('mica: 1 '), { user: 'mica', password: ' 1 ' }],
    [basic('zoë:gẅ☃'), { user: 'zoë', password: 'gẅ☃' }],
    [`bAsIc   ${basic('mica:1234').slice(6)}`, { user: 'mica', password: '1234' }],
    ['', null],
    ['Basic', null],
    ['Basic ', null],
    ['Basic mica:1234', null],
    ['Bearer bWljYToxMjM0', null],
    ['Basicbm9wZTo=', null],
    [basic('mica'), null],
    [basic(':1234'), null],
    [basic('mi\nca:1234'), null],
    [basic('mica:12\x034'), null],
    [basic('mica:12\x7f'), null],
    ['Basic bWljYToxMjM0 x', null],
    ['Basic bWlj, YToxMjM0', null],
    [`Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`, null],
    [`Basic ${'A'.repeat(9000)}`, null],
  ])('%j', (authorization, credentials) => {
    expect(parseBasic(authorization)).toEqual(credentials);
  });

  it('are read as they were written', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/\p{Cc}|\p{Cs}/u.test(text));
    fc.assert(
      fc.property(word, word, (user, password) => {
        fc.pre(user !== '' && !user.includes(':'));
        expect(parseBasic(basic(`${user}:${password}`))).toEqual({ user, password });
      }),
    );
  });

  it('never fail to be read, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.base64String(), (scheme, text) => {
        parseBasic(`${scheme} ${text}`);
        parseBasic(`Basic ${text}`);
      }),
    );
  });
});

it('a scheme is read in any case', () => {
  expect(['Basic x', 'BASIC', 'bearer y', ''].map(schemeOf)).toEqual(['basic', 'basic', 'bearer', '']);
});

const session = { jti: 'j' } as Session;
const ask = createBasicAuthenticator({
  credentials: {
    async verify(authorization) {
      const given = parseBasic(authorization);
      if (!given) return { kind: 'unreadable' };
      const { user, password } = given;
      if (user === 'down') throw new Error('the directory is down');
      if (user === 'tried') return { kind: 'delayed', retryAfterSec: 8, user };
      if (password !== '1234') return { kind: 'wrong', user };
      const person = { ...anIdentity(user), allowedResources: [] };
      return { kind: 'right', person, session, token: 'THE-TOKEN', isNew: true };
    },
    forget() {},
    close() {},
  },
  identityOf: ({ user }) => anIdentity(user, 'hr'),
  clock: { nowMs: () => 0 },
  sessionOf: async () => null,
  noteOf: () => () => {},
  setCookies: (token, origin) => [`${origin} ${token}`],
});

describe('the Basic authenticator', () => {
  it.each([
    ['mica with her password', basic('mica:1234'), { kind: 'identified', by: 'basic', identity: { user: 'mica' } }],
    ['a wrong password', basic('mica:x'), { kind: 'rejected', reason: 'bad-password', user: 'mica' }],
    ['a name that must wait', basic('tried:1234'), { kind: 'delayed', retryAfterSec: 8, user: 'tried' }],
    ['garbage', 'Basic ???', { kind: 'rejected', reason: 'bad-credentials', user: '' }],
    ['nothing', undefined, null],
    ['a token of the dashboard', 'Bearer x', null],
  ])('given %s', async (_what, authorization, finding) => {
    const headers = authorization === undefined ? {} : { authorization };
    const found = await ask(aRequest('/', { headers }));
    if (finding === null) expect(found).toBeNull();
    else expect(found).toMatchObject(finding);
  });

  it('looks at nothing for an app that takes no Basic', async () => {
    const app = compiled({ credentials: ['cookie'] });
    expect(await ask(aRequest('/', { app, headers: { authorization: basic('mica:x') } }))).toBeNull();
  });

  it('passes on that it could not find out', async () => {
    await expect(ask(aRequest('/', { headers: { authorization: basic('down:1234') } }))).rejects.toThrow('is down');
  });

  it.each([
    ['a program', {}, compiled(), 1],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, compiled(), 1],
    ['a typed address', { 'sec-fetch-site': 'none' }, compiled(), 1],
    ['another site', { 'sec-fetch-site': 'cross-site' }, compiled(), 0],
    ['a sibling domain', { 'sec-fetch-site': 'same-site' }, compiled(), 0],
    ['a client that has it already', { cookie: 'a=1; dashgate=THE-TOKEN' }, compiled(), 0],
    ['a client with an older one', { cookie: 'dashgate=OLD' }, compiled(), 1],
    ['an app that takes no cookie', {}, compiled({ credentials: ['basic'] }), 0],
  ])('gives a session to %s: %o', async (_who, headers, app, count) => {
    const found = await ask(aRequest('/', { app, headers: { ...headers, authorization: basic('mica:1234') } }));
    if (found?.kind !== 'identified') throw new Error('not identified');
    expect(found.setCookies).toHaveLength(count);
  });
});
