import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { usersFromEnv } from '../../src/cli/users-from-env.ts';
import { loadConfig } from '../../src/config/load.ts';
import { addUser, listUsers, removeUser, updateUser } from '../../src/directories/edit-users.ts';
import { createHashQueue } from '../../src/directories/hash/queue.ts';
import { createPasswordFile } from '../../src/directories/password-file.ts';
import { ConfigInvalid } from '../../src/errors.ts';
import { tempDir } from '../support/temp-dir.ts';

// A user name is somebody's to choose: it must neither write a second line, nor be taken for what the language has of that name.

const NAMES = ['__proto__', 'constructor', 'a"b', '"', 'al ice', '<<', 'a # b', 'null', '$apr1$x$y', 'e\u0301'];
const REFUSED = [
  'a\nroot',
  'a\rroot',
  'a\0',
  'a:b',
  '',
  ' ',
  ' a',
  'a ',
  'a\u2028b',
  'a\u200bb',
  '\ud800',
  '\ufeffa',
  'x'.repeat(65),
];

describe.each(['users', 'htpasswd', 'tabpy'] as const)('in a file of the kind %s', (format) => {
  it('a name is one user, whatever it is made of', async () => {
    await using dir = await tempDir();
    const file = dir.file('people');
    await addUser(file, { user: 'first', password: 'first-Kd3', format });
    const names = ['first'];
    for (const user of NAMES) {
      expect([user, await addUser(file, { user, password: 'odd-Gz7' })]).toEqual([user, true]);
      names.push(user.normalize('NFC'));
      expect(listUsers(file).users.map(({ person }) => person.user)).toEqual(names);
    }
    const directory = await createPasswordFile({ file, queue: createHashQueue() });
    for (const user of ['__proto__', 'al ice', '"', 'null']) {
      expect(await directory.verify(user, 'odd-Gz7')).toMatchObject({ kind: 'right' });
      expect(await updateUser(file, { user, password: 'other-Gz7' })).toBe(true);
      expect(await removeUser(file, user)).toBe('removed');
    }
    for (const user of ['tostring', 'valueof']) {
      expect((await directory.verify(user, 'other')).kind).toBe('wrong');
    }
    directory.close();
    expect(listUsers(file).users).toHaveLength(names.length - 4);
  }, 60_000);

  it('a name that could be read as two is refused, and the file is as it was', async () => {
    await using dir = await tempDir();
    const file = dir.file('people');
    await addUser(file, { user: 'first', password: 'first-Kd3', format });
    const before = await readFile(file, 'utf8');
    for (const user of REFUSED) {
      await expect(addUser(file, { user, password: 'odd-Gz7' })).rejects.toBeInstanceOf(ConfigInvalid);
    }
    for (const password of ['', '\0', 'a\0b', 'x'.repeat(1025)]) {
      await expect(addUser(file, { user: 'odd', password })).rejects.toBeInstanceOf(ConfigInvalid);
    }
    expect(await readFile(file, 'utf8')).toBe(before);
  });
});

it.each(NAMES.slice(0, 5))('USERNAME may be %s, and gets what it is to get', async (user) => {
  await using dir = await tempDir();
  await dir.write(
    'dashgate.yaml',
    'server: { listen: "127.0.0.1:0", public_url: "http://localhost:8080" }\ncredentials: { modes: [auth-none] }\napps: [{ name: a, at: /, upstream: "http://127.0.0.1:1" }]\n',
  );
  const env = { USERNAME: user, PASSWORD: `p"a's $s` };
  const { config } = await loadConfig({ file: dir.file('dashgate.yaml'), env: {}, flags: {}, cwd: dir.path });
  const { grants, directories } = (await usersFromEnv(config, { env, cwd: dir.path }))(config);
  expect(Object.entries(grants.users)).toEqual([[user, ['_all_']]]);
  expect(directories.map((each) => each.kind === 'file' && existsSync(each.file))).toEqual([true]);
});
