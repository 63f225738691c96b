import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { rolldown } from 'rolldown';

/** What main.js goes on with, from dist/. */
const ENTRY = 'cli/process.js';
const FOLDER = 'bundle';

/**
 * Puts what the bin runs, and the packages that it uses, into few files: a start reads one in place of seven hundred, in half the time.
 * What is imported only when it is needed stays a file of its own, and packages with native parts stay where they are. The single
 * files stay too: workers are started from them.
 *
 * The files are CommonJS: an ES module that imports node:http reads each of its exports, and with them all of the client
 * behind `fetch`, which costs 17 ms and 13 MB.
 * @param dist - the folder that tsc wrote
 */
export async function bundle(dist: string): Promise<void> {
  const out = join(dist, FOLDER);
  for (const old of [out, join(dist, 'compiled')]) rmSync(old, { recursive: true, force: true });
  const build = await rolldown({
    input: join(dist, ENTRY),
    platform: 'node',
    external: [/^@node-rs\//],
    plugins: [
      { name: 'places', transform: (code, id) => keepPlace(code, relative(out, id), id.startsWith(dist + sep)) },
    ],
  });
  const { output } = await build.write({
    ...{ dir: out, format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await build.close();
  for (const { fileName } of output) {
    const file = join(out, fileName);
    writeFileSync(file, asAscii(readFileSync(file, 'utf8')));
  }
  const main = join(dist, 'main.js');
  const text = readFileSync(main, 'utf8');
  const bundled = text.replace(
    `await import('./${ENTRY}')`,
    `process.getBuiltinModule('node:module').createRequire(import.meta.url)('./${FOLDER}/process.cjs')`,
  );
  if (bundled === text) throw new Error(`${main} does not import ./${ENTRY}`);
  writeFileSync(main, bundled);
}

/** A module of ours goes on finding what lies beside it. @param file - as the bundle sees it */
function keepPlace(code: string, file: string, isOurs: boolean): string | null {
  if (!isOurs || !code.includes('import.meta.')) return null;
  if (/import\.meta\.(?!url\b)/.test(code))
    throw new Error(`${file}: of import.meta only the url is known to the bundle`);
  return code.replaceAll(
    'import.meta.url',
    `new URL(${JSON.stringify(file.split(sep).join('/'))}, require('node:url').pathToFileURL(__filename)).href`,
  );
}

/** One character beyond Latin 1 makes V8 hold all of a file in two bytes a character. */
function asAscii(code: string): string {
  if (/String\.raw`[^`]*\P{ASCII}/u.test(code)) throw new Error('String.raw`` would show an escape as it stands');
  return code.replace(/\P{ASCII}/gu, (character) =>
    Array.from({ length: character.length }, (_none, at) => escapeUnit(character.charCodeAt(at))).join(''),
  );
}

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
