import { describe, expect, it, vi } from 'vitest';
import { ConfigInvalid, DirectoryUnavailable } from '../errors.ts';
import type { Directory, PasswordFinding, Person } from './directory.ts';
import { createSeveral } from './several.ts';

/** A directory that knows these users by these passwords. */
function directoryOf(source: string, passwords: Record<string, string>): Directory {
  const personOf = (user: string): Person => ({
    ...{ sub: `${source}:${user}`, user, name: user, email: '', groups: [], allowedResources: [] },
  });
  const listeners = new Set<(subs: readonly string[]) => void>();
  return {
    source,
    canonical: (user) => user.toLowerCase(),
    verify: vi.fn(async (user: string, password: string): Promise<PasswordFinding> => {
      if (!(user in passwords)) return { kind: 'wrong', reason: 'unknown-user' };
      return passwords[user] === password
        ? { kind: 'right', person: personOf(user) }
        : { kind: 'wrong', reason: 'bad-password' };
    }),
    granted: () => new Set<string>(),
    current: (sub) => (sub.startsWith(`${source}:`) ? personOf(sub.slice(source.length + 1)) : null),
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const listener of listeners) listener(['closed']);
    },
  };
}

describe('several directories', () => {
  const staff = directoryOf('file', { ada: 'a', bob: 'b' });
  const guests = directoryOf('ldap', { bob: 'other', cy: 'c' });
  const several = createSeveral([staff, guests]);

  it.each([
    ['ada', 'a', { kind: 'right', person: { sub: 'file:ada' } }],
    ['cy', 'c', { kind: 'right', person: { sub: 'ldap:cy' } }],
    ['bob', 'other', { kind: 'wrong', reason: 'bad-password' }],
    ['cy', 'x', { kind: 'wrong', reason: 'bad-password' }],
    ['dan', 'x', { kind: 'wrong', reason: 'unknown-user' }],
  ])('%s with %s: the first that knows the user decides', async (user, password, found) => {
    await expect(several.verify(user, password)).resolves.toMatchObject(found);
  });

  it.each(['ada', 'cy', 'dan'])('asks each of them before it refuses %s', async (user) => {
    vi.mocked(staff.verify).mockClear();
    vi.mocked(guests.verify).mockClear();
    await several.verify(user, 'wrong');
    expect(staff.verify).toHaveBeenCalledTimes(1);
    expect(guests.verify).toHaveBeenCalledTimes(1);
  });

  it.each(['ada', 'dan'])('cannot say no to %s while one of them is down', async (user) => {
    vi.mocked(guests.verify).mockRejectedValueOnce(new DirectoryUnavailable('down'));
    await expect(several.verify(user, 'wrong')).rejects.toThrow(DirectoryUnavailable);
  });

  it('finds a person by the source in front of the colon', () => {
    expect(several.current('ldap:cy')?.sub).toBe('ldap:cy');
    expect(several.current('other:cy')).toBeNull();
    expect(several.current('cy')).toBeNull();
  });

  it('passes on the changes of each, until it is stopped', () => {
    const heard = vi.fn();
    const stop = several.onChanged(heard);
    several.close();
    expect(heard).toHaveBeenCalledTimes(2);
    stop();
    several.close();
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('must have sources of their own, and be at least one', () => {
    expect(() => createSeveral([staff, directoryOf('file', {})])).toThrow(ConfigInvalid);
    expect(() => createSeveral([])).toThrow(ConfigInvalid);
    expect(createSeveral([staff])).toBe(staff);
  });
});

describe('a directory that has to be asked, behind one that is a file', () => {
  const named: Person = { sub: 'ldap:1', user: 'ada', name: '', email: '', groups: [], allowedResources: [] };
  const cy: Person = { ...named, sub: 'ldap:2', user: 'cy' };
  const staff: Directory = { ...directoryOf('file', { ada: 'a' }), knows: (user) => user === 'ada' };
  const ldap: Directory = {
    ...directoryOf('ldap', {}),
    // By an alias somebody gets in whose user name is one of the file.
    verify: async (user) => ({ kind: 'right', person: user === 'alias' ? named : cy }),
    current: (sub) => (sub === 'ldap:3' ? null : undefined),
    lookUp: async (sub) => (sub === 'ldap:1' ? named : cy),
    find: async (user) => ({ alias: named, cy })[user] ?? null,
    passwordTerm: () => ({ lifeMs: 1, graceMs: 2 }),
  };
  const several = createSeveral([staff, ldap]);

  it('is asked where its person is, and says when it must be', async () => {
    expect(several.current('ldap:2')).toBeUndefined();
    expect(several.current('ldap:3')).toBeNull();
    expect(several.current('file:ada')).toMatchObject({ user: 'ada' });
    expect(await several.lookUp?.('ldap:2')).toBe(cy);
    expect(await several.lookUp?.('other:2')).toBeNull();
    expect(several.passwordTerm?.('ldap:2')).toEqual({ lifeMs: 1, graceMs: 2 });
    expect(several.passwordTerm?.('file:ada')).toBeUndefined();
  });

  it('hands out nobody under a user name of the file, neither at the sign-in nor later', async () => {
    expect(await several.verify('cy', 'x')).toMatchObject({ kind: 'right' });
    expect(await several.verify('alias', 'x')).toEqual({ kind: 'wrong', reason: 'bad-password' });
    expect(await several.lookUp?.('ldap:1')).toBeNull();
    expect(await several.find?.('cy')).toBe(cy);
    expect(await several.find?.('alias')).toBeNull();
    expect(await several.find?.('nobody')).toBeNull();
  });
});
