import { expect, it } from 'vitest';
import { connectedApp, mint } from '../support/connected.ts';
import { embed, frameCookie, HOST_PAGE, IN_FRAME } from '../support/embedding.ts';
import { startGate } from '../support/gate.ts';
import { ACCESS, dnOf, ldapAt, PEOPLE } from '../support/ldap-people.ts';
import { needs } from '../support/needs.ts';
import { BASE, startSlapd } from '../support/start-slapd.ts';

needs(
  'slapd',
  'ldapmodify',
  'openssl',
)('a connected app that speaks of people in LDAP', () => {
  it('lets in whom LDAP has and does not disable, with what their groups grant today', async () => {
    await using slapd = await startSlapd({ ldif: PEOPLE, conf: ACCESS });
    await using gate = await startGate({
      publicUrl: 'https://dash.example.com',
      directories: [
        {
          ldap: {
            ...ldapAt(slapd),
            group_base_dn: `ou=groups,${BASE}`,
            disabled_filter: '(employeeNumber=*)',
            recheck: '1m',
            recheck_grace: '10m',
          },
        },
      ],
      grants: { groups: { finance: ['marketing', 'hr'] } },
      connected_apps: [connectedApp({ domains: [HOST_PAGE], users: 'directory' })],
    });
    const bring = (sub: string) => embed(gate, { token: mint({ claims: { sub } }), target: '/' });
    const headersOf = async (sub: string) => ({ ...IN_FRAME, Cookie: frameCookie(await bring(sub)) });
    const mike = await headersOf('mike');
    const statuses = () =>
      Promise.all(['/hr', '/wiki/'].map(async (path) => (await gate.ask(path, { headers: mike })).status));
    // The wiki is none of the apps of the connected app, although mike may open it.
    expect(await statuses()).toEqual([200, 403]);
    expect(gate.upstream.last().headers).toMatchObject({
      'x-dashgate-user': 'mike',
      'x-dashgate-email': 'mike@example.com',
    });

    // Nobody, two of one name, somebody disabled, and what would mean something in a filter.
    for (const sub of ['nobody', 'twin', 'mi*', '*)(uid=*', 'mike)(uid=mica', 'MI KE'])
      expect([sub, (await bring(sub)).body]).toEqual([sub, expect.stringContaining('"code":5')]);

    await slapd.modify(`dn: ${dnOf('mike')}\nchangetype: modify\nadd: employeeNumber\nemployeeNumber: 7\n`);
    expect((await bring('mike')).body).toContain('"code":5');
    gate.advance(61_000);
    expect(await statuses()).toEqual([401, 401]);
  });
});
