import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startProgram } from '../support/start-program.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');

/** Runs these test files by our own configuration. @returns the exit code and what stands on the last line of all output */
async function run(
  files: Record<string, string>,
  CI = '',
): Promise<{ code: number | null; last: string; output: string }> {
  await using dir = await tempDir();
  for (const [name, content] of Object.entries(files)) {
    await dir.write(`test/${name}`, `import { beforeAll, describe, expect, it } from 'vitest';\n${content}`);
  }
  await dir.write('package.json', '{ "type": "module" }');
  const modules = join(root, 'node_modules');
  await symlink(modules, dir.file('node_modules'));
  const config = `import { ClosingLine } from '${join(root, 'test/reporter.ts')}';
    export default { test: { include: ['test/*.ts'], reporters: ['default', new ClosingLine(${CI !== ''})] } };`;
  await dir.write('vitest.config.ts', config);
  const vitest = join(modules, 'vitest/vitest.mjs');
  // Both streams as one, as a terminal and a log have them: read apart, their order would be lost.
  const args = ['-c', 'exec "$0" "$@" 2>&1', process.execPath, vitest, 'run'];
  await using program = await startProgram('sh', args, { cwd: dir.path, env: { CI } });
  const { code } = await program.ended;
  const output = program.output();
  return { code, last: output.trimEnd().split('\n').at(-1) ?? '', output };
}

const passing = "it('passes', () => {});";

it('counts what passed', async () => {
  expect(await run({ 'a.ts': passing, 'b.ts': passing })).toMatchObject({ code: 0, last: '2 passed, 0 failed' });
});

it('names what passed only when it was tried again, and what it said first', async () => {
  const { code, last, output } = await run({
    'again.ts': "let tries = 0; it('wavers', { retry: 1 }, () => { tries += 1; expect(tries).toBe(2); });",
    'fails.ts': "it('never does', { retry: 1 }, () => { expect(1).toBe(2); });",
  });
  expect({ code, last }).toEqual({ code: 1, last: '1 passed, 1 failed' });
  expect(output.match(/^passed only when tried again: .*/gm)).toEqual([
    'passed only when tried again: test/again.ts > wavers: expected 1 to be 2 // Object.is equality',
  ]);
});

it('counts a test that fails, a file that does not load and a hook that throws', async () => {
  const { code, last } = await run({
    'fails.ts': "it('fails', () => { expect(1).toBe(2); });",
    'load.ts': "await import('./nowhere.ts');",
    'hook.ts':
      "describe('hooked', () => { beforeAll(() => { throw new Error('hook'); }); it('is not reached', () => {}); });",
    'good.ts': passing,
  });
  expect(code).toBe(1);
  expect(last).toMatch(/^1 passed, 3 failed/);
});

it('counts an error that no test awaited', async () => {
  const { code, last } = await run({ 'a.ts': "it('passes', () => { Promise.reject(new Error('stray')); });" });
  expect([code, last]).toEqual([1, '1 passed, 1 failed']);
});

it('fails when there was nothing to run', async () => {
  expect(await run({})).toMatchObject({ code: 1, last: '0 passed, 0 failed' });
});

it.each([
  ['', 0],
  ['true', 1],
])('names what was skipped and what it needs, CI=%j: exit %i', async (CI, code) => {
  const suite = "describe.skip('the chain (needs nginx)', () => { it('one', () => {}); it('two', () => {}); });";
  const result = await run({ 'a.ts': passing + suite, 'b.ts': "it.todo('later');" }, CI);
  expect(result).toMatchObject({ code, last: '1 passed, 0 failed, 3 skipped' });
  expect(result.output).toContain('skipped: test/a.ts > the chain (needs nginx)\n');
  expect(result.output).toContain('skipped: test/b.ts > later\n');
});
