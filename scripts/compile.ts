import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');

/** Whether dist/ is absent or older than what it is made of. Deleted sources do not count: what is left of them is not imported. */
export function isOutOfDate(): boolean {
  const built = join(root, 'dist/main.js');
  if (!existsSync(built)) return true;
  const builtMs = statSync(built).mtimeMs;
  const sources = globSync(['src/**/*', 'tsconfig*.json', 'package-lock.json'], { cwd: root });
  return sources.some((source) => statSync(join(root, source)).mtimeMs > builtMs);
}

/** Compiles src/ to dist/, copies what else lies there (style sheets, templates), and bundles what the bin runs. @returns the exit code */
export async function compile(): Promise<number> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noEmitOnError'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) return status ?? 1;
  for (const entry of globSync('src/**/*', { cwd: root, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.ts')) continue;
    const from = join(entry.parentPath, entry.name);
    cpSync(from, from.replace(join(root, 'src'), join(root, 'dist')));
  }
  await bundle(join(root, 'dist'));
  return 0;
}
