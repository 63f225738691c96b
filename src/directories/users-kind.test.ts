import { describe, expect, it } from 'vitest';
import { usersYaml } from './users-kind.ts';

const OLD = '$argon2id$v=19$m=8,t=1,p=1$AQEBAQEBAQEBAQEBAQEBAQ$AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI';
const NEW = '$argon2id$v=19$m=8,t=1,p=1$AwMDAwMDAwMDAwMDAwMDAw$BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ';
const namesOf = (text: string): readonly string[] =>
  usersYaml.parse(text, 'users.yaml', 'file').map(({ person }) => person.user);

const FILE = `# The finance people
users:

  # the boss
  Mica: { password: "${OLD}",   groups: [finance] }   # since 2020
  'o neil':
    name: O'Neil
    password: >-
      ${OLD}
    # may see all
    allowed_resources: [ _all_ ]

  nora:
      password: ${OLD}
  # the end
`;

describe('changing a users file', () => {
  it('puts another hash in the place of the old one, all else as it was', () => {
    expect(usersYaml.update(FILE, { user: 'mica', hash: NEW })).toBe(FILE.replace(OLD, () => NEW));
    expect(usersYaml.update(FILE, { user: 'o neil', hash: NEW })).toBe(
      FILE.replace(`password: >-\n      ${OLD}\n`, () => `password: "${NEW}"\n`),
    );
    expect(usersYaml.update(FILE, { user: 'nora', hash: NEW })).toBe(
      FILE.replace(`      password: ${OLD}`, () => `      password: "${NEW}"`),
    );
  });

  it('adds a line at the end, indented as the others are', () => {
    const wanted = { user: 'zoe', hash: NEW, grants: ['hr', 'sales/_all_'] };
    const line = `zoe: { password: "${NEW}", allowed_resources: [hr, sales/_all_] }`;
    expect(usersYaml.add(FILE, wanted)).toBe(`${FILE}  ${line}\n`);
    const wide = `users:\r\n    a: { password: "${OLD}" }`;
    expect(usersYaml.add(wide, wanted)).toBe(`${wide}\r\n    ${line}\r\n`);
    for (const user of ['007', 'no', 'a b', '"', "'", '#x', 'a#b', '- x', '{', '*a', '%', 'ü@x', 'null', '~']) {
      expect(namesOf(usersYaml.add(FILE, { ...wanted, user }))).toEqual(['mica', 'o neil', 'nora', user]);
    }
  });

  it('makes a file, also of one that has comments only', () => {
    const wanted = { user: 'zoe', hash: NEW, grants: [] };
    expect(usersYaml.add('', wanted)).toBe(`users:\n  zoe: { password: "${NEW}" }\n`);
    expect(usersYaml.add('# ours\n', wanted)).toBe(`# ours\nusers:\n  zoe: { password: "${NEW}" }\n`);
  });

  it('takes out the lines of a user, and no others', () => {
    expect(usersYaml.remove(FILE, 'mica')).toBe(FILE.replace(/ {2}Mica:.*\n/, ''));
    expect(usersYaml.remove(FILE, 'nora')).toBe(FILE.replace(/ {2}nora:\n.*\n/, ''));
    const without = usersYaml.remove(FILE, 'o neil');
    expect(namesOf(without)).toEqual(['mica', 'nora']);
    expect(without.startsWith(FILE.slice(0, FILE.indexOf("  'o neil'")))).toBe(true);
    expect(without).toContain(FILE.slice(FILE.indexOf('  nora:')));
  });

  it('goes by the document where users share a line', () => {
    const flow = `users: { mica: { password: "${OLD}" }, mike: { password: "${OLD}" } } # both\n`;
    expect(namesOf(usersYaml.add(flow, { user: 'zoe', hash: NEW, grants: [] }))).toEqual(['mica', 'mike', 'zoe']);
    expect(namesOf(usersYaml.remove(flow, 'mica'))).toEqual(['mike']);
    expect(usersYaml.remove(flow, 'mica')).toContain('# both');
    expect(usersYaml.update(flow, { user: 'mike', hash: NEW })).toBe(
      flow.slice(0, flow.lastIndexOf(OLD)) + NEW + flow.slice(flow.lastIndexOf(OLD) + OLD.length),
    );
  });
});
