import { expect, it } from 'vitest';
import { basic, startGate } from '../support/gate.ts';

const APPS = [
  { name: 'sales', at: '/', upstream: '$UPSTREAM', resources: [{ resource: 'hr', paths: ['/hr'] }], open: ['/**'] },
];
type Gate = Awaited<ReturnType<typeof startGate>>;
const ask = (gate: Gate, user: string, password: string, path = '/') =>
  gate.ask(path, { headers: { Authorization: basic(user, password) } });
const userAt = async (gate: Gate, user: string, password: string) => {
  const { status, body } = await ask(gate, user, password);
  return status === 200 ? JSON.parse(body).headers['x-dashgate-user'] : status;
};

it('one password lets in by any user name, which gets no grants of that name', async () => {
  await using gate = await startGate({
    apps: APPS,
    directories: [{ anyone: { password: 'one-for-all' } }],
    grants: { users: { mica: ['_all_'] } },
  });
  expect(await userAt(gate, 'mica', 'one-for-all')).toBe('mica');
  expect(await userAt(gate, 'Zoë', 'one-for-all')).toBe('zo%C3%AB');
  expect(await userAt(gate, 'mica', 'one-for-al')).toBe(401);
  expect(await userAt(gate, 'mica', '')).toBe(401);
  expect((await ask(gate, 'mica', 'one-for-all', '/hr')).status).toBe(403);
  expect(gate.logText()).toContain('one password lets in everybody');
  expect(gate.logText()).not.toContain('one-for-all');
});

it('stands beside nothing that its users could be taken for', async () => {
  const start = (settings: object) =>
    startGate({ apps: APPS, directories: [{ anyone: { password: 'x' } }], ...settings });
  await expect(start({ grants: { users: { 'anyone:mica': ['hr'] } } })).rejects.toThrow('whoever types that name');
  await expect(start({ directories: [{ anyone: { password: 'x' } }, { file: 'users.yaml' }] })).rejects.toThrow(
    'lets people call themselves by the user name of somebody in another directory',
  );
});

it('a file of Panel’s lets in each by their own password, and who is taken out of it is out', async () => {
  await using gate = await startGate({
    apps: APPS,
    directories: [{ file: 'passwords.json', plaintext: true }],
    grants: { users: { mica: ['hr'] } },
    prepare: async (dir) => void (await dir.write('passwords.json', '{"mica": "pw of mica", "Mike": "ünïcode"}')),
  });
  expect(await userAt(gate, 'mica', 'pw of mica')).toBe('mica');
  expect(await userAt(gate, 'mike', 'ünïcode')).toBe('mike');
  expect(await userAt(gate, 'mike', 'pw of mica')).toBe(401);
  expect(await userAt(gate, 'nobody', 'pw of mica')).toBe(401);
  expect((await ask(gate, 'mica', 'pw of mica', '/hr')).status).toBe(200);
  expect(gate.logText()).toContain('has passwords in plain text');
  await gate.dir.write('passwords.json', '{"mike": "ünïcode"}');
  await gate.logged(/users file reloaded/);
  expect(await userAt(gate, 'mica', 'pw of mica')).toBe(401);
  await gate.dir.write('passwords.json', '{"mike": 5}');
  await gate.logged(/has a user without a password/);
  expect(await userAt(gate, 'mike', 'ünïcode')).toBe('mike');
  expect(gate.logText()).not.toMatch(/pw of mica|ünïcode/);
});

it('such a file is taken for nothing else, and nothing else for it', async () => {
  const start = (file: string, entry: object) =>
    startGate({
      apps: APPS,
      directories: [{ file: 'f', ...entry }],
      prepare: async (dir) => void (await dir.write('f', file)),
    });
  await expect(start('{"mica": "pw"}', {})).rejects.toThrow();
  for (const text of ['mica:pw', '[]', '{}', '{"a":"x","A":"y"}', '{"a:b":"x"}', '{"a":""}'])
    await expect(start(text, { plaintext: true }), text).rejects.toThrow(/f: /);
});
