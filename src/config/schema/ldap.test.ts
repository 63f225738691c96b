import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ldapSchema, settleLdap } from './ldap.ts';

const GOOD = { url: 'ldaps://ldap.example.com', base_dn: 'ou=people,dc=example,dc=com' };

const faults = (written: Record<string, unknown>): string[] => {
  const read = ldapSchema.safeParse({ ...GOOD, ...written });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('an LDAP directory of the configuration', () => {
  it.each([
    ['ldaps://ldap.example.com', { host: 'ldap.example.com', port: 636, isTls: true }],
    ['LDAPS://LDAP.Example.com:3269/', { host: 'ldap.example.com', port: 3269, isTls: true }],
    ['ldaps://[2001:db8::1]', { host: '2001:db8::1', port: 636, isTls: true }],
    ['ldap://127.0.0.1', { host: '127.0.0.1', port: 389, isTls: false }],
    ['ldap://[::1]:1389', { host: '::1', port: 1389, isTls: false }],
    ['ldap://localhost', { host: 'localhost', port: 389, isTls: false }],
  ])('is at %s', (url, found) => {
    expect(settleLdap(ldapSchema.parse({ ...GOOD, url })).url).toEqual(found);
  });

  it.each([
    'http://ldap.example.com',
    'ldap.example.com',
    'ldaps://',
    'ldaps://user@ldap.example.com',
    'ldaps://ldap.example.com/dc=example',
    'ldaps://ldap.example.com?x',
    'ldaps://ldap.example.com:0',
    'ldaps://ldap.example.com:99999',
    'ldaps://ldap example.com',
    'ldapi:///run/slapd.sock',
  ])('is not at %s', (url) => {
    expect(faults({ url })).toEqual([expect.stringMatching(/^url: is not the address/)]);
  });

  it.each(['ldap://ldap.example.com', 'ldap://10.0.0.1', 'ldap://localhost.example.com', 'ldap://128.0.0.1'])(
    'is not asked over the line in plain: %s',
    (url) => {
      expect(faults({ url })).toEqual([expect.stringMatching(/^url: is plain ldap:.*read and changed on the way/)]);
      expect(faults({ url, start_tls: true })).toEqual([]);
    },
  );

  it.each<[Record<string, unknown>, RegExp]>([
    [{ start_tls: true }, /^start_tls: is for ldap/],
    [{ url: 'ldap://localhost', ca_file: '/ca.pem' }, /^ca_file: is given, but url speaks no TLS/],
    [{ url: 'ldap://localhost', server_name: 'a' }, /^server_name: is given, but url speaks no TLS/],
    [{ bind_dn: 'cn=a' }, /^bind_dn: has no password/],
    [{ bind_password: 'x' }, /^bind_password: is given without bind_dn/],
    [{ bind_password_file: '/x' }, /^bind_password_file: is given without bind_dn/],
    [{ bind_dn: 'cn=a', bind_password: '' }, /^bind_password: is empty/],
    [{ bind_dn: 'cn=a', bind_password: 'x', bind_password_file: '/x' }, /^bind_password: is given beside/],
    [{ bind_dn: 'dashgate' }, /^bind_dn: is not a distinguished name/],
    [{ base_dn: '' }, /^base_dn: is not a distinguished name/],
    [{ user_filter: '(uid=mica)' }, /^user_filter: does not say where \{user\} goes/],
    [{ user_filter: 'uid={user}' }, /^user_filter: is not a filter/],
    [{ disabled_filter: '(a=b' }, /^disabled_filter: is not a filter/],
    [{ id_attribute: 'entry UUID' }, /^id_attribute: is not the name/],
    [{ recheck: '0s' }, /^recheck: is out of range/],
  ])('%j is refused', (written, why) => {
    expect(faults(written)).toEqual([expect.stringMatching(why)]);
  });

  it('repeats no password in what it says', () => {
    expect(JSON.stringify(faults({ bind_password: 'geheim-1' }))).not.toContain('geheim');
  });

  it('is as docs/ldap.md shows it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/ldap.md'), 'utf8');
    const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => parse(yaml).directories[0].ldap);
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(faults(example)).toEqual([]);
  });
});
