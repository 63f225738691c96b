import { hash } from '@node-rs/argon2';
import { describe, expect, it, vi } from 'vitest';
import { parseArgon2 } from './hash/argon2.ts';
import { createHashQueue } from './hash/queue.ts';
import { createUsersTable, type UserEntry } from './users-table.ts';

/** Hashes are cheap here: what they cost is of no matter to these promises. */
async function entry(user: string, password: string, memoryCost = 8): Promise<UserEntry> {
  const parsed = parseArgon2(await hash(password, { memoryCost, timeCost: 1, parallelism: 1 }));
  if (typeof parsed === 'string') throw new Error(parsed);
  const person = { sub: `file:${user}`, user, name: user, email: '', groups: [], allowedResources: [] };
  return { person, hash: parsed };
}

const tableWith = (users: readonly UserEntry[], queue = createHashQueue()) =>
  createUsersTable({ source: 'file', users, queue });

describe('a table of users', () => {
  it('takes the right password for the user in any spelling of the name', async () => {
    const mica = await entry('mica', '1234');
    await expect(tableWith([mica]).verify('MICA', '1234')).resolves.toEqual({ kind: 'right', person: mica.person });
  });

  it.each([
    ['a wrong password', 'mica', '12345', 'bad-password'],
    ['an empty password', 'mica', '', 'bad-password'],
    ['a password that is too long', 'mica', '1234'.repeat(1000), 'bad-password'],
    ['another user’s password', 'mica', '123456', 'bad-password'],
    ['an unknown user', 'mallory', '1234', 'unknown-user'],
    ['a user named like a member of an object', '__proto__', '1234', 'unknown-user'],
    ['a user without a name', '', '', 'unknown-user'],
  ])('refuses %s, at the price of one hash', async (_what, user, password, reason) => {
    const queue = createHashQueue();
    const run = vi.spyOn(queue, 'run');
    const table = tableWith([await entry('mica', '1234'), await entry('mike', '123456')], queue);
    await expect(table.verify(user, password)).resolves.toEqual({ kind: 'wrong', reason });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('refuses an empty password even where that is what was hashed', async () => {
    await expect(tableWith([await entry('mica', '')]).verify('mica', '')).resolves.toMatchObject({ kind: 'wrong' });
  });

  it('answers for an unknown user also when it is empty', async () => {
    await expect(tableWith([]).verify('mica', '1234')).resolves.toEqual({ kind: 'wrong', reason: 'unknown-user' });
  });

  it('tells of those who went or have another password, after the new table holds', async () => {
    const [mica, mike, mona] = await Promise.all([entry('mica', 'a'), entry('mike', 'b'), entry('mona', 'c')]);
    const table = tableWith([mica, mike, mona]);
    const told: [string, boolean][] = [];
    table.onChanged((subs) => {
      for (const sub of subs) told.push([sub, table.current(sub) !== null]);
    });
    const promoted = { ...mona, person: { ...mona.person, groups: ['finance'] } };
    table.replace([await entry('mica', 'new'), promoted, await entry('nora', 'd')]);
    expect(told).toEqual([
      ['file:mica', true],
      ['file:mike', false],
    ]);
    expect(table.current('file:mona')?.groups).toEqual(['finance']);
    expect(table.current('file:mike')).toBeNull();
    expect(table.current('ldap:mona')).toBeNull();
  });

  it('tells all listeners of all changes, though one of them fails', async () => {
    const [mica, mike] = await Promise.all([entry('mica', 'a'), entry('mike', 'b')]);
    const table = tableWith([mica, mike]);
    table.onChanged(() => {
      throw new Error('disk full');
    });
    const heard = vi.fn();
    table.onChanged(heard);
    const stopped = vi.fn();
    table.onChanged(stopped)();
    expect(() => table.replace([])).toThrow('disk full');
    expect(heard.mock.calls).toEqual([[['file:mica', 'file:mike']]]);
    expect(stopped).not.toHaveBeenCalled();
  });

  it('refuses a password that was changed while it was being checked', async () => {
    const queue = createHashQueue({ concurrency: 1 });
    const before = Promise.withResolvers<void>();
    const table = tableWith([await entry('mica', 'old')], queue);
    const blocked = queue.run(() => before.promise);
    const found = table.verify('mica', 'old');
    table.replace([await entry('mica', 'new')]);
    before.resolve();
    await blocked;
    await expect(found).resolves.toEqual({ kind: 'wrong', reason: 'bad-password' });
  });
});

describe('the price of an unknown user', () => {
  it('is that of some user, and for one name always the same', async () => {
    const checked: string[] = [];
    const { verifyArgon2 } = await vi.importActual<typeof import('./hash/argon2.ts')>('./hash/argon2.ts');
    vi.resetModules();
    vi.doMock('./hash/argon2.ts', async (original) => ({
      ...(await original<typeof import('./hash/argon2.ts')>()),
      verifyArgon2: (...given: Parameters<typeof verifyArgon2>) => {
        checked.push(given[0].text.split('$')[3] ?? '');
        return verifyArgon2(...given);
      },
    }));
    const { createUsersTable: createWatched } = await import('./users-table.ts');
    vi.doUnmock('./hash/argon2.ts');
    const users = await Promise.all([entry('mica', 'a', 8), entry('mike', 'b', 16)]);
    const table = createWatched({ source: 'file', users, queue: createHashQueue() });
    const names = Array.from({ length: 40 }, (_none, at) => `nobody-${at}`);
    const round = async (): Promise<string[]> => {
      checked.length = 0;
      for (const name of names) await table.verify(name, 'x');
      return [...checked];
    };
    const first = await round();
    expect(new Set(first)).toEqual(new Set(['m=8,t=1,p=1', 'm=16,t=1,p=1']));
    expect(await round()).toEqual(first);
  });
});
