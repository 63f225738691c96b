import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addUser, listUsers, removeUser, updateUser } from '../../src/directories/edit-users.ts';
import { createHashQueue } from '../../src/directories/hash/queue.ts';
import { createPasswordFile } from '../../src/directories/password-file.ts';
import { recogniseUsers } from '../../src/directories/recognise.ts';
import { basic } from '../support/gate.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { startTabpy } from '../support/start-tabpy.ts';
import { tempDir } from '../support/temp-dir.ts';

const A = 'ab'.repeat(64);
const B = 'cd'.repeat(64);

/** What both make of a file: its users, or nothing. In the last column where dashgate refuses what TabPy takes. */
const TABLE: readonly (readonly [what: string, text: string, users: readonly string[] | null, ours?: 'refused'])[] = [
  ['empty lines', `\nalice ${A}\n\n\nbob ${B}\n`, ['alice', 'bob']],
  ['comments', `# a b c\n#\n#x\nalice ${A}\n`, ['alice']],
  ['a quoted comment', `"# a" b c\nalice ${A}\n`, ['alice']],
  ['capitals', `Alice ${A.toUpperCase()}\n`, ['alice']],
  ['capitals of other alphabets', `ÄLİCE ${A}\nΣΣ ${B}\n`, ['äli̇ce', 'σς']],
  ['a quoted name', `"al ice" ${A}\n`, ['al ice']],
  ['quotes in a quoted name', `"al ""ice""" ${A}\n`, ['al "ice"']],
  ['quotes in a name', `al"ice" ${A}\n`, ['al"ice"']],
  ['something behind a quoted name', `"al"ice ${A}\n`, ['alice']],
  ['CRLF', `alice ${A}\r\nbob ${B}\r\n`, ['alice', 'bob']],
  ['CR', `alice ${A}\rbob ${B}\r`, ['alice', 'bob']],
  ['no line end at its end', `alice ${A}\nbob ${B}`, ['alice', 'bob']],
  ['a hash that is none', `alice aa\nbob ${B}\n`, ['alice', 'bob']],
  ['one field', `alice ${A}\nbob\n`, null],
  ['three fields', `alice ${A} x\n`, null],
  ['a tab', `alice\t${A}\n`, null],
  ['two blanks', `alice  ${A}\n`, null],
  ['a blank at the end', `alice ${A} \n`, null],
  ['a comment behind a user', `alice ${A} # c\n`, null],
  ['no hash', `alice \nbob ${B}\n`, null],
  ['one user twice', `alice ${A}\nALICE ${B}\n`, null],
  ['a line that begins with a blank', ` alice ${A}\n`, null],
  ['a line of one blank', `alice ${A}\n \n`, null],
  ['a line of blanks', `alice ${A}\n   \n`, null],
  ['a name of nothing', `"" ${A}\n`, null],
  ['a quote without its end', `"alice ${A}\nbob ${B}\n`, null],
  ['nothing', '', null],
  ['comments alone', '# alice\n\n', null],
  ['a byte order mark', `\uFEFFalice ${A}\n`, ['\uFEFFalice'], 'refused'],
  ['a line end in a name', `"al\nice" ${A}\n`, ['al\nice'], 'refused'],
  ['a colon in a name, by which nobody signs in', `al:ice ${A}\n`, ['al:ice'], 'refused'],
  ['half of its last hash', `alice ${A}\nbob ${B.slice(9)}`, ['alice', 'bob'], 'refused'],
];

/** What TabPy's own parser makes of files; a crash and no user are a refusal, as it does not start then. */
const PARSE = `
import json, logging, sys
from tabpy.tabpy_server.app.util import parse_pwd_file
logging.disable(logging.CRITICAL)
def parse(name):
    try:
        succeeded, credentials = parse_pwd_file(name)
    except Exception:
        return None
    return list(credentials) if succeeded and credentials else None
print(json.dumps([parse(name) for name in sys.argv[1:]]))
`;

needs('python')('a password file and the real TabPy', () => {
  const python = (...args: string[]): string =>
    execFileSync(program('python'), args, { encoding: 'utf8', env: { ...process.env, PYTHONUTF8: '1' } });
  const tabpyUser = (...args: string[]): string =>
    execFileSync(join(dirname(program('python')), 'tabpy-user'), args, { encoding: 'utf8', stdio: 'pipe' });
  const verify = async (file: string, user: string, password: string): Promise<string> => {
    const found = await (await createPasswordFile({ file, queue: createHashQueue() })).verify(user, password);
    return found.kind;
  };

  it('both read a file in the same way, line by line of what its parser knows', async () => {
    await using dir = await tempDir();
    const files = await Promise.all(TABLE.map(([, text], at) => dir.write(`${at}.tabpy`, text)));
    const theirs: (string[] | null)[] = JSON.parse(python('-c', PARSE, ...files));
    const ours = files.map((file) => {
      try {
        const text = readFileSync(file, 'utf8');
        const kind = recogniseUsers(text, file);
        expect(kind.name).toBe('tabpy');
        return kind.parse(text, file, 'tabpy').map(({ person }) => person.user);
      } catch (error) {
        expect(error).toHaveProperty('code', 'ERR_CONFIG_INVALID');
        return null;
      }
    });
    const row = (at: number) => TABLE[at]?.[0];
    expect(theirs.map((users, at) => [row(at), users])).toEqual(TABLE.map(([what, , users]) => [what, users]));
    expect(ours.map((users, at) => [row(at), users])).toEqual(
      TABLE.map(([what, , users, isOurs]) => [what, isOurs ? null : users]),
    );
  });

  it('TabPy lets in who was written by dashgate, with the passwords of now', async () => {
    await using dir = await tempDir();
    const file = await dir.write('ours.tabpy', '# ours\n\n');
    const names = ['Alice', 'al "ice"', 'o neil', 'Zoë', 'gone', 'x"y'];
    for (const user of names) await addUser(file, { user, password: `${user}'s first` });
    await updateUser(file, { user: 'ALICE', password: 'Secret_D0nt_Te11' });
    await removeUser(file, 'gone');
    await using tabpy = await startTabpy({ settings: [`TABPY_PWD_FILE = ${file}`] });
    const ask = async (user: string, password: string): Promise<number> => {
      const answer = await fetch(`${tabpy.origin}/info`, { headers: { Authorization: basic(user, password) } });
      await answer.body?.cancel();
      return answer.status;
    };
    expect(await ask('alice', 'Secret_D0nt_Te11')).toBe(200);
    expect(await ask('alice', "Alice's first")).toBe(401);
    for (const user of ['al "ice"', 'o neil', 'Zoë', 'x"y'])
      expect([user, await ask(user, `${user}'s first`)]).toEqual([user, 200]);
    expect(await ask('gone', "gone's first")).toBe(401);
  });

  it('dashgate reads what tabpy-user writes, and tabpy-user what dashgate writes', async () => {
    await using dir = await tempDir();
    const file = dir.file('passwords.txt');
    tabpyUser('add', '-u', 'Alice', '-p', 'Secret_D0nt_Te11', '-f', file);
    tabpyUser('add', '--username', 'bob', '--password', ')7!f}dA_K=hrF7{x', '--pwdfile', file);
    expect(await verify(file, 'alice', 'Secret_D0nt_Te11')).toBe('right');
    expect(await verify(file, 'BOB', ')7!f}dA_K=hrF7{x')).toBe('right');
    await addUser(file, { user: 'Cy', password: 'of Cy' });
    tabpyUser('update', '-u', 'cy', '-p', 'another', '-f', file);
    expect(listUsers(file).users.map(({ person }) => person.user)).toEqual(['alice', 'bob', 'cy']);
    expect(await verify(file, 'cy', 'another')).toBe('right');
    expect(await verify(file, 'cy', 'of Cy')).toBe('wrong');
    await updateUser(file, { user: 'alice', password: 'P@ssw0rd' });
    expect(readFileSync(file, 'utf8')).toMatch(/^alice 35aebe3b72f2aa9e[0-9a-f]+\nbob 7716853b/);
  });
});

needs('openssl')('an htpasswd file of openssl', () => {
  describe('with $apr1$ hashes', () => {
    const passwords = [
      'x',
      'gute Nacht',
      'ü'.repeat(20),
      'a:b',
      '0123456789abcdef',
      '0123456789abcdefg',
      'y'.repeat(255),
    ];
    it.each(passwords)('lets in by %s', async (password) => {
      await using dir = await tempDir();
      const hash = execFileSync(program('openssl'), ['passwd', '-apr1', '-stdin'], {
        input: `${password}\n`,
        encoding: 'utf8',
      });
      const file = await dir.write('h', `mica:${hash}`);
      const users = await createPasswordFile({ file, queue: createHashQueue() });
      await expect(users.verify('mica', password)).resolves.toMatchObject({ kind: 'right' });
      await expect(users.verify('mica', `${password}x`)).resolves.toMatchObject({ kind: 'wrong' });
    });
  });
});
