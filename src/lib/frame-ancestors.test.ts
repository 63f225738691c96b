import { expect, it } from 'vitest';
import { framedBy } from './frame-ancestors.ts';

const OURS = ['Content-Security-Policy', "frame-ancestors 'self' https://portal.example.org"];
const framed = (...headers: string[]): string[] => framedBy(headers, "'self' https://portal.example.org");

it.each<[string, string[], string[]]>([
  ['nothing', [], []],
  ['of another header', ['Content-Type', 'text/html'], ['Content-Type', 'text/html']],
  ['in the old header, in any case', ['x-frame-options', 'DENY', 'X-Frame-Options', 'SAMEORIGIN'], []],
  ['and nothing else', ['Content-Security-Policy', "frame-ancestors 'none'"], []],
  [
    'between others, which stay',
    ['content-security-policy', "default-src 'self'; FRAME-ANCESTORS 'none';script-src x"],
    ['content-security-policy', "default-src 'self';script-src x"],
  ],
  [
    'in the second of two policies',
    ['Content-Security-Policy', "default-src 'self', frame-ancestors 'none'; img-src *"],
    ['Content-Security-Policy', "default-src 'self', img-src *"],
  ],
  [
    'in a policy that is only reported, which stays',
    ['Content-Security-Policy-Report-Only', "frame-ancestors 'none'"],
    ['Content-Security-Policy-Report-Only', "frame-ancestors 'none'"],
  ],
  [
    'by a name that only begins so, which stays',
    ['Content-Security-Policy', 'frame-ancestors-x y'],
    ['Content-Security-Policy', 'frame-ancestors-x y'],
  ],
])('takes away what an answer says of frames: %s', (_what, headers, kept) => {
  expect(framed(...headers)).toEqual([...kept, ...OURS]);
});

it('leaves a policy that is too long to be taken apart, which then holds beside ours', () => {
  const long = `frame-ancestors 'none'; x ${'y'.repeat(20_000)}`;
  expect(framed('Content-Security-Policy', long)).toEqual(['Content-Security-Policy', long, ...OURS]);
});
