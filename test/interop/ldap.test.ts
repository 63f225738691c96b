import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { main } from '../../src/cli/main.ts';
import { createLdapDirectory, type LdapDirectory } from '../../src/directories/ldap/ldap.ts';
import { DirectoryUnavailable } from '../../src/errors.ts';
import { ACCESS, dnOf, LDAP_PASSWORDS, ldapConfig, PEOPLE, SERVICE } from '../support/ldap-people.ts';
import { needs } from '../support/needs.ts';
import { BASE, type Slapd, startSlapd } from '../support/start-slapd.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const ID = (last: number): string => `ldap:00000000-0000-4000-8000-${`${last}`.padStart(12, '0')}`;
const MICA = {
  sub: ID(1),
  user: 'mica',
  name: 'mica Example',
  email: 'mica@example.com',
  groups: ['analysts', 'company', 'staff'],
  allowedResources: [],
};

needs(
  'slapd',
  'ldapmodify',
  'openssl',
)('a real slapd', () => {
  let slapd: Slapd;
  let dir: TempDir;
  let said: string[];
  beforeAll(async () => {
    dir = await tempDir();
    slapd = await startSlapd({ ldif: PEOPLE, conf: ACCESS });
  });
  afterAll(async () => {
    await slapd[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    said = [];
  });

  const overTls = () => ({ url: `ldaps://localhost:${slapd.tlsPort}`, ca_file: slapd.caFile });
  const open = (written: Record<string, unknown> = {}): LdapDirectory & Disposable => {
    const directory = createLdapDirectory(ldapConfig({ ...overTls(), ...written }), {
      source: 'ldap',
      clock: { nowMs: () => Date.now() },
      warn: (line) => said.push(line),
    });
    return { ...directory, [Symbol.dispose]: directory.close };
  };
  const whyOf = async (asked: Promise<unknown>): Promise<string> => {
    const error = await asked.then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(DirectoryUnavailable);
    return error instanceof Error ? error.message : '';
  };

  it.each([
    ['ldaps', () => overTls()],
    ['StartTLS', () => ({ url: `ldap://127.0.0.1:${slapd.port}`, start_tls: true, ca_file: slapd.caFile })],
    ['plain LDAP of this machine', () => ({ url: `ldap://127.0.0.1:${slapd.port}`, ca_file: undefined })],
  ])('lets in by %s who has the password, as the directory has them, and nobody else', async (_how, written) => {
    using directory = open(written());
    await directory.probe();
    expect(await directory.verify('mica', LDAP_PASSWORDS.mica)).toEqual({ kind: 'right', person: MICA });
    expect(await directory.verify('mica', 'mike-Qp4')).toEqual({ kind: 'wrong', reason: 'bad-password', user: 'mica' });
    expect(await directory.verify('nobody', LDAP_PASSWORDS.mica)).toEqual({ kind: 'wrong', reason: 'unknown-user' });
    expect(directory.current(MICA.sub)).toEqual(MICA);
  });

  it('knows one person by any case and alias, and says whose password was tried', async () => {
    using directory = open();
    for (const name of ['MICA', 'Mica', 'mica.alias', 'MICA.Alias']) {
      expect(await directory.verify(name, LDAP_PASSWORDS.mica)).toEqual({ kind: 'right', person: MICA });
      expect(await directory.verify(name, 'x')).toMatchObject({ reason: 'bad-password', user: 'mica' });
    }
    expect(await directory.verify('zoe\u0301', LDAP_PASSWORDS.zoé)).toMatchObject({
      person: { user: 'zoé', email: '' },
    });
  });

  it.each([' mica', 'mica ', 'ｍica', 'mi\u00adca', 'mica\0', 'mica\n', 'a  b'])(
    'does not take %j for mica, though a directory would',
    async (name) => {
      using directory = open();
      expect(await directory.verify(name, LDAP_PASSWORDS.mica)).toEqual({ kind: 'wrong', reason: 'unknown-user' });
    },
  );

  it.each([
    '*',
    'mic*',
    '?ica',
    'mica)(objectClass=*',
    '*)(uid=*))(|(uid=*',
    'x)(|(uid=mica',
    'mica\\2a',
    '\\6dica',
    '!(uid=x)',
    dnOf('mica'),
    '',
  ])('takes %j for a name and for nothing else', async (name) => {
    using directory = open();
    for (const password of Object.values(LDAP_PASSWORDS)) {
      expect(await directory.verify(name, password)).toEqual({ kind: 'wrong', reason: 'unknown-user' });
    }
  });

  it('finds a name that has a star in it', async () => {
    using directory = open();
    expect(await directory.verify('star*', 'star-1')).toMatchObject({ kind: 'right', person: { user: 'star*' } });
  });

  it('never tries an empty password, which would succeed without being one', async () => {
    await using permissive = await startSlapd({
      ldif: PEOPLE,
      conf: ACCESS,
      global: 'allow bind_anon_cred bind_anon_dn',
    });
    using directory = open({ url: `ldaps://localhost:${permissive.tlsPort}`, ca_file: permissive.caFile });
    expect(await directory.verify('mica', '')).toMatchObject({ kind: 'wrong', reason: 'bad-password' });
    expect(await directory.verify('nobody', '')).toEqual({ kind: 'wrong', reason: 'unknown-user' });
    expect(await directory.verify('mica', '\0')).toMatchObject({ kind: 'wrong' });
    expect(await directory.verify('mica', 'x'.repeat(5000))).toMatchObject({ kind: 'wrong' });
  });

  it('lets nobody in where two entries are meant, and says so to the operator', async () => {
    using directory = open({ user_filter: '(employeeNumber={user})' });
    expect(await directory.verify('7', 'twin-1')).toEqual({ kind: 'wrong', reason: 'unknown-user' });
    expect(said.join()).toContain('user_filter');
  });

  it('does not follow a referral', async () => {
    using directory = open({ base_dn: `ou=elsewhere,ou=people,${BASE}`, timeout: '2s' });
    expect(await whyOf(directory.verify('mica', LDAP_PASSWORDS.mica))).toContain('does not let us search');
  });

  it.each([
    [0, ['analysts']],
    [1, ['analysts', 'staff']],
    [2, ['analysts', 'company', 'staff']],
    [20, ['analysts', 'company', 'staff']],
  ])('follows %i levels of groups within groups, round a circle too', async (levels, groups) => {
    using directory = open({ nested_groups: levels });
    expect(await directory.lookUp(ID(1))).toMatchObject({ groups });
    expect(await directory.lookUp(ID(2))).toMatchObject({ groups: ['finance'] });
  });

  it('looks a person up by id, and only such as may sign in', async () => {
    using directory = open({ disabled_filter: '(employeeNumber=*)' });
    expect(await directory.lookUp(ID(1))).toEqual(MICA);
    expect(await directory.lookUp(ID(3))).toBeNull();
    expect(await directory.lookUp(ID(99))).toBeNull();
    expect(await directory.lookUp('ldap:*')).toBeNull();
    expect(await directory.lookUp('file:mica')).toBeNull();
    expect(await directory.verify('twin', 'twin-1')).toEqual({ kind: 'wrong', reason: 'unknown-user' });
  });

  it.each([
    ['a wrong authority', async () => ({ ca_file: await otherAuthority() }), 'certificate'],
    ['no authority of ours', () => ({ ca_file: undefined }), 'certificate'],
    ['a certificate of another name', () => ({ server_name: 'ldap.example.com' }), 'ldap.example.com'],
    [
      'StartTLS by a wrong authority',
      async () => ({ url: `ldap://localhost:${slapd.port}`, start_tls: true, ca_file: await otherAuthority() }),
      'certificate',
    ],
    ['TLS on the plain port', () => ({ url: `ldaps://localhost:${slapd.port}` }), ''],
    ['a wrong service password', () => ({ bind_password: 'no' }), 'bind_dn'],
    ['no service account, where one is needed', () => ({ bind_dn: undefined, bind_password: undefined }), ''],
    ['a base that is not there', () => ({ base_dn: `ou=nothing,${BASE}` }), 'ou=nothing'],
    ['an id that may not be read', () => ({ id_attribute: 'employeeType' }), 'employeeType'],
  ])('is unavailable, not a refusal, with %s', async (_what, written, why) => {
    using directory = open(await written());
    const message = await whyOf(directory.verify('mica', LDAP_PASSWORDS.mica));
    expect(message).toContain(why);
    expect(message).not.toContain(LDAP_PASSWORDS.mica);
    expect(message).not.toContain(SERVICE.password);
  });

  const otherAuthority = async (): Promise<string> => {
    await using other = await startSlapd({ ldif: PEOPLE });
    return dir.write('other.pem', await other.ca());
  };

  it('is given the service password from a file, read again when it changed', async () => {
    const file = await dir.write('password', `${SERVICE.password}\n`, 0o600);
    using directory = open({ bind_password: undefined, bind_password_file: file });
    await directory.probe();
    await slapd.modify(`dn: ${SERVICE.dn}\nchangetype: modify\nreplace: userPassword\nuserPassword: new-Ht5\n`);
    await dir.write('password', 'new-Ht5', 0o600);
    using later = open({ bind_password: undefined, bind_password_file: file });
    await later.probe();
    await slapd.modify(
      `dn: ${SERVICE.dn}\nchangetype: modify\nreplace: userPassword\nuserPassword: ${SERVICE.password}\n`,
    );
  });

  it('answers many at once over few connections', async () => {
    using directory = open({ pool_size: 2 });
    const found = await Promise.all(
      Array.from({ length: 60 }, (_, i) => directory.verify('mica', i % 3 === 0 ? LDAP_PASSWORDS.mica : 'x')),
    );
    expect(found.filter(({ kind }) => kind === 'right')).toHaveLength(20);
    expect(found.every(({ kind }, i) => kind === (i % 3 === 0 ? 'right' : 'wrong'))).toBe(true);
  });

  it('is found again after it was killed and started', async () => {
    using directory = open();
    expect(await directory.verify('mica', LDAP_PASSWORDS.mica)).toMatchObject({ kind: 'right' });
    await slapd.kill();
    await whyOf(directory.verify('mica', LDAP_PASSWORDS.mica));
    await slapd.start();
    expect(await directory.verify('mica', LDAP_PASSWORDS.mica)).toMatchObject({ kind: 'right' });
  });

  it('may have been started anew while nobody asked: the connections that were kept are replaced unseen', async () => {
    using directory = open();
    await directory.verify('mica', LDAP_PASSWORDS.mica);
    await slapd.kill();
    await slapd.start();
    expect(await directory.verify('mica', LDAP_PASSWORDS.mica)).toMatchObject({ kind: 'right' });
    expect(await directory.verify('mica', 'x')).toMatchObject({ kind: 'wrong' });
  });

  it('is asked by check --connect, and not without', async () => {
    const check = async (args: readonly string[], more: Record<string, string> = {}) => {
      const ldap = { ...overTls(), bind_dn: SERVICE.dn, bind_password: SERVICE.password, base_dn: BASE, ...more };
      const apps = [{ name: 'sales', at: '/', upstream: 'http://127.0.0.1:1' }];
      await dir.write('dashgate.yaml', stringify({ directories: [{ ldap }], apps }));
      let said = '';
      const say = (text: string): void => {
        said += text;
      };
      const io = { out: say, err: say, env: {}, cwd: dir.path, stdin: Readable.from([]), signal: AbortSignal.abort() };
      return { code: await main(['check', ...args], io), said };
    };
    expect(await check(['--connect'])).toMatchObject({ code: 0 });
    expect(await check([], { bind_password: 'no' })).toMatchObject({ code: 0 });
    const { code, said } = await check(['--connect'], { bind_password: 'no-Zz9' });
    expect(code).toBe(1);
    expect(said).toMatch(/^dashgate: ldaps:.* refuses bind_dn with its password; correct them/);
    expect(said).not.toContain('no-Zz9');
  });
});
