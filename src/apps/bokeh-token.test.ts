import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBokehToken } from './bokeh-token.ts';

const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64url');

/** A token as Bokeh makes it. */
const tokenOf = (payload: object, outer: object = {}): string =>
  base64(
    JSON.stringify({
      session_id: 'A'.repeat(44),
      session_expiry: 1_700_000_300,
      __bk__zlib_: base64(deflateSync(JSON.stringify(payload))),
      ...outer,
    }),
  );

describe('a session token of Bokeh’s', () => {
  // Made by bokeh.util.token.generate_jwt_token of Bokeh 3.9.2, signed with `bokeh-secret`.
  const REAL =
    'eyJzZXNzaW9uX2lkIjogIkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwgInNlc3Npb25fZXhwaXJ5IjogMTc5NTM4MTc3NCwgIl9fYmtfX3psaWJfIjogImVOb3RqYkVLd2pBUWhsLWwzR3hMS29JUzZPYmc0dEJCVk1UaDJoNU5iV01rU1VGcDh1Nm1UVzg0anY4N3ZuOENRZGlRTnNDVENVN0sySEJBZzBaazlFWDVHU2lybFlSTkFyZjBHTklXTGFVWFEzcC1rMTJONEFPcmxlbzdpbzV4aFZ1WGMtWnl4dk05VzhmdC1FemRnVmZYNFhVdmk4SXhOcnV0SUVteFdQZUxFWFU3U25yYjZNU3dIeE5VUDd1VXdMa0VfX1QtRDlHb09ocyJ9.zn-2jK_ii0HqWh4rWYrd_FFFsmN-bV3DDzOt91Ao_IE';

  it('is read as Bokeh wrote it, signed or not', () => {
    const said = {
      headers: [
        ['Host', 'dash.example.com'],
        ['X-Dashgate-User', 'mica'],
      ],
      cookies: [
        ['user', '2|1:0|10:1700000000|4:user|8:bWljYQ==|00'],
        ['theme', 'dark'],
      ],
    };
    expect(readBokehToken(REAL)).toEqual(said);
    expect(readBokehToken(REAL.split('.')[0] ?? '')).toEqual(said);
  });

  it.each<[string, string]>([
    ['inside counts before what stands beside it', tokenOf({ headers: { a: '1' } }, { headers: { a: '2' } })],
    ['beside it counts where there is none inside', tokenOf({}, { headers: { a: '1' } })],
    ['is a list of values', tokenOf({ headers: { a: ['1'] } })],
  ])('what is %s', (_what, token) => {
    expect(readBokehToken(token)).toEqual({ headers: [['a', '1']], cookies: null });
  });

  it('may say nothing of any request, as the token of a program', () => {
    expect(readBokehToken(base64('{"session_id":"A"}'))).toEqual({ headers: null, cookies: null });
    expect(readBokehToken(tokenOf({ headers: null, cookies: null }))).toEqual({ headers: null, cookies: null });
  });

  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  it.each<[string, string]>([
    ['nothing', ''],
    ['no base64url', `${tokenOf({})}!`],
    ['base64 that Python takes and no page writes', base64('{"a":"?>?>?>"}').replaceAll('_', '/')],
    ['a length that base64 has not', `${base64('{}')}A`.padEnd(5, 'A')],
    ['three parts', `${tokenOf({})}.a.b`],
    ['no JSON', base64('x')],
    ['a list', base64('[]')],
    ['UTF-16, which Python finds out by itself', base64(Buffer.from('{"headers":{}}', 'utf16le'))],
    ['a byte order mark', base64('\uFEFF{}')],
    ['a key twice', base64('{"headers":{"a":"1"},"headers":{"a":"2"}}')],
    ['a key twice, inside', tokenOf({}, { __bk__zlib_: base64(deflateSync('{"headers":{},"headers":{"a":"2"}}')) })],
    ['what is not compressed', tokenOf({}, { __bk__zlib_: base64('{}') })],
    ['half of what is', tokenOf({}, { __bk__zlib_: base64(deflateSync('{"a":1}').subarray(0, -3)) })],
    ['bytes in place of headers', tokenOf({ headers: 'x' })],
    ['bytes in place of a header', tokenOf({ headers: { 'X-Forwarded-User': { bytes: 'Y2Vv' } } })],
    ['a name that is none', tokenOf({ headers: { 'X-Forwarded-User ': 'ceo' } })],
    ['a cookie that is none', tokenOf({ cookies: { user: ['ceo'] } })],
    ['what is nested too deep', base64(`{"headers":{},"x":${deep(100)}}`)],
    ['what is nested too deep, inside', tokenOf({}, { __bk__zlib_: base64(deflateSync(`{"x":${deep(100_000)}}`)) })],
    ['a bomb', tokenOf({}, { __bk__zlib_: base64(deflateSync(`{"x":"${'0'.repeat(20_000_000)}"}`)) })],
    ['more than any server takes', base64(JSON.stringify({ x: 'x'.repeat(100_000) }))],
  ])('is none that is %s', (_what, token) => {
    expect(readBokehToken(token)).toBeNull();
  });

  it('is what any headers and cookies are read back from', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/);
    const pairs = (names: fc.Arbitrary<string>) =>
      fc.uniqueArray(fc.tuple(names, fc.string({ unit: 'grapheme' })), { selector: ([key]) => key, maxLength: 20 });
    const key = fc.string().filter((each) => each !== '__proto__');
    fc.assert(
      fc.property(pairs(name), pairs(key), fc.boolean(), (headers, cookies, isSigned) => {
        const token = tokenOf({ headers: Object.fromEntries(headers), cookies: Object.fromEntries(cookies) });
        const read = readBokehToken(isSigned ? `${token}.${base64('signature')}` : token);
        expect(new Map(read?.headers)).toEqual(new Map(headers));
        expect(new Map(read?.cookies)).toEqual(new Map(cookies));
      }),
    );
  });

  it('of any other bytes is none, and never an error', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.base64String().map((text) => text.replace(/=+$/, '')),
      fc.json().map(base64),
      fc.json().map((json) => tokenOf({}, { __bk__zlib_: base64(deflateSync(json)) })),
      fc.uint8Array().map((bytes) => base64(Buffer.from(bytes))),
    );
    fc.assert(
      fc.property(anything, (token) => {
        const read = readBokehToken(token);
        for (const part of [read?.headers, read?.cookies])
          for (const [key, value] of part ?? []) expect([typeof key, typeof value]).toEqual(['string', 'string']);
      }),
    );
  });
});
