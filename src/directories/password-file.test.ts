import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { DEMO_USERS } from './demo-users.ts';
import { createHashQueue } from './hash/queue.ts';
import { createPasswordFile } from './password-file.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'users-'));
  file = join(folder, 'users.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const queue = createHashQueue();
const cheap = (password: string): Promise<string> => hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 });
const open = (text: string | Uint8Array) => {
  writeFileSync(file, text);
  return createPasswordFile({ file, queue });
};

describe('a users file', () => {
  it('says who its users are', async () => {
    const users = await open(`
# the finance people
users:
  Mica: { password: "${await cheap('1234')}", name: Mica M., email: mica@example.com, groups: [finance, Board], allowed_resources: [_all_] }
  007:
    password: ${await cheap('x')}
    allowed_resources: [Marketing, sales/_all_, marketing]
`);
    expect(users.source).toBe('file');
    expect(users.users.length).toBe(2);
    await expect(users.verify('mica', '1234')).resolves.toEqual({
      kind: 'right',
      person: {
        sub: 'file:mica',
        user: 'mica',
        name: 'Mica M.',
        email: 'mica@example.com',
        groups: ['finance', 'Board'],
        allowedResources: ['_all_'],
      },
    });
    expect(users.current('file:007')).toMatchObject({
      name: '007',
      email: '',
      allowedResources: ['marketing', 'sales/_all_'],
    });
  });

  it('warns of hashes that are cheap to guess', async () => {
    const users = await open(`users:\n  mica: { password: "${await cheap('1234')}" }\n`);
    expect(users.warnings).toEqual([expect.stringContaining(`${file}: 1 of 1 hashes`)]);
  });

  const GOOD = '$argon2id$v=19$m=8,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI';
  it.each<[string, string, number, RegExp]>([
    ['a list', '- mica\n', 1, /begin it with "users:"/],
    ['no user', '\nusers: {}\n', 2, /at least one user/],
    ['another key at the top', `users:\n  a: { password: "${GOOD}" }\ngroups: {}\n`, 3, /unknown key/],
    ['a plain password', 'users:\n  mica: { password: planted-secret }\n', 2, /must be an argon2id hash/],
    ['a number for a password', 'users:\n  mica: { password: 1234 }\n', 2, /must be an argon2id hash/],
    ['no password', 'users:\n  mica: { name: Mica }\n', 2, /password is missing/],
    ['a hash without quotes in braces', `users:\n  mica: { password: ${GOOD} }\n`, 2, /in quotes/],
    [
      'a hash that is too dear',
      `users:\n  mica: { password: "${GOOD.replace('m=8', 'm=4000000')}" }\n`,
      2,
      /costs too much/,
    ],
    ['a user that is no map', `users:\n  mica: ${GOOD}\n`, 2, /must be a map/],
    ['an unknown key', `users:\n  mica:\n    password: ${GOOD}\n    grops: [a]\n`, 4, /unknown key/],
    ['an e-mail that is two', `users:\n  mica:\n    password: ${GOOD}\n    email: a@b@c\n`, 4, /one address/],
    ['a name of two lines', `users:\n  mica:\n    password: ${GOOD}\n    name: "a\\nb"\n`, 4, /one line/],
    ['groups that are no list', `users:\n  mica:\n    password: ${GOOD}\n    groups: a\n`, 4, /must be a list/],
    [
      'a group with a comma',
      `users:\n  mica:\n    password: ${GOOD}\n    groups:\n      - "a,b"\n`,
      5,
      /without a comma/,
    ],
    [
      'a resource that is none',
      `users:\n  mica:\n    password: ${GOOD}\n    allowed_resources: [ok, "a b"]\n`,
      4,
      /resource/,
    ],
    ['a user name with a colon', `users:\n  "mi:ca": { password: "${GOOD}" }\n`, 2, /cannot contain ":"/],
    [
      'one user in two spellings',
      `users:\n  mica: { password: "${GOOD}" }\n\n  MICA: { password: "${GOOD}" }\n`,
      4,
      /line 2/,
    ],
    [
      'one user twice',
      `users:\n  mica: { password: "${GOOD}" }\n  mica: { password: "${GOOD}" }\n`,
      3,
      /duplicate key/,
    ],
    ['one field twice', `users:\n  mica: { password: "${GOOD}", password: "${GOOD}" }\n`, 2, /duplicate key/],
    ['an alias', `users:\n  a: &one { password: "${GOOD}" }\n  b: *one\n`, 3, /must be a map/],
    ['a tag', `users:\n  mica: { password: !!binary "${GOOD}" }\n`, 2, /./],
    ['a second document', `users:\n  a: { password: "${GOOD}" }\n---\nb: 1\n`, 3, /not plain YAML/],
    [
      'half a line',
      `users:\n  a: { password: "${GOOD}" }\n  mica: { password: "${GOOD.slice(0, 50)}`,
      3,
      /not plain YAML/,
    ],
    ['a broken indent', `users:\n  a: { password: "${GOOD}" }\n b: planted-secret\n`, 3, /not plain YAML/],
  ])('with %s is refused, with the line', async (_what, text, line, words) => {
    const error = await open(text).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigInvalid);
    const message = error instanceof Error ? error.message : '';
    expect(message.split('\n')[0]).toMatch(new RegExp(`^${file}:${line}: `));
    expect(message).toMatch(words);
    expect(message).not.toMatch(/planted-secret|AQEB|AgIC/);
  });

  it('names all that is wrong, up to ten lines', async () => {
    const text = `users:\n${Array.from({ length: 30 }, (_none, at) => `  u${at}: { password: x }\n`).join('')}`;
    const error = await open(text).catch((thrown: Error) => thrown);
    expect(error).toHaveProperty('message', expect.stringMatching(/:2: .*\n.*:3: .*[\s\S]*20 more problems$/));
  });

  it.each([
    ['is not there', () => createPasswordFile({ file, queue }), /no such file/],
    ['is a folder', () => createPasswordFile({ file: folder, queue }), /is not a file/],
    ['is not UTF-8', () => open(new Uint8Array([0xff, 0xfe, 0x41])), /UTF-8/],
  ])('that %s is refused', async (_what, opening, words) => {
    await expect(opening()).rejects.toThrow(ConfigInvalid);
    await expect(opening()).rejects.toThrow(words);
  });

  it('keeps its old users when the new version is broken, and takes the next good one', async () => {
    const users = await open(`users:\n  mica: { password: "${await cheap('old')}" }\n`);
    const changed = vi.fn();
    users.onChanged(changed);
    for (const broken of ['', 'users:\n  mica: { passw', 'users:\n  mica: { password: plain }\n']) {
      writeFileSync(file, broken);
      await expect(users.reload()).rejects.toThrow(ConfigInvalid);
    }
    rmSync(file);
    await expect(users.reload()).rejects.toThrow(ConfigInvalid);
    await expect(users.verify('mica', 'old')).resolves.toMatchObject({ kind: 'right' });
    expect(changed).not.toHaveBeenCalled();

    writeFileSync(file, `users:\n  mica: { password: "${await cheap('new')}" }\n`);
    await users.reload();
    expect(changed.mock.calls).toEqual([[['file:mica']]]);
    await expect(users.verify('mica', 'old')).resolves.toMatchObject({ kind: 'wrong' });
    await expect(users.verify('mica', 'new')).resolves.toMatchObject({ kind: 'right' });
  });

  it('with a demo user is refused where those are forbidden, at start and when it is reloaded', async () => {
    const demo = `users:\n  nora: { password: "${await cheap('x')}" }\n  MICA: { password: "${await cheap('1234')}" }\n`;
    writeFileSync(file, demo);
    const opening = createPasswordFile({ file, queue, forbidden: DEMO_USERS });
    await expect(opening).rejects.toThrow(`${file}:3: mica has the password of the demo`);

    writeFileSync(file, `users:\n  mica: { password: "${await cheap('long and her own')}" }\n`);
    const users = await createPasswordFile({ file, queue, forbidden: DEMO_USERS });
    writeFileSync(file, demo);
    await expect(users.reload()).rejects.toThrow(ConfigInvalid);
    await expect(users.verify('mica', '1234')).resolves.toMatchObject({ kind: 'wrong' });
  });
});
