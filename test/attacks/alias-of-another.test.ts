import { afterAll, beforeAll, expect, it } from 'vitest';
import { basic, cookieOf, type Gate, startGate } from '../support/gate.ts';
import { ACCESS, LDAP_PASSWORDS, PEOPLE, SERVICE } from '../support/ldap-people.ts';
import { logInBy, whoIs } from '../support/modes.ts';
import { needs } from '../support/needs.ts';
import { BASE, type Slapd, startSlapd } from '../support/start-slapd.ts';

// One name, two people: whoever has the second entry of the name comes by another name of theirs, as an e-mail address, and must
// not end up with what the first was granted.

const partner = (uid: string, id: number): string => `
dn: uid=${uid},ou=partners,${BASE}
objectClass: inetOrgPerson
uid: ${uid}
cn: ${uid} of a partner
sn: Example
mail: ${uid}@partner.example
entryUUID: 00000000-0000-4000-9000-${`${id}`.padStart(12, '0')}
userPassword: partner-Jn6
`;
const PARTNERS = `
dn: ou=partners,${BASE}
objectClass: organizationalUnit
ou: partners
${partner('mica', 1)}${partner('otto', 2)}`;

needs('slapd', 'openssl')('a user name that two people have', () => {
  let slapd: Slapd;
  let apart: Gate;
  let together: Gate;
  beforeAll(async () => {
    slapd = await startSlapd({ ldif: PEOPLE + PARTNERS, conf: ACCESS });
    const ldap = {
      url: `ldap://127.0.0.1:${slapd.port}`,
      bind_dn: SERVICE.dn,
      bind_password: SERVICE.password,
      user_filter: '(&(objectClass=person)(|(uid={user})(mail={user})))',
      base_dn: `ou=people,${BASE}`,
    };
    const grants = { users: { mica: ['_all_'] } };
    const partners = { ...ldap, base_dn: `ou=partners,${BASE}` };
    apart = await startGate({ grants, directories: [{ ldap }, { ldap: partners, name: 'partners' }] });
    together = await startGate({ grants, directories: [{ ldap: { ...ldap, base_dn: BASE } }] });
  });
  afterAll(async () => {
    await apart?.[Symbol.asyncDispose]();
    await together?.[Symbol.asyncDispose]();
    await slapd?.[Symbol.asyncDispose]();
  });

  const statuses = async (gate: Gate, user: string, password: string): Promise<number[]> => [
    (await logInBy(gate, { user, password })).status,
    (await gate.ask('/hr', { headers: { Authorization: basic(user, password) } })).status,
  ];

  it('is that of the first directory, by whatever name the other comes', async () => {
    expect(await statuses(apart, 'mica', LDAP_PASSWORDS.mica)).toEqual([200, 200]);
    expect(await statuses(apart, 'mica@example.com', LDAP_PASSWORDS.mica)).toEqual([200, 200]);
    expect(await statuses(apart, 'mica', 'partner-Jn6')).toEqual([401, 401]);
    expect(await statuses(apart, 'mica@partner.example', 'partner-Jn6')).toEqual([401, 401]);
  });

  it('is nobody’s within one directory, by whatever name they come', async () => {
    for (const [user, password] of [
      ['mica', LDAP_PASSWORDS.mica],
      ['mica', 'partner-Jn6'],
      ['mica@example.com', LDAP_PASSWORDS.mica],
      ['mica@partner.example', 'partner-Jn6'],
    ] as const) {
      expect([user, await statuses(together, user, password)]).toEqual([user, [401, 401]]);
    }
    expect(together.logText()).toMatch(/more than one entry is meant by one user name/);
  });

  it('troubles nobody else', async () => {
    for (const gate of [apart, together]) {
      for (const user of ['otto', 'otto@partner.example']) {
        const answer = await logInBy(gate, { user, password: 'partner-Jn6' });
        expect(await whoIs(gate, cookieOf(answer))).toMatchObject({ user: 'otto', allowed_resources: [] });
      }
      const answer = await logInBy(gate, { user: 'mica.alias', password: LDAP_PASSWORDS.mica });
      expect(answer.status).toBe(gate === apart ? 200 : 401);
    }
  });

  it('is not got by being renamed while a session is open', async () => {
    const dn = `uid=otto,ou=partners,${BASE}`;
    const cookies = await Promise.all(
      [apart, together].map(async (gate) => cookieOf(await logInBy(gate, { user: 'otto', password: 'partner-Jn6' }))),
    );
    await slapd.modify(`dn: ${dn}\nchangetype: modrdn\nnewrdn: cn=otto of a partner\ndeleteoldrdn: 1\n`);
    const renamed = `dn: cn=otto of a partner,ou=partners,${BASE}`;
    await slapd.modify(`${renamed}\nchangetype: modify\nreplace: uid\nuid: mike\n`);
    for (const [at, gate] of [apart, together].entries()) {
      gate.advance(10 * 60_000);
      expect((await gate.ask('/', { headers: { Cookie: cookies[at] ?? '' } })).status).toBe(401);
    }
  });
});
