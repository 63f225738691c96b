import { existsSync, readFileSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';

/**
 * The file of a plug-in.
 * @param name - an absolute file name, or a package
 * @param folder - that of the configuration: its node_modules, and those above, are looked in
 * @returns the file, or what is wrong; what to do
 */
export function findModule(name: string, folder: string): { readonly file: string } | { readonly why: string } {
  if (isAbsolute(name)) {
    return isFile(name)
      ? { file: name }
      : { why: `${name}: there is no such file; write it relative to the folder of the configuration` };
  }
  const found = findPackage(name, folder);
  if (found === null)
    return { why: `${name}: there is no such package for ${folder}; run "npm install ${name}" in that folder` };
  const entry = entryOf(found);
  const file = entry === null ? null : join(dirname(found), entry);
  return file !== null && isFile(file)
    ? { file }
    : { why: `${name}: its package.json names no file that can be imported; it needs "exports" or "main"` };
}

function findPackage(name: string, folder: string): string | null {
  try {
    return findPackageJSON(name, join(folder, 'dashgate.yaml')) ?? null;
  } catch {
    return null;
  }
}

/** What `import` of a package by its name leads to (Node.js, "Package entry points"). */
function entryOf(packageJson: string): string | null {
  const said: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  if (!isKeyed(said)) return null;
  const { exports, main } = said;
  if (exports !== undefined) return conditional(isKeyed(exports) && '.' in exports ? exports['.'] : exports);
  return typeof main === 'string' ? main : 'index.js';
}

const CONDITIONS = ['node', 'import', 'module-sync', 'default'];

function conditional(target: unknown): string | null {
  if (typeof target === 'string') return target;
  if (!isKeyed(target)) return null;
  for (const [condition, next] of Object.entries(target)) if (CONDITIONS.includes(condition)) return conditional(next);
  return null;
}

const isKeyed = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFile = (file: string): boolean => existsSync(file) && statSync(file).isFile();
