import type { LdapConfig } from '../../src/config/schema/ldap.ts';
import { ldapSchema, settleLdap } from '../../src/config/schema/ldap.ts';
import { BASE, type Slapd } from './start-slapd.ts';

/** Those of the test directory, by uid. The service account may search and read, and nobody else. */
export const LDAP_PASSWORDS = { mica: 'mica-Gz7', mike: 'mike-Qp4', zoé: 'zoé-ß4€' } as const;
export const SERVICE = { dn: `cn=dashgate,${BASE}`, password: 'service-Ht5' } as const;

/** How dashgate is told of the test directory, over TLS. */
export const ldapAt = ({ tlsPort, caFile }: Pick<Slapd, 'tlsPort' | 'caFile'>) => ({
  url: `ldaps://localhost:${tlsPort}`,
  ca_file: caFile,
  bind_dn: SERVICE.dn,
  bind_password: SERVICE.password,
  base_dn: `ou=people,${BASE}`,
});

export const dnOf = (uid: string): string => `uid=${uid},ou=people,${BASE}`;

const person = (uid: string, id: number, more = ''): string => `
dn: uid=${uid},ou=people,${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid} Example
sn: Example
mail: ${uid}@example.com
entryUUID: 00000000-0000-4000-8000-${`${id}`.padStart(12, '0')}
${more}`;

const group = (name: string, ...members: string[]): string => `
dn: cn=${name},ou=groups,${BASE}
objectClass: groupOfNames
cn: ${name}
${members.map((dn) => `member: ${dn}`).join('\n')}
`;
export const groupDn = (name: string): string => `cn=${name},ou=groups,${BASE}`;

/**
 * mica is in `analysts`, which is in `staff`, which is in `company`, which is in `analysts`: a circle. mike is in `finance`
 * only. `elsewhere` points to another server.
 */
export const PEOPLE = `
dn: ${BASE}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,${BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${BASE}
objectClass: organizationalUnit
ou: groups

dn: ${SERVICE.dn}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: dashgate
userPassword: ${SERVICE.password}
${person('mica', 1, `userPassword: ${LDAP_PASSWORDS.mica}\nuid: mica.alias\n`)}
${person('mike', 2, `userPassword: ${LDAP_PASSWORDS.mike}\n`)}
${person('twin', 3, 'userPassword: twin-1\nemployeeNumber: 7\n')}
${person('twin2', 4, 'userPassword: twin-1\nemployeeNumber: 7\n')}
${person('star*', 5, 'userPassword: star-1\n')}
dn:: ${Buffer.from(dnOf('zoé')).toString('base64')}
objectClass: inetOrgPerson
uid:: ${Buffer.from('zoé').toString('base64')}
cn:: ${Buffer.from('Zoé Example').toString('base64')}
sn: Example
mail: not an address
entryUUID: 00000000-0000-4000-8000-000000000006
userPassword:: ${Buffer.from(LDAP_PASSWORDS.zoé).toString('base64')}

dn: ou=elsewhere,ou=people,${BASE}
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:1/ou=people,${BASE}
${group('analysts', dnOf('mica'), groupDn('company'))}
${group('staff', groupDn('analysts'))}
${group('company', groupDn('staff'), `cn=nobody,${BASE}`)}
${group('finance', dnOf('mike'))}
`;

/** The access rules: a password may be tried, never read. */
export const ACCESS = `
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${SERVICE.dn}" read by * none
`;

/** Settings of an `ldap:` entry, as written in the file, made ready. */
export const ldapConfig = (written: Record<string, unknown>): LdapConfig =>
  settleLdap(
    ldapSchema.parse({
      bind_dn: SERVICE.dn,
      bind_password: SERVICE.password,
      base_dn: `ou=people,${BASE}`,
      group_base_dn: `ou=groups,${BASE}`,
      ...written,
    }),
  );
