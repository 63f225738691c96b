import { pathToFileURL } from 'node:url';
import type { ProviderPlugin } from '../plugin.ts';
import { findModule } from './find-module.ts';
import { faultOfPlace } from './safe-place.ts';
import { Late, within } from './within.ts';

/** So long a plug-in may take to be there. */
const LOADED_WITHIN_MS = 10_000;
const VERSION = 1;

export interface LoadOptions {
  /** An absolute file name, or a package. */
  readonly name: string;
  /** That of the configuration. */
  readonly folder: string;
  /** Dashgate's own folder, from which nothing is loaded. */
  readonly state: string;
}

/** A plug-in, or why there is none: what is wrong; what to do. Node loads a file once: a changed one counts at the next start. */
export async function loadPlugin({
  name,
  folder,
  state,
}: LoadOptions): Promise<{ readonly plugin: ProviderPlugin } | { readonly why: string; readonly cause?: unknown }> {
  const found = findModule(name, folder);
  if ('why' in found) return found;
  const { file } = found;
  const unsafe = faultOfPlace(file, state);
  if (unsafe !== null) return { why: `${file}: is not run: ${unsafe}` };
  let exported: unknown;
  try {
    exported = await within(LOADED_WITHIN_MS, () => import(pathToFileURL(file).href));
  } catch (error) {
    if (error instanceof Late)
      return { why: `${file}: was not loaded in ${LOADED_WITHIN_MS / 1000} s; see what it waits for at its top level` };
    return { why: `${file}: cannot be loaded; correct what it says`, cause: error };
  }
  const plugin: unknown = isObject(exported) && 'default' in exported ? exported.default : undefined;
  const fault = faultOfShape(plugin);
  return isPlugin(plugin) && fault === null ? { plugin } : { why: `${file}: ${fault}` };
}

function faultOfShape(plugin: unknown): string | null {
  if (plugin === undefined)
    return 'has no default export; write export default { interfaceVersion: 1, open(entry, parts) { … } }';
  if (!isObject(plugin))
    return 'exports something else than an object as its default; write { interfaceVersion: 1, open(entry, parts) { … } }';
  // It may be an object of a class.
  const [interfaceVersion, open, read]: unknown[] = ['interfaceVersion', 'open', 'read'].map((key) =>
    Reflect.get(plugin, key),
  );
  if (interfaceVersion === undefined) return `lacks interfaceVersion; add interfaceVersion: ${VERSION}`;
  if (interfaceVersion !== VERSION)
    return `is written for another version of the interface than ${VERSION}; take a version of it that is for this dashgate`;
  if (typeof open !== 'function') return 'lacks open; add open(entry, parts), which returns the provider';
  if (read !== undefined && typeof read !== 'function')
    return 'has a read that is no function; write read(given, refuse), or leave it out';
  return null;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isPlugin = (value: unknown): value is ProviderPlugin => faultOfShape(value) === null;
