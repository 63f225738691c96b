import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
const runFile = promisify(execFile);
const tsc = (cwd: string, ...args: string[]) =>
  runFile(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], { cwd }).catch(
    ({ stdout }: { stdout: string }) => ({ stdout }),
  );

it('the types that the package publishes hold the example, and find what is wrong in a plug-in', async () => {
  await using dir = await tempDir();
  // As npm would put it there, with the types alone.
  const installed = dir.file('node_modules/dashgate');
  await mkdir(installed, { recursive: true });
  await cp(join(root, 'package.json'), join(installed, 'package.json'));
  const build = ['-p', join(root, 'tsconfig.build.json'), '--emitDeclarationOnly', '--sourceMap', 'false'];
  expect((await tsc(dir.path, ...build, '--outDir', join(installed, 'dist'))).stdout).toBe('');
  // What dashgate itself depends on, it finds.
  await symlink(join(root, 'node_modules'), join(installed, 'node_modules'));
  await symlink(join(root, 'node_modules/@types'), dir.file('node_modules/@types'));
  await dir.write('staff-portal.js', await readFile(join(root, 'examples/provider_plugin/staff-portal.js'), 'utf8'));
  await dir.write(
    'wrong.ts',
    "import type { ProviderPlugin } from 'dashgate/provider';\nexport default { interfaceVersion: 2, open: () => null } satisfies ProviderPlugin;\n",
  );
  const settings = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const js = ['--allowJs', '--checkJs', '--skipLibCheck'];
  expect((await tsc(dir.path, ...settings, ...js, dir.file('staff-portal.js'))).stdout).toBe('');
  const { stdout } = await tsc(dir.path, ...settings, '--skipLibCheck', dir.file('wrong.ts'));
  expect(stdout).toContain("Type '2' is not assignable to type '1'");
  expect(stdout).toContain("Type 'null' is not assignable");
});
