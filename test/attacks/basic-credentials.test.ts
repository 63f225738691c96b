import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { basic, basicOf, cookieOf, type Gate, startGate } from '../support/gate.ts';

let gate: Gate;
let cookie: string;
beforeAll(async () => {
  gate = await startGate({
    apps: [
      { name: 'sales', at: '/', upstream: '$UPSTREAM', public: ['/robots.txt'] },
      { name: 'cookies', at: '/cookies/', upstream: '$UPSTREAM', credentials: ['cookie'] },
      { name: 'script', at: '/script/', upstream: '$UPSTREAM', credentials: ['basic'] },
    ],
  });
  cookie = await gate.signIn('nora');
});
afterAll(() => gate[Symbol.asyncDispose]());
beforeEach(() => gate.upstream.clear());

const b64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');
const both = async (Authorization: string, path = '/x', app = 'sales'): Promise<number[]> => {
  const headers = { Authorization };
  return [(await gate.ask(path, { headers })).status, (await gate.verify(path, { app, headers })).status];
};

// authcrunch CVE-2024-21500, -21493: an index panic from the browser.
it.each([
  ['nothing behind it', 'Basic'],
  ['a blank behind it', 'Basic '],
  ['nothing in it', `Basic ${b64('')}`],
  ['no colon', `Basic ${b64('mica')}`],
  ['only a colon', `Basic ${b64(':')}`],
  ['no user', `Basic ${b64(':mica-Gz7')}`],
  ['no password', `Basic ${b64('mica:')}`],
  ['two colons', `Basic ${b64('mica:mica-Gz7:')}`],
  ['a colon in front', `Basic ${b64(':mica:mica-Gz7')}`],
  ['a NUL behind the user', `Basic ${b64('mica\0:mica-Gz7')}`],
  ['a NUL behind the password', `Basic ${b64('mica:mica-Gz7\0')}`],
  ['a line end', `Basic ${b64('mica:mica-Gz7\r\n')}`],
  ['a tab', `Basic ${b64('mica\t:mica-Gz7')}`],
  ['a DEL', `Basic ${b64('mica\x7f:mica-Gz7')}`],
  ['a blank before the user', `Basic ${b64(' mica:mica-Gz7')}`],
  ['a blank behind the user', `Basic ${b64('mica :mica-Gz7')}`],
  ['a zero-width space', `Basic ${b64('mi\u200bca:mica-Gz7')}`],
  ['a byte order mark', `Basic ${b64('\ufeffmica:mica-Gz7')}`],
  ['Latin-1', `Basic ${b64(Buffer.from('mic\xe4:x', 'latin1'))}`],
  ['half a character', `Basic ${b64(Buffer.from([0x6d, 0xc3, 0x3a, 0x78]))}`],
  ['UTF-16', `Basic ${b64(Buffer.from('mica:mica-Gz7', 'utf16le'))}`],
  ['an overlong colon', `Basic ${b64(Buffer.from([...Buffer.from('mica'), 0xc0, 0xba, ...Buffer.from('mica-Gz7')]))}`],
  ['not base64', 'Basic !!!'],
  ['base64url', `Basic ${Buffer.from('mica:mica-Gz7??>>').toString('base64url')}`],
  ['base64 with something in it', `Basic ${b64('mica:mica-Gz7').replace('b', 'b.')}`],
  ['base64 with a blank in it', `Basic ${b64('mica:mica-Gz7').replace(/^(....)/, '$1 ')}`],
  ['base64 with = within', `Basic ${b64('mica:')}==${b64('mica-Gz7')}`],
  ['three =', `Basic ${b64('mica:mica-Gz7')}===`],
  ['two of them', `Basic ${b64('mica:mica-Gz7')}, Basic ${b64('nora:nora-Xb9')}`],
  ['a scheme more', `Basic Basic ${b64('mica:mica-Gz7')}`],
  ['plain text', 'Basic mica:mica-Gz7'],
  ['a tab for the blank', `Basic\t${b64('nora:wrong')}`],
  ['a huge user', `Basic ${b64(`${'m'.repeat(5_000)}:x`)}`],
  ['a huge password', `Basic ${b64(`mica:${'x'.repeat(5_000)}`)}`],
  ['the password and more, beyond what is hashed', `Basic ${b64(`mica:mica-Gz7${'\0'.repeat(10)}`)}`],
  ['very huge', `Basic ${'QUFB'.repeat(12_000)}`],
  ['__proto__', `Basic ${b64('__proto__:x')}`],
  ['constructor', `Basic ${b64('constructor:x')}`],
  ['the name with its source', `Basic ${b64('file:mica:mica-Gz7')}`],
])('Basic with %s is refused, beside a good cookie too', async (_what, authorization) => {
  for (const headers of [{ Authorization: authorization }, { Authorization: authorization, Cookie: cookie }]) {
    const answers = [await gate.ask('/x', { headers }), await gate.verify('/x', { headers })];
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers.getSetCookie().join()).not.toContain('dashgate=');
      expect(answer.body).not.toContain('mica-Gz7');
    }
  }
  expect(gate.upstream.seen).toEqual([]);
});

it('no bytes behind Basic are ever a crash or a yes', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((raw) => `Basic ${b64(raw)}`),
    fc.string({ unit: 'binary-ascii', maxLength: 30 }).map((text) => `Basic ${text.replace(/[^\x20-\x7e]/g, '')}`),
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => basic('mica', text.toWellFormed())),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (authorization) => {
      expect(await both(authorization)).toEqual([401, 401]);
    }),
    { numRuns: 150 },
  );
});

it.each(['basic', 'BASIC', 'bAsIc', 'Basic  '])('%s is Basic', async (scheme) => {
  expect(await both(basicOf('mica').replace('Basic', scheme))).toEqual([200, 200]);
  expect(gate.upstream.last().headers.authorization).toBeUndefined();
});

describe('a password that is right', () => {
  it('never goes on to the dashboard, in whatever spelling, nor does the session that comes of it', async () => {
    for (const path of ['/x', '/robots.txt', '/script/x']) {
      for (const scheme of ['Basic', 'basic', 'BASIC']) {
        const headers = { Authorization: basicOf('mica').replace('Basic', scheme), Cookie: `a=1; ${cookie}; b=2` };
        expect((await gate.ask(path, { headers })).status).toBe(200);
        expect(gate.upstream.last().headers.authorization, path).toBeUndefined();
        expect(gate.upstream.last().headers.cookie).toBe('a=1; b=2');
        expect(JSON.stringify(gate.upstream.last().rawHeaders)).not.toMatch(/bWljYTpt|mica-Gz7|eyJ/);
        const answer = await gate.verify(path, { app: path === '/script/x' ? 'script' : 'sales', headers });
        expect(answer.headers.get('x-dashgate-upstream-authorization')).toBe('');
        expect(answer.headers.get('x-dashgate-upstream-cookie')).toBe('a=1; b=2');
      }
    }
  });

  // Authelia CVE-2025-24806, CVE-2026-47203: an alias or another case was another user.
  it('is the same user’s in any case and form of the name', async () => {
    for (const name of ['mica', 'MICA', 'Mica']) {
      expect((await gate.ask('/x', { headers: { Authorization: basic(name, 'mica-Gz7') } })).status).toBe(200);
      expect(gate.upstream.last().headers['x-dashgate-user']).toBe('mica');
    }
    const cookies = await Promise.all(
      ['mica', 'MICA'].map(async (name) =>
        cookieOf(await gate.ask('/x', { headers: { Authorization: basic(name, 'mica-Gz7') } })),
      ),
    );
    expect(cookies[0]).toBe(cookies[1]);
  });
});

describe('a scheme that is not ours', () => {
  it.each([
    'Bearer abc',
    'token abc',
    'Negotiate YII',
    'Digest username="mica"',
    'Dashgate abc',
    'Basically bWljYTp4',
    'Bearer Basic eDp5',
    'abc',
    '',
  ])('%j grants nothing, and goes on untouched beside a session', async (authorization) => {
    expect(await both(authorization)).toEqual([401, 401]);
    expect(gate.upstream.seen).toEqual([]);
    const headers = { Authorization: authorization, Cookie: cookie };
    expect((await gate.ask('/x', { headers })).status).toBe(200);
    expect(gate.upstream.last().headers.authorization ?? '').toBe(authorization);
    expect((await gate.verify('/x', { headers })).headers.get('x-dashgate-upstream-authorization')).toBe(authorization);
  });

  it('nor does Basic where it is not listed: the dashboard’s own password is the dashboard’s', async () => {
    const authorization = basicOf('mica');
    expect(await both(authorization, '/cookies/x', 'cookies')).toEqual([401, 401]);
    const headers = { Authorization: authorization, Cookie: cookie };
    expect((await gate.ask('/cookies/x', { headers })).status).toBe(200);
    expect(gate.upstream.last().headers).toMatchObject({ authorization, 'x-dashgate-user': 'nora' });
  });

  it('nor does the cookie where it is not listed', async () => {
    expect((await gate.ask('/script/x', { headers: { Cookie: cookie } })).status).toBe(401);
    const answer = await gate.ask('/script/x', { headers: { Authorization: basicOf('mica'), Cookie: cookie } });
    expect([answer.status, cookieOf(answer)]).toEqual([200, '']);
    expect(gate.upstream.last().headers['x-dashgate-user']).toBe('mica');
    expect(gate.upstream.last().headers.cookie).toBeUndefined();
  });
});

it('two Authorization headers are refused', async () => {
  for (const Authorization of [
    [basicOf('mica'), basicOf('nora')],
    ['Bearer x', basicOf('mica')],
  ]) {
    expect((await gate.ask('/x', { headers: { Authorization } })).status).toBe(400);
    const answer = await gate.verify('/x', { headers: { Authorization } });
    expect([answer.status, answer.headers.get('x-dashgate-status')]).toEqual([403, '400']);
  }
});
