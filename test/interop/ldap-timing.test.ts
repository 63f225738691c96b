import { hash } from '@node-rs/argon2';
import { afterEach, expect, it, vi } from 'vitest';
import type { LdapDirectory } from '../../src/directories/ldap/ldap.ts';
import { areaUnderCurve } from '../support/area-under-curve.ts';
import { ACCESS, LDAP_PASSWORDS, ldapConfig, PEOPLE } from '../support/ldap-people.ts';
import { needs } from '../support/needs.ts';
import { type Slapd, startSlapd } from '../support/start-slapd.ts';

const PAIRS = 200;
/** Some pairs at once, so that two hundred do not take a minute. */
const AT_ONCE = 4;

async function measure(directory: LdapDirectory): Promise<number> {
  const time = async (user: string): Promise<number> => {
    const beganMs = performance.now();
    expect(await directory.verify(user, 'wrong-password')).toMatchObject({ kind: 'wrong' });
    return performance.now() - beganMs;
  };
  const unknown: number[] = [];
  const wrong: number[] = [];
  for (let done = 0; done < PAIRS; done += AT_ONCE) {
    const pairs = Array.from({ length: AT_ONCE }, async (_, i) => {
      const isFirst = i % 2 === 0;
      const first = time(isFirst ? 'mica' : `nobody${done + i}`);
      const second = time(isFirst ? `nobody${done + i}` : 'mica');
      wrong.push(await (isFirst ? first : second));
      unknown.push(await (isFirst ? second : first));
    });
    await Promise.all(pairs);
  }
  return areaUnderCurve(unknown, wrong);
}

needs('slapd', 'openssl')('a directory that hashes its passwords', () => {
  afterEach(() => {
    vi.doUnmock('../../src/directories/ldap/pace.ts');
    vi.resetModules();
  });

  const start = async (): Promise<Slapd> => {
    const phc = await hash(LDAP_PASSWORDS.mica, { algorithm: 2, memoryCost: 7168, timeCost: 5, parallelism: 1 });
    const ldif = PEOPLE.replace(`userPassword: ${LDAP_PASSWORDS.mica}`, `userPassword: {ARGON2}${phc}`);
    return startSlapd({ ldif, conf: ACCESS, modules: ['argon2'] });
  };
  const open = async (slapd: Slapd): Promise<LdapDirectory> => {
    const { createLdapDirectory } = await import('../../src/directories/ldap/ldap.ts');
    const config = ldapConfig({ url: `ldaps://localhost:${slapd.tlsPort}`, ca_file: slapd.caFile });
    return createLdapDirectory(config, { source: 'ldap', clock: { nowMs: () => Date.now() }, warn: () => {} });
  };

  it('does not tell by its time whether a user exists', { timeout: 60_000 }, async () => {
    await using slapd = await start();
    const directory = await open(slapd);
    expect(await directory.verify('mica', LDAP_PASSWORDS.mica)).toMatchObject({ kind: 'right' });
    const found = await measure(directory);
    directory.close();
    expect(found).toBeGreaterThan(0.4);
    expect(found).toBeLessThan(0.6);
  });

  it('would tell it, if refusals were not made alike', { timeout: 60_000 }, async () => {
    vi.doMock('../../src/directories/ldap/pace.ts', () => ({
      createPace: () => ({ begin: () => ({ tried() {}, due: Promise.resolve(), end() {} }) }),
    }));
    await using slapd = await start();
    const directory = await open(slapd);
    const found = await measure(directory);
    directory.close();
    expect(found < 0.4 || found > 0.6).toBe(true);
  });
});
