import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usersFile } from '../support/gate.ts';
import { ACCESS, LDAP_PASSWORDS, PEOPLE, SERVICE } from '../support/ldap-people.ts';
import { needs } from '../support/needs.ts';
import { BASE, type Slapd, startSlapd } from '../support/start-slapd.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { dashgate } from './command.ts';

const APP = `
apps:
  - name: sales
    at: http://localhost:8080/sales/
    upstream: http://127.0.0.1:1
    networks: [10.0.0.0/8]
    require: { max_age: 8h }
    open: ["/", "/static/**"]
    public: [/robots.txt]
    resources:
      - { resource: marketing, paths: [/marketing/**] }
      - { resource: hr, paths: [/hr/**], require: { amr: [pwd], max_age: 15m } }
      - { resource: hr-edit, paths: [/hr/**], methods: [POST] }
      - { paths: [/admin/**], networks: [10.1.0.0/16] }
`;

let dir: TempDir;
const run = (...args: string[]) => dashgate(['explain', '--app', 'sales', ...args], { cwd: dir.path });
const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('explain', () => {
  beforeAll(async () => {
    dir = await tempDir();
    await dir.write('users.yaml', await usersFile());
    await dir.write('dashgate.yaml', `directories: [{ file: users.yaml }]${APP}`);
  });
  afterAll(() => dir[Symbol.asyncDispose]());

  it('says which addresses somebody may open, under which conditions, and what is left', async () => {
    const { code, stdout } = await run('--user', 'Mike');
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([
      'mike in sales',
      '  grants      marketing',
      '  everywhere  from 10.0.0.0/8; proved within 8h',
      '  may open    /marketing/** (marketing)',
      '  may not     /hr/** (hr); proved by pwd; proved within 15m',
      '  may not     /hr/** (hr-edit); by POST',
      '  only        /admin/**; from 10.1.0.0/16',
      '  open        / /static/** (whoever is signed in)',
      '  public      /robots.txt',
      '  the rest    refused (path-not-named): nothing names it',
    ]);
    expect((await run('--user', 'mica')).stdout).toContain('  the rest    may open, by _all_\n');
  });

  it('takes a path of the app in place of a whole URL', async () => {
    const { code, stdout } = await run('--user', 'mike', '--path', '/hr/x', '--method', 'post', '--from', '10.2.3.4');
    expect([code, lines(stdout).slice(0, 2)]).toEqual([
      1,
      [
        'refused: resource-not-granted (hr, hr-edit)',
        '  request   POST http://localhost:8080/sales/hr/x from 10.2.3.4',
      ],
    ]);
    expect((await run('--user', 'mike', '--path', '/marketing/x')).code).toBe(0);
    const odd = await run('--user', 'mike', '--path', '/a/../hr');
    expect([odd.code, odd.stdout]).toEqual([1, expect.stringContaining('the path has a dot segment')]);
  });
});

needs('slapd', 'openssl')('explain of people in LDAP', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await startSlapd({ ldif: PEOPLE, conf: ACCESS });
    dir = await tempDir();
    await dir.write('users.yaml', await usersFile({ mica: null, mike: null }));
    await dir.write('bind', SERVICE.password);
    await dir.write(
      'dashgate.yaml',
      `directories:
  - { file: users.yaml }
  - ldap:
      url: ldaps://localhost:${slapd.tlsPort}
      ca_file: ${slapd.caFile}
      bind_dn: "${SERVICE.dn}"
      bind_password: ${SERVICE.password}
      base_dn: "ou=people,${BASE}"
      group_base_dn: "ou=groups,${BASE}"
grants: { groups: { finance: [marketing], company: [_all_] }, users: { hanna: [hr-edit] } }
${APP}`,
    );
  });
  afterAll(async () => {
    await dir[Symbol.asyncDispose]();
    await slapd[Symbol.asyncDispose]();
  });

  it('looks them up, by any of their names and in any case, with the grants of their groups', async () => {
    const { code, stdout } = await run('--user', 'MIKE');
    expect(code).toBe(0);
    expect(lines(stdout).slice(0, 2)).toEqual(['mike in sales', '  grants      marketing']);
    expect(lines((await run('--user', 'mica.alias')).stdout).slice(0, 2)).toEqual([
      'mica in sales',
      '  grants      _all_',
    ]);
    expect((await run('--user', 'zoé', '--path', '/hr/x')).stdout).toContain('resource-not-granted (hr)');
  });

  it('finds who is in a file there first, and nobody where there is none', async () => {
    expect(lines((await run('--user', 'hanna')).stdout)[1]).toBe('  grants      hr, hr-edit');
    for (const nobody of ['zoe', '*', 'mike)(uid=*'])
      expect(await run('--user', nobody), nobody).toMatchObject({ code: 1, stdout: '' });
  });

  it('says so where the directory cannot be asked, and guesses nothing', async () => {
    await slapd.kill();
    const { code, stdout, stderr } = await run('--user', 'mike');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`localhost:${slapd.tlsPort}`);
    for (const password of [SERVICE.password, ...Object.values(LDAP_PASSWORDS)]) expect(stderr).not.toContain(password);
    expect((await run('--user', 'hanna')).code).toBe(0);
  });
});
