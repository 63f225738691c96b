import { existsSync } from 'node:fs';
import { cp, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RunningProgram, startProgram } from '../support/start-program.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');

/** Our own scripts and compiler settings over a small program, which prints its arguments and stays until it is told to go. */
async function smallProject(): Promise<TempDir> {
  const dir = await tempDir();
  for (const name of [
    'package.json',
    'package-lock.json',
    '.npmrc',
    'tsconfig.json',
    'tsconfig.build.json',
    'scripts',
  ]) {
    await cp(join(root, name), dir.file(name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), dir.file('node_modules'));
  await dir.write('src/pages/style.css', 'p {}');
  await dir.write('src/main.ts', "const { run } = await import('./cli/process.ts');\nrun();\nexport {};\n");
  await dir.write(
    'src/cli/process.ts',
    `export function run(): void {
      const version: string = process.version;
      process.once('SIGTERM', () => { console.log('drained'); process.exit(0); });
      console.log(JSON.stringify([version.split('.')[0], ...process.argv.slice(2)]));
      setInterval(() => {}, 1000);
    }\n`,
  );
  return dir;
}

const npmStart = (dir: TempDir, ready?: RegExp): Promise<RunningProgram> =>
  startProgram('npm', ['start', '--', '--upstream', 'http://127.0.0.1:8050'], {
    cwd: dir.path,
    ...(ready && { ready }),
  });

it('npm start builds, runs the demo on Node 24 and hands on what follows --', async () => {
  await using dir = await smallProject();
  await using start = await npmStart(dir, /\]\n/);
  expect(start.output()).toContain('["v24","demo","--upstream","http://127.0.0.1:8050"]');
  expect(existsSync(dir.file('dist/pages/style.css'))).toBe(true);
});

it('npm start builds again when a source is newer, and never runs an old build of a source that does not compile', async () => {
  await using dir = await smallProject();
  await using first = await npmStart(dir, /\]\n/);
  await first.stop();
  await writeFile(dir.file('src/main.ts'), 'const wrong: number = "";\n');
  const later = new Date(Date.now() + 60_000);
  await utimes(dir.file('src/main.ts'), later, later);
  await using second = await npmStart(dir);
  expect((await second.ended).code).not.toBe(0);
  expect(second.output()).toContain('src/main.ts');
  expect(second.output()).not.toContain('demo');
});

it('the demo ends with npm, by the signal that it drains on', async () => {
  await using dir = await smallProject();
  await using start = await npmStart(dir, /\]\n/);
  start.kill('SIGTERM');
  await start.printed(/drained/);
});
