import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { basic, usersFile } from '../support/gate.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream, type Upstream } from '../support/upstream.ts';
import { freeServer, startDashgate } from './command.ts';

// The Procfile's own lines are run in test/interop/heroku.test.ts.

let dir: TempDir;
let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream[Symbol.asyncDispose]());
beforeEach(async () => {
  dir = await tempDir();
  return () => dir[Symbol.asyncDispose]();
});

const ALICE =
  'alice edb6473a71775f48538c1cee15dc41269302b06b79260c70ce149d1b24a4192f764570702d5449fa2712c0a99d0db9216c1a452f07a3a3b44dca1b491cd7d516\n';
const UNSET = { USERNAME: undefined, PASSWORD: undefined, TABPY_PWD_FILE: undefined };

async function start(flags: readonly string[], env: NodeJS.ProcessEnv, more = '') {
  const { port, text } = await freeServer();
  await dir.write(
    'dashgate.yaml',
    `${text}${more}apps: [{ name: app, at: /, upstream: "${upstream.url}", resource: closed }]\n`,
  );
  const options = { cwd: dir.path, env: { ...UNSET, ...env }, ready: /"message":"listening"/ };
  const running = await startDashgate(['serve', ...flags], options);
  const asked = async (user: string, password: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: basic(user, password) } })).status;
  return Object.assign(running, { asked });
}

it('USERNAME, PASSWORD and TABPY_PWD_FILE mean nothing without the flag', async () => {
  await dir.write('users.yaml', await usersFile());
  await dir.write('tabpy.txt', ALICE, 0o600);
  const env = { USERNAME: 'ada', PASSWORD: 'ada-1', TABPY_PWD_FILE: 'tabpy.txt' };
  await using running = await start([], env, 'directories: [{ file: users.yaml }]\n');
  expect(await running.asked('ada', 'ada-1')).toBe(401);
  expect(await running.asked('alice', 'Secret_D0nt_Te11')).toBe(401);
  expect(existsSync(dir.file('state/users-from-env.yaml'))).toBe(false);
  expect(await readFile(dir.file('tabpy.txt'), 'utf8')).toBe(ALICE);
});

it('the user of USERNAME may everything', async () => {
  await using running = await start(['--users-from-env'], { USERNAME: 'Ada', PASSWORD: 'a "b" c:d' });
  expect(await running.asked('ada', 'a "b" c:d')).toBe(200);
  expect(await running.asked('ada', 'a')).toBe(401);
});

it('TABPY_PWD_FILE alone lets in its users, with what the configuration grants them, and is left as it is', async () => {
  await dir.write('tabpy.txt', `${ALICE}bob ${'ab'.repeat(64)}\n`, 0o600);
  const before = await readFile(dir.file('tabpy.txt'), 'utf8');
  const grants = 'grants: { users: { alice: [closed] } }\n';
  await using running = await start(['--users-from-env'], { TABPY_PWD_FILE: 'tabpy.txt' }, grants);
  expect(await running.asked('alice', 'Secret_D0nt_Te11')).toBe(200);
  expect(await running.asked('bob', 'x')).toBe(401);
  expect(await readFile(dir.file('tabpy.txt'), 'utf8')).toBe(before);
});
