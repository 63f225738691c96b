import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const names = globSync('test/examples/*.test.ts', { cwd: root })
  .map((file) => basename(file, '.test.ts'))
  .filter((name) => name !== 'index');

it('docs/examples.md lists each example that is run here, and every other folder of apps', () => {
  const linked = [...read('docs/examples.md').matchAll(/\(\.\.\/examples\/(\w+)\)/g)].map(([, name = '']) => name);
  const folders = globSync('examples/*/README.md', { cwd: root }).map((file) => basename(dirname(file)));
  expect(linked.toSorted()).toEqual(folders.toSorted());
  expect(linked).toEqual(expect.arrayContaining(names));
});

it.each(names)('%s installs the versions that are run here', (name) => {
  const lines = read(`examples/${name}/requirements.txt`).trim().split('\n');
  expect(lines.filter((line) => !/^\w+==[\d.]+$/.test(line))).toEqual([]);
});
