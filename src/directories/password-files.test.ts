import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { createHashQueue } from './hash/queue.ts';
import { type FileChoice, openPasswordFiles } from './password-files.ts';
import { createSeveral } from './several.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SHA = '{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE='; // myPassword
const HEX = 'ab'.repeat(64);
const htpasswd = (...users: string[]): string => users.map((user) => `${user}:${SHA}\n`).join('');
const tabpy = (...users: string[]): string => users.map((user) => `${user} ${HEX}\n`).join('');
const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
type Choice = Omit<FileChoice, 'at'>;
const choice = (file: string, rest: Partial<Choice> = {}): Choice => ({ file, winsOver: [], ...rest });
const open = (...choices: readonly Choice[]) =>
  openPasswordFiles(
    choices.map((choice, at) => ({ ...choice, at })),
    { queue: createHashQueue() },
  );

describe('several password files', () => {
  it('have the sources of their kinds, or the names that they are given', async () => {
    const { files } = await open(
      choice(put('a', htpasswd('mica'))),
      choice(put('b', htpasswd('mike')), { name: 'staff' }),
      choice(put('c', tabpy('nora'))),
    );
    expect(files.map(({ source }) => source)).toEqual(['htpasswd', 'staff', 'tabpy']);
    expect(files[1]?.current('staff:mike')?.user).toBe('mike');
  });

  it('of one source are refused', async () => {
    const opening = open(choice(put('a', htpasswd('mica'))), choice(put('b', htpasswd('mike'))));
    await expect(opening).rejects.toThrow(/directories\[1\]: .*\/a and .*\/b have the source "htpasswd".* name/);
  });

  it('that are one file by two names are refused', async () => {
    const file = put('a', htpasswd('mica'));
    symlinkSync(file, join(folder, 'b'));
    const opening = open(choice(file), choice(join(folder, 'b'), { name: 'staff' }));
    await expect(opening).rejects.toThrow(/directories\[1\]\.file: is a file that is named before/);
  });

  it('with one user name are refused, unless the first may hide the other', async () => {
    const [a, b] = [put('a', htpasswd('Mica')), put('b', tabpy('nora', 'mica'))];
    await expect(open(choice(a), choice(b))).rejects.toThrow(ConfigInvalid);
    await expect(open(choice(a), choice(b))).rejects.toThrow(
      `${b}:2: is a user whom ${a}:1 has too; remove one of them, or say that the first may hide the other: directories[0].wins_over: [tabpy]`,
    );
    await expect(open(choice(b), choice(a, { winsOver: ['tabpy'] }))).rejects.toThrow(/asked before, so it wins/);

    const { files } = await open(choice(a, { winsOver: ['tabpy'] }), choice(b));
    const several = createSeveral(files);
    await expect(several.verify('mica', 'myPassword')).resolves.toMatchObject({ person: { sub: 'htpasswd:mica' } });
    expect(several.current('htpasswd:mica')).not.toBeNull();
    expect(several.current('tabpy:mica')).toBeNull();
    expect(several.current('tabpy:nora')).not.toBeNull();
  });

  it('refuse a new version that takes a name of another, until that one has let go of it', async () => {
    const [a, b] = [put('a', htpasswd('mica', 'mike')), put('b', tabpy('nora'))];
    const { files, reload } = await open(choice(a), choice(b));
    const told = vi.fn();
    createSeveral(files).onChanged(told);
    put('b', tabpy('mike', 'nora'));
    await expect(reload(b)).rejects.toThrow(/b:1: is a user whom .*a:2 has too/);
    expect(files[1]?.knows?.('mike')).toBe(false);

    put('a', htpasswd('mica'));
    await expect(reload(a)).resolves.toEqual([files[0], files[1]]);
    expect(files[1]?.knows?.('mike')).toBe(true);
    expect(told.mock.calls).toEqual([[['htpasswd:mike']]]);
  });

  it('stay of their kind while they are in use', async () => {
    const a = put('a', htpasswd('mica'));
    const { files, reload } = await open(choice(a));
    put('a', tabpy('mica'));
    await expect(reload(a)).rejects.toThrow(/was a htpasswd file and is a TabPy password file now; restart/);
    await expect(files[0]?.verify('mica', 'myPassword')).resolves.toMatchObject({ kind: 'right' });
  });

  it('say what is weak in them, and who cannot sign in', async () => {
    const { files } = await open(
      choice(put('a', htpasswd('mica', 'mike'))),
      choice(put('b', `${tabpy('nora')}zoe !\n`)),
    );
    expect(files.flatMap(({ warnings }) => warnings)).toEqual([
      expect.stringMatching(/a: 2 of 2 hashes are cheap to guess \(sha1\)/),
      expect.stringMatching(/b:2: has something in place of a hash/),
    ]);
  });
});
