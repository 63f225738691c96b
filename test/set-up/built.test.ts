import { existsSync } from 'node:fs';
import { cp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { freeServer } from '../flows/command.ts';
import { curl } from '../support/curl.ts';
import { usersFile } from '../support/gate.ts';
import { type RunningProgram, startProgram } from '../support/start-program.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';
import { startUpstream } from '../support/upstream.ts';

const root = join(import.meta.dirname, '../..');

/** All of dashgate, built at a place of its own. */
let built: TempDir;
beforeAll(async () => {
  built = await tempDir();
  for (const name of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', 'src', 'nginx'])
    await cp(join(root, name), built.file(name), { recursive: true });
  await symlink(join(root, 'node_modules'), built.file('node_modules'));
  await using build = await startProgram(process.execPath, [built.file('scripts/build.ts')]);
  expect(await build.ended, build.output()).toMatchObject({ code: 0 });
  return () => built[Symbol.asyncDispose]();
}, 240_000);

const run = (args: readonly string[], cwd = built.path): Promise<RunningProgram> =>
  startProgram(process.execPath, [built.file('dist/main.js'), ...args], {
    cwd,
    ...(args.length === 1 && args[0] === 'serve' && { ready: /"message":"listening"/ }),
  });

it('what is bundled has every command', async () => {
  await using help = await run(['--help']);
  expect(await help.ended, help.output()).toMatchObject({ code: 0 });
  const names = [...help.stdout().matchAll(/^ {2}([a-z-]+) {2,}/gm)].map(([, name = '']) => name);
  expect(names).toContain('serve');
  for (const name of names) {
    await using command = await run([name, '--help']);
    expect(await command.ended, command.output()).toMatchObject({ code: 0 });
    expect(command.stdout()).toContain(`Usage: dashgate ${name}`);
  }
});

/** Serves from the bundle, and asks for what is loaded only then: a page of ours, a dashboard. */
async function serveOnce(dir: TempDir): Promise<void> {
  await using upstream = await startUpstream();
  const { port, text } = await freeServer();
  await dir.write('users.yaml', await usersFile());
  await dir.write(
    'dashgate.yaml',
    `${text}directories: [{ file: users.yaml }]\napps: [{ name: app, at: /, upstream: "${upstream.url}" }]\n`,
  );
  await using serving = await run(['serve'], dir.path);
  const pages = await Promise.all([1, 2, 3].map(() => curl(`http://127.0.0.1:${port}/_dashgate/login`)));
  for (const page of pages) expect([page.status, page.body.includes('<form')]).toEqual([200, true]);
  const [first, second] = await Promise.all(
    ['/a', '/b'].map((path) => curl('-u', 'mica:mica-Gz7', `http://127.0.0.1:${port}${path}`)),
  );
  expect([first?.status, second?.status]).toEqual([200, 200]);
  expect(upstream.seen.map(({ url }) => url).sort()).toEqual(['/a', '/b']);
  expect((await serving.stop()).code, serving.output()).toBe(0);
}

it('a page and a dashboard that are the first to be asked for are answered, and the compiled code is kept beside the program', async () => {
  await rm(built.file('dist/compiled'), { recursive: true, force: true });
  await using dir = await tempDir();
  await serveOnce(dir);
  const kept = await readdir(built.file('dist/compiled'), { recursive: true });
  expect(kept.length).toBeGreaterThan(5);
  expect(existsSync(dir.file('state/compiled'))).toBe(false);
  await serveOnce(dir);
});

it('where the program’s folder takes nothing, the code is kept with the state', async () => {
  await rm(built.file('dist/compiled'), { recursive: true, force: true });
  await writeFile(built.file('dist/compiled'), 'no folder');
  await using dir = await tempDir();
  // The first start makes the state.
  await serveOnce(dir);
  await serveOnce(dir);
  expect((await readdir(dir.file('state/compiled'), { recursive: true })).length).toBeGreaterThan(3);
});
