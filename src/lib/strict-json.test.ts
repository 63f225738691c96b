import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStrict } from './strict-json.ts';

const parse = (text: string | Uint8Array) =>
  parseStrict(typeof text === 'string' ? Buffer.from(text) : text, { deepest: 50 });

it.each([
  ['a key that comes twice', '{"a":1,"a":2}'],
  ['a key that comes twice, once escaped', '{"a":1,"\\u0061":2}'],
  ['a key that comes twice, deep in a list', '[[{"x":{"a":1,"b":[{"c":1}],"a":2}}]]'],
  ['a key that comes twice, after a string with quotes and brackets', '{"a":"\\"}]{[,\\\\","a":2}'],
  ['a prototype', '{"__proto__":1}'],
  ['a prototype, escaped', '{"__pro\\u0074o__":1}'],
  ['a byte order mark', '\uFEFF{}'],
  ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ['what is no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['NaN', '[NaN]'],
  ['Infinity', '[Infinity]'],
  ['a trailing comma', '[1,]'],
  ['a comment', '[1]//'],
  ['two values', '{}{}'],
  ['nothing', ''],
  ['a string without an end', '"a'],
  ['a string that ends behind an escaped quote', '"a\\"'],
  ['51 lists in each other', '['.repeat(51) + ']'.repeat(51)],
  ['brackets without an end', '[[[['],
])('%s is refused', (_name, text) => {
  expect(() => parse(text)).toThrowError(expect.objectContaining({ status: 400 }));
});

it('the same key in two objects is one in each', () => {
  expect(parse('[{"a":{"a":1}},{"a":[{"a":2}]}]')).toEqual([{ a: { a: 1 } }, { a: [{ a: 2 }] }]);
});

it('every value that JSON has is read as JSON.parse does it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(4), (value, indent) => {
      fc.pre(!JSON.stringify(value).includes('__proto__'));
      const text = JSON.stringify(value, null, indent);
      expect(parse(text)).toEqual(JSON.parse(text));
    }),
  );
});

it('ten megabytes in one string take no time to speak of', () => {
  const text = JSON.stringify({ contents: 'x'.repeat(10_000_000), other: '\\"'.repeat(100_000) });
  const began = performance.now();
  parse(text);
  expect(performance.now() - began).toBeLessThan(1000);
});
