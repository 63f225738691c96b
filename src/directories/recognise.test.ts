import { describe, expect, it } from 'vitest';
import { recognise, recogniseUsers } from './recognise.ts';

const HEX = 'ab'.repeat(64);
const APR1 = '$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/';

describe('the kind of a password file', () => {
  it.each([
    ['users', 'users:\n  mica: {}\n'],
    ['users', '# ours\n\n---\nusers: {}\n'],
    ['users', '"users": {}\n'],
    ['users', '\uFEFFusers:\n'],
    ['users', '{ users: {} }'],
    ['users', `users:\n  a: { password: ${HEX} }\n`],
    ['users', 'groups: {}\n'],
    ['users', '- mica\n'],
    ['htpasswd', `users:${APR1}\n`],
    ['htpasswd', `# x\nmica:plain\nmike:${APR1}\n`],
    ['htpasswd', 'mica:plain\n'],
    ['tabpy', `alice ${HEX}\n`],
    ['tabpy', `bob\nalice ${HEX}\n`],
    ['tabpy', `"al ice" ${HEX}\n`],
    ['tabpy', ` alice ${HEX} # c\n`],
    ['tabpy', 'alice aa\n'],
  ])('is %s: %j', (kind, text) => {
    expect(recogniseUsers(text, 'f').name).toBe(kind);
  });

  it.each(['', ' \n\t\n', '# a comment\n  # another\n'])('is none where there is nothing: %j', (text) => {
    expect(recognise(text, 'f')).toBeNull();
    expect(() => recogniseUsers(text, 'f')).toThrow(/^f: has no user in it; add one/);
  });

  it('must be one', () => {
    const words = /^f:4: is a line of a TabPy password file, line 2 is of a htpasswd file/;
    expect(() => recognise(`# x\nmica:${APR1}\n\nalice ${HEX}\n`, 'f')).toThrow(words);
  });
});
