import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { tempDir } from '../support/temp-dir.ts';

const root = join(import.meta.dirname, '../..');
const APPS = [{ name: 'sales', at: '/', upstream: 'http://127.0.0.1:1' }];

/** What readers copy: configurations, and parts of one at its top level. What is indented is a part of an app, and what is `users:` alone a users file. */
const SHOWN = [...globSync('*.md', { cwd: root }), ...globSync('docs/*.md', { cwd: root })].flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/```yaml\n(?! |users:\n)([\s\S]*?)```/g)].map(
    ([, text = '']) => [file, text] as const,
  ),
);
const FILES = [
  ...globSync('examples/*/dashgate.yaml', { cwd: root }),
  ...globSync('deploy/*/dashgate.yaml', { cwd: root }),
].map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);

it.each([...SHOWN, ...FILES])(
  '%s shows a configuration that is taken, and leaves open nothing below what it guards',
  async (_file, text) => {
    await using dir = await tempDir();
    const written = await dir.write('dashgate.yaml', stringify({ apps: APPS, ...parse(text) }));
    const { warnings } = await loadConfig({ file: written, env: {}, flags: {}, cwd: dir.path });
    expect(warnings.filter((line) => line.includes('leaves open what is below'))).toEqual([]);
  },
);
