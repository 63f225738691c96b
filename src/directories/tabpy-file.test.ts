import { describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { verifyPassword } from './hash/password-hash.ts';
import { recogniseUsers } from './recognise.ts';
import { tabpyFile, unusable } from './tabpy-file.ts';

/** The lines of the vendor's tutorial, whose passwords are public. */
const ALICE =
  'edb6473a71775f48538c1cee15dc41269302b06b79260c70ce149d1b24a4192f764570702d5449fa2712c0a99d0db9216c1a452f07a3a3b44dca1b491cd7d516';
const BOB =
  '7716853bdc91132fe4bef86adaac0ae6fa9cf474c5b075e89880fcd21834d2bb16266eb65d0be0a8faa2ee48342708350b95af4af3caebbb8044f59341fcfab6';
const OTHER_ALICE =
  '35aebe3b72f2aa9ebc4e3d654474e7dd3e245f7ab3678bb6d3ac5c36c5ca043dd9d5ff6a0ecff7ee496c2c3af397de4f784033de292d30bcebf1437eb8fc9f72';

const parse = (text: string) => recogniseUsers(text, 'pwd').parse(text, 'pwd', 'tabpy');
const names = (text: string): readonly string[] => parse(text).map(({ person }) => person.user);

describe('a password file of TabPy', () => {
  it.each([
    ['alice', 'Secret_D0nt_Te11', ALICE],
    ['ALICE', 'Secret_D0nt_Te11', ALICE],
    ['Alice', 'Secret_D0nt_Te11', ALICE.toUpperCase()],
    ['bob', ')7!f}dA_K=hrF7{x', BOB],
    ['alice', 'P@ssw0rd', OTHER_ALICE],
  ])('knows %s by %s', async (user, password, hash) => {
    const [entry] = parse(`${user} ${hash}\n`);
    if (!entry) throw new Error('no user');
    expect(entry.person).toMatchObject({ sub: `tabpy:${user.toLowerCase()}`, user: user.toLowerCase(), groups: [] });
    await expect(verifyPassword(entry.hash, password)).resolves.toBe(true);
    await expect(verifyPassword(entry.hash, `${password} `)).resolves.toBe(false);
    await expect(tabpyFile.hash(user, password)).resolves.toBe(hash.toLowerCase());
  });

  it.each<[string, string, string[]]>([
    ['empty lines', `\n\nalice ${ALICE}\n\n`, ['alice']],
    ['comments of any number of words', `# a b c\n#\nalice ${ALICE}\n# bob ${BOB}\n`, ['alice']],
    ['a quoted name with a blank', `"al ice" ${ALICE}\n`, ['al ice']],
    ['a quoted name with a quote', `"al ""ice""" ${ALICE}\n`, ['al "ice"']],
    ['a quote within a name', `al"ice ${ALICE}\n`, ['al"ice']],
    ['a quoted hash', `alice "${ALICE}"\n`, ['alice']],
    ['lines that end as on Windows', `alice ${ALICE}\r\nbob ${BOB}\r\n`, ['alice', 'bob']],
    ['lines that end as on old Macs', `alice ${ALICE}\rbob ${BOB}\r`, ['alice', 'bob']],
    ['no line end at its end', `alice ${ALICE}\nbob ${BOB}`, ['alice', 'bob']],
    ['a hash that is none', `alice ${ALICE}\nbob !\n`, ['alice', 'bob']],
  ])('may have %s', (_what, text, wanted) => {
    expect(names(text)).toEqual(wanted);
  });

  it.each<[string, string, number, RegExp]>([
    ['one field', `alice ${ALICE}\nbob\n`, 2, /one field/],
    ['three fields', `alice ${ALICE} x\n`, 1, /more than two/],
    ['a tab', `alice ${ALICE}\nbob\t${BOB}\n`, 2, /one field/],
    ['two blanks', `alice  ${ALICE}\n`, 1, /more than two/],
    ['a blank at the end', `alice ${ALICE} \n`, 1, /more than two/],
    ['a comment behind a user', `alice ${ALICE} # c\n`, 1, /more than two/],
    ['no hash', `bob ${BOB}\nalice \n`, 2, /no hash/],
    ['one user twice', `bob ${BOB}\nalice ${ALICE}\nALICE ${ALICE}\n`, 3, /line 2/],
    ['a line that begins with a blank', `bob ${BOB}\n alice ${ALICE}\n`, 2, /begins with a space/],
    ['a line of blanks', `bob ${BOB}\n   \n`, 2, /begins with a space/],
    ['an empty name in quotes', `bob ${BOB}\n"" ${ALICE}\n`, 2, /begins with a space/],
    ['a quote that does not end', `bob ${BOB}\n"alice ${ALICE}\nx ${BOB}\n`, 2, /one field/],
    ['a line end in a name', `bob ${BOB}\n"al\nice" ${ALICE}\n`, 2, /control/],
    ['a byte order mark', `\uFEFFalice ${ALICE}\n`, 1, /byte order mark/],
    ['a name with a colon', `bob ${BOB}\nal:ice ${ALICE}\n`, 2, /cannot contain ":"/],
    ['half of its last hash', `alice ${ALICE}\nbob ${BOB.slice(0, 50)}`, 2, /cut short/],
    ['half of its last name', `alice ${ALICE}\nbo`, 2, /one field/],
  ])('with %s is refused, with the line', (_what, text, line, words) => {
    const reading = () => parse(text);
    expect(reading).toThrow(ConfigInvalid);
    expect(reading).toThrow(words);
    expect(reading).toThrow(new RegExp(`^pwd:${line}: `));
    expect(reading).not.toThrow(/edb6|7716/);
  });

  it.each(['', '\n\n', '# only a comment\n'])('without a user is refused: %j', (text) => {
    expect(() => parse(text)).toThrow(/has no user in it/);
  });

  it('says whose line has something else than a hash, and lets nobody in by it', async () => {
    const users = parse(`alice ${ALICE}\nbob !\ncy ${ALICE.slice(1)}\n`);
    expect(unusable(users).map(({ line }) => line)).toEqual([2, 3]);
    const [, bob] = users;
    if (!bob) throw new Error('no bob');
    for (const password of ['', '!', 'x']) await expect(verifyPassword(bob.hash, password)).resolves.toBe(false);
  });

  it('is changed in the one line only', () => {
    const text = `# ours\r\n\r\nalice ${ALICE}\r\n"al ""ice""" ${BOB}\r\n# end`;
    expect(tabpyFile.update(text, { user: 'al "ice"', hash: 'aa' })).toBe(text.replace(BOB, 'aa'));
    expect(tabpyFile.remove(text, 'alice')).toBe(text.replace(`alice ${ALICE}\r\n`, ''));
    expect(tabpyFile.add(text, { user: 'o neil', hash: 'bb', grants: [] })).toBe(`${text}\r\n"o neil" bb\r\n`);
    expect(tabpyFile.faultOf('#x')).toMatch(/comment/);
  });
});
