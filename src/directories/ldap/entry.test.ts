import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idValue, personOf } from './entry.ts';
import type { Entry } from './message.ts';

const ATTRIBUTES = { idAttribute: 'entryUUID', userAttribute: 'uid', nameAttribute: 'cn', emailAttribute: 'mail' };
const ID = '0A1B2C3D-0000-4000-8000-000000000001';

const entry = (values: Record<string, readonly (string | Buffer)[]>): Entry => ({
  dn: 'uid=mica,dc=example',
  values: new Map(Object.entries(values).map(([name, of]) => [name, of.map((value) => Buffer.from(value))])),
});
const person = (values: Record<string, readonly (string | Buffer)[]>, attributes = ATTRIBUTES) =>
  personOf(entry({ entryuuid: [ID], uid: ['Mica'], ...values }), attributes, 'ldap', ['hr']);

describe('a person of an entry', () => {
  it('has the id and the user name of the directory, in one spelling', () => {
    expect(person({ cn: ['Mica M.'], mail: ['m@example.com'] })).toEqual({
      sub: `ldap:${ID.toLowerCase()}`,
      user: 'mica',
      name: 'Mica M.',
      email: 'm@example.com',
      groups: ['hr'],
      allowedResources: [],
    });
  });

  it('has one user name, in whatever order the server names several', () => {
    expect(person({ uid: ['zed', 'abe'] })).toEqual(person({ uid: ['abe', 'zed'] }));
  });

  it.each([
    ['no id', { entryuuid: [] }],
    ['two ids', { entryuuid: [ID, ID] }],
    ['an id with a line break', { entryuuid: ['a\nb'] }],
    ['no user name', { uid: [] }],
    ['a user name with a colon', { uid: ['a:b'] }],
    ['a user name with a line break', { uid: ['a\r\nX-Admin: 1'] }],
    ['a user name that is no text', { uid: [Buffer.from([0xff, 0xfe])] }],
  ])('is nobody with %s', (_what, values) => {
    expect(person(values)).toBeNull();
  });

  it('has only a name and an address that may stand in a header', () => {
    expect(person({ cn: ['a\nb'], mail: ['a@b@c', 'x\r\ny@z'] })).toMatchObject({ name: 'mica', email: '' });
  });
});

describe("Active Directory's objectGUID", () => {
  const guid = { ...ATTRIBUTES, idAttribute: 'objectGUID' };

  it('is written as Windows writes it', () => {
    const bytes = Buffer.from('33221100554477668899aabbccddeeff', 'hex');
    expect(person({ objectguid: [bytes] }, guid)?.sub).toBe('ldap:00112233-4455-6677-8899-aabbccddeeff');
  });

  it('is asked for by the bytes it came as', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (given) => {
        const sub = person({ objectguid: [Buffer.from(given)] }, guid)?.sub ?? '';
        expect(idValue(sub.slice(5), 'objectGUID')).toEqual(Buffer.from(given));
      }),
    );
  });

  it('has 16 bytes', () => {
    expect(person({ objectguid: ['short'] }, guid)).toBeNull();
    expect(idValue('mica', 'objectGUID')).toBeNull();
  });
});
