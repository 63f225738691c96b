import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { listUsers } from '../../src/directories/edit-users.ts';
import { needs } from '../support/needs.ts';
import { program } from '../support/programs.ts';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const start = (args: readonly string[], cwd: string) =>
  startProgram(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'user', ...args], { cwd });
const names = (file: string): readonly string[] => listUsers(file).users.map(({ person }) => person.user);

describe.each(['users.yaml', 'staff.htpasswd', 'tabpy.txt'])('%s, changed by several commands at once', (name) => {
  it('loses nobody', async () => {
    await using dir = await tempDir();
    const users = ['ada', 'bob', 'cy', 'dan'];
    const runs = await Promise.all(users.map((user) => start(['add', '-u', user, '-p', 'x', '-f', name], dir.path)));
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual(users.map(() => ({ code: 0, signal: null })));
    expect([...names(dir.file(name))].sort()).toEqual(users);
    expect(readdirSync(dir.path)).toEqual([name]);
  });
});

describe('a command that is killed', () => {
  it('leaves the file of before or the new one, whole, and stands in nobody’s way', async () => {
    await using dir = await tempDir();
    const hash = 'ab'.repeat(64);
    const many = Array.from({ length: 20_000 }, (_none, at) => `user${at} ${hash}\n`).join('');
    const file = await dir.write('tabpy.txt', many, 0o600);
    const script = `
      import { addUser } from ${JSON.stringify(join(import.meta.dirname, '../../src/directories/edit-users.ts'))};
      for (let at = 0; ; at++) {
        await addUser(${JSON.stringify(file)}, { user: 'new' + process.pid + '-' + at, password: 'x' });
        console.log('added');
      }`;
    for (let round = 0; round < 6; round++) {
      const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
      await using running = await startProgram(process.execPath, args, { ready: /added/ });
      await setTimeout(randomInt(150));
      running.kill('SIGKILL');
      expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
      const text = readFileSync(file, 'utf8');
      expect(text.startsWith(many)).toBe(true);
      expect(text.slice(many.length)).toMatch(/^(new\d+-\d+ [0-9a-f]{128}\n)+$/);
    }
    await using last = await start(['add', '-u', 'last', '-p', 'x', '-f', 'tabpy.txt'], dir.path);
    expect(await last.ended).toEqual({ code: 0, signal: null });
    expect(names(file).at(-1)).toBe('last');
    expect(readdirSync(dir.path)).toEqual(['tabpy.txt']);
  });
});

/** Runs a program on a terminal of its own, and types what it asks for. */
const ON_A_TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b''
for question in (b'Password: ', b'Once more: '):
    while question not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, 'gute Nacht\\r'.encode())
try:
    while chunk := os.read(terminal, 1024):
        said += chunk
except OSError:
    pass
_, status = os.waitpid(pid, 0)
print(said.decode())
sys.exit(os.waitstatus_to_exitcode(status))
`;

needs('python')('on a real terminal', () => {
  it('the password is asked for twice and not shown', async () => {
    await using dir = await tempDir();
    const command = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      main,
      'user',
      'add',
      '-u',
      'mica',
      '--prompt',
    ];
    await using run = await startProgram(program('python'), ['-c', ON_A_TERMINAL, ...command], { cwd: dir.path });
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.stdout()).toContain('Once more: ');
    expect(run.output()).not.toContain('Nacht');
    await using check = await start(['verify', '-u', 'mica', '-p', 'gute Nacht'], dir.path);
    expect(await check.ended).toEqual({ code: 0, signal: null });
  });
});
