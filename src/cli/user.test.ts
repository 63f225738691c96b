import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type TempDir, tempDir } from '../../test/support/temp-dir.ts';
import type { Io } from './command.ts';
import { main } from './main.ts';

/** What a command came to. */
async function run(
  dir: TempDir,
  args: string,
  changes: Partial<Io> = {},
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await main(['user', ...args.split(' ').filter((word) => word !== '')], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: {},
    cwd: dir.path,
    stdin: Readable.from([]),
    signal: new AbortController().signal,
    ...changes,
  });
  return { code, out, err };
}

/** A terminal on which these keys are pressed, as they are asked for. */
function terminal(...lines: string[]) {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(isRaw: boolean) {
      stdin.isRaw = isRaw;
      if (isRaw) stdin.write(lines.join(''));
    },
  });
  return stdin;
}

const KINDS = ['users.yaml', 'staff.htpasswd', 'tabpy.pwd'];

describe('dashgate user', () => {
  it.each(KINDS)('adds, lists, verifies, updates and removes in %s', async (file) => {
    await using dir = await tempDir();
    expect(await run(dir, `add -u Mica -f ${file} -p first`)).toEqual({ code: 0, out: '', err: '' });
    expect(statSync(dir.file(file)).mode & 0o777).toBe(0o600);
    expect(await run(dir, `add --username mike --pwdfile ${file} --password=other`)).toMatchObject({ code: 0 });
    expect(await run(dir, `list -f ${file}`)).toEqual({ code: 0, out: 'mica\nmike\n', err: '' });

    const wrong = [`verify -u mica -f ${file} -p other`, `verify -u nobody -f ${file} -p first`];
    const [one, two] = await Promise.all(wrong.map((args) => run(dir, args)));
    expect(one).toEqual({ code: 1, out: '', err: 'dashgate: user name and password do not fit\n' });
    expect(two).toEqual(one);
    expect(await run(dir, `verify -u MICA -f ${file} -p first`)).toEqual({ code: 0, out: '', err: '' });

    const before = readFileSync(dir.file(file), 'utf8');
    expect(await run(dir, `add -u MICA -f ${file}`)).toMatchObject({ code: 1, out: '' });
    expect(await run(dir, `update -u nobody -f ${file}`)).toMatchObject({ code: 1, out: '' });
    expect(await run(dir, `remove -u nobody -f ${file}`)).toMatchObject({ code: 1, out: '' });
    expect(readFileSync(dir.file(file), 'utf8')).toBe(before);

    chmodSync(dir.file(file), 0o640);
    const updated = await run(dir, `update -u mica -f ${file}`);
    const password = /^Generated password: (\S+)\n$/.exec(updated.out)?.[1] ?? '';
    expect(password).toMatch(/^[a-z2-9-]{20,}$/);
    expect(await run(dir, `verify -u mica -f ${file} -p ${password}`)).toMatchObject({ code: 0 });
    expect(await run(dir, `verify -u mica -f ${file} -p first`)).toMatchObject({ code: 1 });
    expect(statSync(dir.file(file)).mode & 0o777).toBe(0o640);

    expect(await run(dir, `remove -u mica -f ${file}`)).toEqual({ code: 0, out: '', err: '' });
    expect(await run(dir, `remove -u mike -f ${file}`)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no other/),
    });
    expect((await run(dir, `list -f ${file}`)).out).toBe('mike\n');
    expect(readdirSync(dir.path)).toEqual([file]);
  });

  it.each<[string, string, string]>([
    ['users.yaml', 'users:\n  mica: { password: "x" }\n', 'users.yaml:2: '],
    ['staff.htpasswd', 'mica:plain\n', 'staff.htpasswd:1: '],
    ['tabpy.pwd', `mica ${'ab'.repeat(64)}\nmike\n`, 'tabpy.pwd:2: '],
  ])('leaves a broken %s as it is, byte for byte', async (file, text, place) => {
    await using dir = await tempDir();
    await dir.write(file, text);
    for (const args of [`add -u zoe`, `update -u mica`, `remove -u mica`, `list`, `verify -u mica -p x`]) {
      const { code, out, err } = await run(dir, `${args} -f ${file}`);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(place);
    }
    expect(readFileSync(dir.file(file), 'utf8')).toBe(text);
    expect(readdirSync(dir.path)).toEqual([file]);
  });

  it('tells the kind of a new file by --format, else by its name, else asks', async () => {
    await using dir = await tempDir();
    const made = async (args: string): Promise<string> => {
      await run(dir, `${args} -u mica -p secret`);
      const text = readFileSync(dir.file(/-f (\S+)/.exec(args)?.[1] ?? 'users.yaml'), 'utf8');
      return /^(users:|mica:\$2y\$|mica [0-9a-f]{128})/.exec(text)?.[1]?.slice(0, 6) ?? text;
    };
    expect(await made('add')).toBe('users:');
    expect(await made('add -f .htpasswd')).toBe('mica:$');
    expect(await made('add -f tabpy_users.txt')).toMatch(/^mica /);
    expect(await made('add -f a.yml')).toBe('users:');
    expect(await made('add -f file.txt --format tabpy')).toMatch(/^mica /);
    expect(await made('add -f b.yaml --format htpasswd')).toBe('mica:$');
    expect(await run(dir, 'add -u mica -f c.txt')).toMatchObject({ code: 2, err: expect.stringMatching(/--format/) });
    expect(await run(dir, 'add -u mica -f c.txt --format x')).toMatchObject({ code: 2 });
    expect(await run(dir, 'add -u zoe -f b.yaml --format users')).toMatchObject({ code: 2, out: '' });
    expect(existsSync(dir.file('c.txt'))).toBe(false);
  });

  it('takes the file of TABPY_PWD_FILE where none is named', async () => {
    await using dir = await tempDir();
    const env = { TABPY_PWD_FILE: 'file.txt' };
    expect(await run(dir, 'add -u Mica -p secret', { env })).toMatchObject({ code: 0 });
    expect(readFileSync(dir.file('file.txt'), 'utf8')).toMatch(/^mica [0-9a-f]{128}\n$/);
    expect(await run(dir, 'add -u mike -f users.yaml', { env })).toMatchObject({ code: 0 });
    expect((await run(dir, 'list', { env })).out).toBe('mica\n');
  });

  it('reads a password from standard input, without its line end', async () => {
    await using dir = await tempDir();
    expect(await run(dir, 'add -u mica -p -', { stdin: Readable.from(['from: stdin \n']) })).toMatchObject({ code: 0 });
    expect(await run(dir, 'verify -u mica -p -', { stdin: Readable.from(['from: stdin ']) })).toMatchObject({
      code: 0,
    });
  });

  it('asks on a terminal, twice, and shows nothing of what is typed', async () => {
    await using dir = await tempDir();
    const typed = await run(dir, 'add -u mica --prompt', { stdin: terminal('sexc\x7f\x7fcret\r', 'x\x15secret\n') });
    expect(typed).toEqual({ code: 0, out: '', err: 'Password: \nOnce more: \n' });
    expect(await run(dir, 'verify -u mica', { stdin: terminal('secret\r') })).toMatchObject({ code: 0, out: '' });
    const before = readFileSync(dir.file('users.yaml'), 'utf8');
    expect(await run(dir, 'update -u mica --prompt', { stdin: terminal('one\r', 'two\r') })).toMatchObject({ code: 2 });
    const stdin = terminal('se\x03');
    expect(await run(dir, 'update -u mica --prompt', { stdin })).toMatchObject({ code: 2 });
    expect(stdin.isRaw).toBe(false);
    expect(await run(dir, 'update -u mica --prompt')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/terminal/),
    });
    expect(readFileSync(dir.file('users.yaml'), 'utf8')).toBe(before);
  });

  it('never says a password that it was given, nor a hash', async () => {
    await using dir = await tempDir();
    const said: string[] = [];
    for (const file of KINDS) {
      for (const args of ['add', 'add', 'update', 'verify']) {
        const { out, err } = await run(dir, `${args} -u mica -p planted-secret -f ${file}`);
        said.push(out, err);
      }
      said.push((await run(dir, `list -f ${file}`)).out);
    }
    expect(said.join('')).not.toMatch(/planted|\$argon2|\$2y|[0-9a-f]{64}/);
  });

  it.each([
    ['list says what users may open', 'add -u mica -p x --allow Marketing,sales/hr', 0],
    ['a grant goes into a users file only', 'add -u mica -p x --allow hr -f a.htpasswd', 2],
    ['a grant goes with add only', 'update -u mica --allow hr', 2],
    ['-p and --prompt are one too many', 'add -u mica -p x --prompt', 2],
    ['a name is needed', 'remove', 2],
    ['-f=FILE, -uNAME as docopt takes them', 'add -umica -p=x -f=b.yaml', 0],
    ['nobody without a password', 'add -u mica -p=', 2],
  ])('%s', async (_what, args, code) => {
    await using dir = await tempDir();
    expect((await run(dir, args)).code).toBe(code);
    if (args.includes('sales')) expect((await run(dir, 'list')).out).toBe('mica\tmarketing,sales/hr\n');
  });
});
