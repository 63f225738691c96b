import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toldValue } from './identity-headers.ts';

const MICA = {
  user: 'mica',
  name: 'Mica Öz',
  email: 'mica@example.com',
  groups: ['Domain Users', 'a,b'],
  allowedResources: ['hr', 'sales/x'],
};

it('tells what it is for, as servers read it that decode nothing', () => {
  expect(toldValue('user', MICA)).toBe('mica');
  expect(toldValue('name', MICA)).toBe('Mica %C3%96z');
  expect(toldValue('email', MICA)).toBe('mica@example.com');
  expect(toldValue('groups', MICA)).toBe('Domain Users,a%2Cb');
  expect(toldValue('resources', MICA)).toBe('hr,sales/x');
  expect(toldValue('shiny', MICA)).toBe('{"user":"mica","groups":["Domain Users","a,b"]}');
  expect(toldValue('shiny', { ...MICA, user: '\u00f6\u{1f600}"', groups: [] })).toBe(
    '{"user":"\\u00f6\\ud83d\\ude00\\"","groups":[]}',
  );
  expect(toldValue('shiny', { ...MICA, user: '' })).toBe('');
});

it('is a line of visible ASCII that no server trims, and two users are never told alike', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
      const told = (user: string): string => toldValue('user', { ...MICA, user });
      expect(told(one)).toMatch(/^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/);
      if (one.isWellFormed() && other.isWellFormed()) expect(told(one) === told(other)).toBe(one === other);
      expect(toldValue('shiny', { ...MICA, user: one })).toMatch(/^[\x20-\x7e]*$/);
    }),
  );
});
