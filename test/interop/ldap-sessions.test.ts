import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { basic, type Gate, startGate } from '../support/gate.ts';
import { ACCESS, dnOf, groupDn, LDAP_PASSWORDS, ldapAt, PEOPLE, SERVICE } from '../support/ldap-people.ts';
import { needs } from '../support/needs.ts';
import { BASE, type Slapd, startSlapd } from '../support/start-slapd.ts';

const RECHECK_MS = 60_000;
const GRACE_MS = 600_000;
/** After a question without an answer, the directory is asked again. */
const QUIET_MS = 3000;

needs(
  'slapd',
  'ldapmodify',
  'openssl',
)('sessions of people in LDAP', () => {
  let slapd: Slapd;
  let gate: Gate;
  beforeAll(async () => {
    slapd = await startSlapd({ ldif: PEOPLE, conf: ACCESS });
  });
  afterAll(() => slapd[Symbol.asyncDispose]());
  beforeEach(async () => {
    gate = await startGate({
      directories: [
        {
          ldap: {
            ...ldapAt(slapd),
            group_base_dn: `ou=groups,${BASE}`,
            recheck: '1m',
            recheck_grace: '10m',
          },
        },
      ],
      grants: { groups: { finance: ['marketing'], company: ['_all_'] } },
    });
  });
  afterEach(() => gate[Symbol.asyncDispose]());

  const statusOf = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await gate.ask(path, { headers })).status;
  const member = (how: 'add' | 'delete'): Promise<void> =>
    slapd.modify(
      `dn: ${groupDn('finance')}\nchangetype: modify\n${how}: member\nmember: ${dnOf('mike')}\n-\n${how === 'add' ? 'delete' : 'add'}: member\nmember: cn=nobody,${BASE}\n`,
    );

  it('are opened by the login page and by Basic, with what the groups of today grant', async () => {
    const cookie = await gate.signIn('mica', LDAP_PASSWORDS.mica);
    expect(await statusOf('/hr', { Cookie: cookie })).toBe(200);
    const authorization = basic('MIKE', LDAP_PASSWORDS.mike);
    expect(await statusOf('/wiki/', { Authorization: authorization })).toBe(200);
    expect(await statusOf('/hr', { Authorization: authorization })).toBe(403);
    expect(await statusOf('/', { Authorization: basic('mike', '') })).toBe(401);
    const check = await gate.verify('/wiki/', { app: 'wiki', headers: { Authorization: authorization } });
    expect(check.headers.get('x-dashgate-user')).toBe('mike');
    expect(check.headers.get('x-dashgate-groups')).toBe('finance');
  });

  it('lose what a group granted within the time, and cost no question before', async () => {
    const cookie = await gate.signIn('mike', LDAP_PASSWORDS.mike);
    await member('delete');
    gate.advance(RECHECK_MS / 2);
    expect(await statusOf('/wiki/', { Cookie: cookie })).toBe(200);
    gate.advance(RECHECK_MS / 2);
    expect(await statusOf('/wiki/', { Cookie: cookie })).toBe(403);
    await member('add');
    gate.advance(RECHECK_MS);
    expect(await statusOf('/wiki/', { Cookie: cookie })).toBe(200);
  });

  it('lose it for what is open as soon as anybody asks again', async () => {
    const cookie = await gate.signIn('mike', LDAP_PASSWORDS.mike);
    const url = `ws://127.0.0.1:${gate.port}/wiki/`;
    const socket = new WebSocket(url, { headers: { Cookie: cookie, Host: gate.host, Origin: gate.origin } });
    const closed = once(socket, 'close');
    await once(socket, 'open');
    await member('delete');
    gate.advance(RECHECK_MS);
    const askedMs = performance.now();
    expect(await statusOf('/wiki/', { Cookie: cookie })).toBe(403);
    await closed;
    // All that is open is looked at every 15 s in any case.
    expect(performance.now() - askedMs).toBeLessThan(5000);
    await member('add');
  });

  it('end within the time for who is gone, also for Basic, and do not come back', async () => {
    const dn = dnOf('guest');
    const entry = `dn: ${dn}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: guest\ncn: G\nsn: G\nuserPassword: guest-1\n`;
    await slapd.modify(entry);
    const cookie = await gate.signIn('mike', LDAP_PASSWORDS.mike);
    const guest = { Authorization: basic('guest', 'guest-1') };
    expect(await statusOf('/', guest)).toBe(200);
    await slapd.modify(`dn: ${dn}\nchangetype: delete\n`);
    gate.advance(RECHECK_MS);
    expect(await statusOf('/', guest)).toBe(401);
    expect(await statusOf('/', { Cookie: cookie })).toBe(200);
    await slapd.modify(entry);
    expect(await statusOf('/', guest)).toBe(200);
  });

  it('follow a new password within the time, for Basic', async () => {
    const old = { Authorization: basic('mike', LDAP_PASSWORDS.mike) };
    expect(await statusOf('/', old)).toBe(200);
    const set = (password: string): Promise<void> =>
      slapd.modify(`dn: ${dnOf('mike')}\nchangetype: modify\nreplace: userPassword\nuserPassword: ${password}\n`);
    await set('other-1');
    expect(await statusOf('/', old)).toBe(200);
    gate.advance(RECHECK_MS);
    expect(await statusOf('/', old)).toBe(401);
    expect(await statusOf('/', { Authorization: basic('mike', 'other-1') })).toBe(200);
    await set(LDAP_PASSWORDS.mike);
  });

  it('live on for the grace while LDAP is down, then it is 503 and no question for a password, and they recover', async () => {
    const cookie = { Cookie: await gate.signIn('mica', LDAP_PASSWORDS.mica) };
    const leaving = await gate.signIn('mica', LDAP_PASSWORDS.mica);
    const authorization = { Authorization: basic('mike', LDAP_PASSWORDS.mike) };
    expect(await statusOf('/', authorization)).toBe(200);
    await slapd.kill();
    try {
      for (const ms of [0, RECHECK_MS, GRACE_MS - QUIET_MS]) {
        gate.advance(ms);
        expect(await statusOf('/', cookie)).toBe(200);
        expect(await statusOf('/', authorization)).toBe(200);
      }
      gate.advance(2 * QUIET_MS);
      for (const headers of [cookie, authorization]) {
        const answer = await gate.ask('/', {
          headers: { ...headers, 'Sec-Fetch-Mode': 'navigate', Accept: 'text/html' },
        });
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('5');
        expect(answer.headers.get('location')).toBeNull();
        const check = await gate.verify('/', { headers });
        expect(check.status).toBe(403);
        expect(check.headers.get('x-dashgate-status')).toBe('503');
      }
      expect(await statusOf('/robots.txt', cookie)).toBe(200);
      // Whoever wants to leave need not wait for LDAP.
      const other = { Cookie: leaving, 'Content-Type': 'application/json' };
      const left = await gate.ask('/_dashgate/logout', { method: 'POST', headers: other, body: '{}' });
      expect([left.status, left.body]).toEqual([200, '{"signed_out":true}']);
    } finally {
      await slapd.start();
    }
    gate.advance(QUIET_MS);
    expect(await statusOf('/', cookie)).toBe(200);
    expect(await statusOf('/', authorization)).toBe(200);
    expect(await statusOf('/', { Cookie: leaving })).toBe(401);
  });

  it('are looked up by a dashgate that was started anew, which lets nobody in on a guess', async () => {
    const cookie = { Cookie: await gate.signIn('mica', LDAP_PASSWORDS.mica) };
    await gate.restart();
    expect(await statusOf('/hr', cookie)).toBe(200);
    await gate.restart();
    await slapd.kill();
    expect(await statusOf('/hr', cookie)).toBe(503);
    await slapd.start();
    gate.advance(QUIET_MS);
    expect(await statusOf('/hr', cookie)).toBe(200);
  });

  it('never show a password or the service password in the log', async () => {
    await gate.signIn('mica', LDAP_PASSWORDS.mica);
    await gate.ask('/', { headers: { Authorization: basic('mica', 'wrong-Zz9') } });
    for (const secret of [LDAP_PASSWORDS.mica, SERVICE.password, 'wrong-Zz9'])
      expect(gate.logText()).not.toContain(secret);
  });
});
