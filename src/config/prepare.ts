import { resolve } from 'node:path';
import * as z from 'zod';
import { isModuleFile, withModule } from './schema/providers/plugin.ts';
import { SQLITE_SCHEME, storeNames } from './schema/store.ts';
import { fileNames, moduleNames, switches, zeroTexts } from './schema/values.ts';
import { optionsOf, unwrap } from './settings.ts';

type Keyed = Record<string, unknown>;

export const isKeyed = (value: unknown): value is Keyed =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Makes a value, as written, ready for the schema: file names absolute from `folder`, and a section or list with nothing
 * in it (`login:` with every line below commented out) as if it were not there. Leaves what does not fit for the schema to
 * refuse.
 */
export function prepare(schema: z.core.$ZodType, value: unknown, folder: string): unknown {
  const { inner } = unwrap(schema);
  const options = optionsOf(inner);
  const entry = isKeyed(value) && options.some(({ shape }) => 'module' in shape) ? withModule(value) : value;
  const option = options.find(({ shape: { type } }) => isKeyed(entry) && type?.safeParse(entry.type).success);
  if (option) return prepare(option, entry, folder);
  if (inner instanceof z.ZodObject) {
    if (value === null) return undefined;
    if (typeof value === 'boolean' && switches.has(schema)) return value ? {} : undefined;
    if (!isKeyed(value)) return value;
    const shape: Record<string, z.core.$ZodType> = inner.shape;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        const of = Object.hasOwn(shape, key) ? shape[key] : undefined;
        return [key, of ? prepare(of, part, folder) : part];
      }),
    );
  }
  if (inner instanceof z.ZodArray)
    return Array.isArray(value) ? value.map((part) => prepare(inner.element, part, folder)) : (value ?? undefined);
  if (inner instanceof z.ZodRecord) return value ?? undefined;
  if (typeof value === 'string' && value !== '' && isIn(fileNames, schema)) return resolve(folder, value);
  if (typeof value === 'string' && isModuleFile(value) && isIn(moduleNames, schema)) return resolve(folder, value);
  if (typeof value === 'string' && value.startsWith(SQLITE_SCHEME) && isIn(storeNames, schema)) {
    const file = value.slice(SQLITE_SCHEME.length);
    return file === '' ? value : SQLITE_SCHEME + resolve(folder, file);
  }
  if (value === 0 && isIn(zeroTexts, schema)) return '0';
  return value;
}

/** Whether a schema, or what is wrapped in it, has a mark. */
function isIn(marked: z.core.$ZodRegistry<object>, schema: z.core.$ZodType): boolean {
  let inner: z.core.$ZodType = schema;
  while (inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional) {
    if (marked.has(inner)) return true;
    inner = inner._zod.def.innerType;
  }
  return marked.get(inner) !== undefined;
}
