import { describe, expect, it } from 'vitest';
import { ConfigInvalid } from '../errors.ts';
import { verifyPassword } from './hash/password-hash.ts';
import { htpasswd } from './htpasswd.ts';
import { recogniseUsers } from './recognise.ts';

const parse = (text: string) => recogniseUsers(text, 'h').parse(text, 'h', 'htpasswd');

/** Made by `htpasswd` and `openssl passwd`, password `myPassword`. */
const HASHES = {
  bcrypt: '$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC',
  bcrypt2a: '$2a$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC',
  bcrypt2b: '$2b$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC',
  apr1: '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/',
  sha: '{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=',
};

describe('an htpasswd file', () => {
  it.each(Object.entries(HASHES))('knows a user by a hash of kind %s', async (_kind, hash) => {
    const [entry] = parse(`Mica:${hash}\n`);
    if (!entry) throw new Error('no user');
    expect(entry.person).toMatchObject({ sub: 'htpasswd:mica', user: 'mica', name: 'mica', allowedResources: [] });
    await expect(verifyPassword(entry.hash, 'myPassword')).resolves.toBe(true);
    for (const wrong of ['', 'mypassword', 'myPassword ', 'myPassword\0', 'x'.repeat(1025)]) {
      await expect(verifyPassword(entry.hash, wrong)).resolves.toBe(false);
    }
  });

  it('may have comments, empty lines, a field behind the hash, blanks at the end, and any line ends', () => {
    const text = `# staff\r\n\r\nmica:${HASHES.sha}:the boss\r\nmike m:${HASHES.apr1} \t\r\n#nora:x`;
    expect(parse(text).map(({ person, line }) => [person.user, line])).toEqual([
      ['mica', 3],
      ['mike m', 4],
    ]);
  });

  it.each<[string, string, number, RegExp]>([
    ['plain text', 'mica:planted-secret\n', 1, /plain text or a crypt hash/],
    ['crypt', 'mica:rl1.QBvxe3QsY\n', 1, /plain text or a crypt hash/],
    ['crypt by MD5', `a:${HASHES.sha}\nmica:$1$abcdefgh$irWbblnpmw.5z7wgBnprh0\n`, 2, /kind that is not read here/],
    ['crypt by SHA-512', `a:${HASHES.sha}\nmica:$6$abc$def\n`, 2, /kind that is not read here/],
    ['salted SHA', `a:${HASHES.sha}\nmica:{SSHA}planted-secret\n`, 2, /kind that is not read here/],
    ['plain text in Dovecot’s way', `a:${HASHES.sha}\nmica:{PLAIN}planted-secret\n`, 2, /kind that is not read here/],
    ['bcrypt of a faulty program', `a:${HASHES.sha}\nmica:${HASHES.bcrypt.replace('$2y', '$2x')}\n`, 2, /known fault/],
    ['a bcrypt hash cut short', `mica:${HASHES.bcrypt.slice(0, -1)}\n`, 1, /cut short/],
    ['a bcrypt hash of impossible cost', `mica:${HASHES.bcrypt.replace('05', '99')}\n`, 1, /impossible cost/],
    ['a bcrypt hash that is too dear', `mica:${HASHES.bcrypt.replace('05', '31')}\n`, 1, /costs too much/],
    ['an apr1 hash cut short', `a:${HASHES.sha}\nmica:${HASHES.apr1.slice(0, -1)}`, 2, /cut short/],
    ['a SHA hash cut short', `mica:${HASHES.sha.slice(0, -2)}`, 1, /cut short/],
    ['no hash', `a:${HASHES.sha}\nmica:\n`, 2, /is missing/],
    ['no colon', `a:${HASHES.sha}\nmica\n`, 2, /no colon/],
    ['no name', `a:${HASHES.sha}\n:${HASHES.sha}\n`, 2, /cannot be empty/],
    ['a name that begins with a blank', `a:${HASHES.sha}\n b:${HASHES.sha}\n`, 2, /begin or end with a space/],
    ['one user in two spellings', `mica:${HASHES.sha}\nMICA:${HASHES.apr1}\n`, 2, /line 1/],
    ['a byte order mark', `\uFEFFmica:${HASHES.sha}\n`, 1, /byte order mark/],
  ])('with %s is refused, with the line', (_what, text, line, words) => {
    const reading = () => parse(text);
    expect(reading).toThrow(ConfigInvalid);
    expect(reading).toThrow(words);
    expect(reading).toThrow(new RegExp(`^h:${line}: `));
    expect(reading).not.toThrow(/planted|rl1|irWbb|HqJZ|c4Wo|VBPu/);
  });

  it('is changed in the one line only', () => {
    const text = `# staff\r\n#mica:x\r\nMica:${HASHES.sha}:the boss\r\nmike:${HASHES.apr1}`;
    expect(htpasswd.update(text, { user: 'mica', hash: 'new' })).toBe(text.replace(HASHES.sha, 'new'));
    expect(htpasswd.update(text, { user: 'mike', hash: 'new' })).toBe(text.replace(HASHES.apr1, 'new'));
    expect(htpasswd.remove(text, 'mica')).toBe(text.replace(/Mica:.*\r\n/, ''));
    expect(htpasswd.add(text, { user: 'nora', hash: 'new', grants: [] })).toBe(`${text}\r\nnora:new\r\n`);
  });

  it('takes no new password that bcrypt would not see the end of', async () => {
    await expect(htpasswd.hash('mica', 'x'.repeat(73))).rejects.toThrow(/1 to 72 bytes/);
    await expect(htpasswd.hash('mica', '')).rejects.toThrow(ConfigInvalid);
    const [entry] = parse(`mica:${await htpasswd.hash('mica', 'x'.repeat(72))}\n`);
    if (!entry) throw new Error('no user');
    await expect(verifyPassword(entry.hash, 'x'.repeat(72))).resolves.toBe(true);
    await expect(verifyPassword(entry.hash, 'x'.repeat(73))).resolves.toBe(false);
  });
});
