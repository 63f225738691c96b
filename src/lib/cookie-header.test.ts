import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cookiesIn, nameOfSetCookie, setsSpelling, withoutCookies, withoutSpellings } from './cookie-header.ts';

const isOurs = (name: string): boolean => name === 'gate' || /^gate\.\d$/.test(name);

it.each([
  ['alone', 'gate=abc', ''],
  ['first', 'gate=abc; _xsrf=2|x', '_xsrf=2|x'],
  ['last', '_xsrf=2|x; gate=abc', '_xsrf=2|x'],
  ['between', 'a=1; gate=abc; b=2', 'a=1; b=2'],
  ['twice', 'gate=1; a=1; gate=2', 'a=1'],
  ['in chunks', 'gate.0=x; a=1; gate.1=y', 'a=1'],
  ['without blanks', 'a=1;gate=x;b=2', 'a=1;b=2'],
  ['with odd blanks', ' gate =x;\tb=2', 'b=2'],
  ['without a value', 'gate; b=2', 'b=2'],
])('takes our cookie out: %s', (_where, header, left) => {
  expect(withoutCookies(header, isOurs)).toBe(left);
});

it.each(['', 'a="x;y"; b==; c', 'Gate=1; gates=2; xgate=3; gate.x=4; gate.10=5', ' a=1;;b=2; '])(
  'leaves every other cookie as it is: %j',
  (header) => {
    expect(withoutCookies(header, isOurs)).toBe(header);
  },
);

it('never leaves one of ours, whatever stands around it', () => {
  const part = fc.constantFrom('gate', 'gate.0', 'a', '=', '=1', ';', '; ', ' ', '\t', '"', ';;');
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const left = withoutCookies(parts.join(''), isOurs);
      expect(left.split(';').some((pair) => isOurs(pair.split('=')[0]?.trim() ?? ''))).toBe(false);
    }),
  );
});

it('reads cookies in their order, two of one name too', () => {
  const cookies = [...cookiesIn('a=1; b = x=y ;gate; a=')].map(({ name, value }) => [name, value]);
  expect(cookies).toEqual([
    ['a', '1'],
    ['b', 'x=y'],
    ['gate', ''],
    ['a', ''],
  ]);
  expect([...cookiesIn(undefined)]).toEqual([]);
});

it.each([
  ['gate=x; Path=/', 'gate'],
  [' gate = x', 'gate'],
  ['gate', 'gate'],
  ['=gate=x', 'gate'],
  [' = gate=x; Secure', 'gate'],
  ['other=gate=x', 'other'],
])('a Set-Cookie %j comes back as %s', (header, name) => {
  expect(nameOfSetCookie(header)).toBe(name);
});

it.each([
  'a_jwt=x',
  'A_JWT=x',
  ' a_jwt =x',
  'a.jwt=x',
  'a%5Fjwt=x',
  'a%5fJWT=x',
  '"a_jwt"=x',
  'a_jwt[0]=x',
  'b=1 a_jwt=x',
  'b=1,a_jwt=x',
  'b="1; a_jwt=x"',
  '=a_jwt=x',
  'a_jwt',
  '__a_jwt=x',
])('takes a cookie out that some server takes for ours: %s', (pair) => {
  expect(withoutSpellings(`c=1; ${pair}; d=2`, ['a_jwt'])).not.toContain('jwt');
  expect(withoutSpellings(`c=1; ${pair}; d=2`, ['a_jwt'])).toMatch(/^c=1;.* d=2$/);
});

it('leaves every other cookie as it is', () => {
  const header = 'ajwts=1; jwt=2; a=jwt; _xsrf=2|a_jwtx; e="%zz"';
  expect(withoutSpellings(header, ['a_jwt'])).toBe(header);
  expect(withoutSpellings('a_jwt=x', [])).toBe('a_jwt=x');
});

it.each([
  ['A_jwt=x; Path=/', true],
  ['a.jwt=x', true],
  ['=a_jwt=x', true],
  ['b=a_jwt', false],
])('knows a Set-Cookie for it: %s', (header, isOne) => {
  expect(setsSpelling(header, ['a_jwt'])).toBe(isOne);
});
