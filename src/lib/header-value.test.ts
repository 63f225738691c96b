import fc from 'fast-check';
import { expect, it } from 'vitest';
import { headerList, headerValue } from './header-value.ts';

const anyText = fc.string({ unit: 'binary' });

it('leaves visible ASCII as it stands', () => {
  expect(headerValue('file:mica+2@example.com/"a",b')).toBe('file:mica+2@example.com/"a",b');
});

it('encodes blanks, % and what is beyond ASCII', () => {
  expect(headerValue('Mica Öz 100%')).toBe('Mica%20%C3%96z%20100%25');
});

it('can carry any text: nothing but visible ASCII comes out, and decoding gives the text back', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const value = headerValue(text);
      expect(value).toMatch(/^[\x21-\x7e]*$/);
      expect(decodeURIComponent(value)).toBe(text.toWellFormed());
    }),
  );
});

it('can carry any list: as many items come out as went in, each the same', () => {
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1 }), (items) => {
      const value = headerList(items);
      expect(value).toMatch(/^[\x21-\x7e]*$/);
      expect(value.split(',').map(decodeURIComponent)).toEqual(items.map((item) => item.toWellFormed()));
    }),
  );
});

it('lets no line break or NUL through', () => {
  expect(headerValue('a\r\nX-Dashgate-User: root\0')).toBe('a%0D%0AX-Dashgate-User:%20root%00');
});
