import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { addUser, createFirstUser } from './edit-users.ts';
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

describe('adding a user', () => {
  it('makes the file, and writes one more into it, with all else as it was', async () => {
    await expect(addUser(file, { user: 'Mica', password: 'gute Nacht', grants: ['_all_'] })).resolves.toBe(true);
    writeFileSync(file, `# The finance people\n${readFileSync(file, 'utf8')}  # the new ones\n`);
    await expect(addUser(file, { user: 'no', password: 'x'.repeat(1024), grants: [] })).resolves.toBe(true);
    expect(
      readFileSync(file, 'utf8')
        .replaceAll(/\$argon2id[^"]+/g, '…')
        .replace('  # the new ones\n', ''),
    ).toBe(
      '# The finance people\nusers:\n  mica: { password: "…", allowed_resources: [_all_] }\n  no: { password: "…" }\n',
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['users.yaml']);
    const users = await createPasswordFile({ file, queue });
    await expect(users.verify('mica', 'gute Nacht')).resolves.toMatchObject({ kind: 'right' });
    expect(users.users.length).toBe(2);
  });

  it('leaves one who is there as they are, in whatever spelling', async () => {
    const text = `users: { MICA: { password: "${await cheap('old')}" } }\n`;
    writeFileSync(file, text);
    await expect(addUser(file, { user: 'mica', password: 'new', grants: [] })).resolves.toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it.each([
    ['a name with a colon', 'mi:ca', 'x', []],
    ['no password', 'mica', '', []],
    ['a password that is too long', 'mica', 'x'.repeat(1025), []],
    ['a grant that is none', 'mica', 'x', ['a b']],
  ])('writes nothing for %s', async (_what, user, password, grants) => {
    await expect(addUser(file, { user: user, password: password, grants: grants })).rejects.toThrow(ConfigInvalid);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not touch a file that is broken', async () => {
    writeFileSync(file, 'users:\n  mica: { passw');
    await expect(addUser(file, { user: 'mike', password: 'x', grants: [] })).rejects.toThrow(`${file}:2: `);
    expect(readFileSync(file, 'utf8')).toBe('users:\n  mica: { passw');
  });
});

describe('the first user', () => {
  it('gets a password that is said once and kept as a hash only', async () => {
    const { user, password } = await createFirstUser(file, 'Mica', ['_all_']);
    expect(user).toBe('mica');
    expect(password).toMatch(/^([a-hjkmnp-z2-9]{5}-){3}[a-hjkmnp-z2-9]{5}$/);
    expect(readFileSync(file, 'utf8')).not.toContain(password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const users = await createPasswordFile({ file, queue });
    expect(users.warnings).toEqual([]);
    await expect(users.verify('mica', password)).resolves.toMatchObject({
      kind: 'right',
      person: { allowedResources: ['_all_'] },
    });
  });

  it('never takes the place of users who are there', async () => {
    writeFileSync(file, 'users of somebody\n');
    await expect(createFirstUser(file, 'mica', ['_all_'])).rejects.toThrow(/is there already/);
    expect(readFileSync(file, 'utf8')).toBe('users of somebody\n');
    expect(readdirSync(folder)).toEqual(['users.yaml']);
  });

  it('is not made where the folder cannot be written', async () => {
    await expect(createFirstUser(join(folder, 'missing', 'users.yaml'), 'mica', [])).rejects.toThrow(
      /cannot be written/,
    );
  });
});
