import * as z from 'zod';
import { namesOf } from './names.ts';
import { configSchema } from './schema/config.ts';
import type { Note } from './schema/values.ts';

/** A key of the configuration, as the schema has it. */
export interface Setting {
  /** `session.lifetime`, or within a list `apps[].name`. */
  readonly key: string;
  /** Its names; `null` within a list, which is given as one value. */
  readonly env: string | null;
  readonly flag: string | null;
  readonly path: readonly string[];
  readonly type: string;
  readonly description: string;
  readonly isRequired: boolean;
  /** The section that may be left out as a whole, in which it stands. */
  readonly within: string | null;
  /** As the file would say it; `undefined`: none. */
  readonly default: unknown;
  /** The default in words, where it depends on another key. */
  readonly derived: string | null;
  readonly example: unknown;
  /** It is given in the place of another key, never beside it. */
  readonly isInstead: boolean;
  /** `text`: a variable or flag is taken as it stands; `yaml`: it is read as one value; `section`: its keys are settings. */
  readonly form: 'text' | 'yaml' | 'section';
  /** The keys of a section, or of each entry of a list. */
  readonly children: readonly Setting[];
  /** The same by type, where a list has entries of several types. */
  readonly variants: readonly (readonly Setting[])[];
  /** The types of entries that have this key; `null`: all. */
  readonly types: readonly string[] | null;
  readonly schema: z.core.$ZodType;
}

/** A schema without what is wrapped around it, and what the wrappers say: the outermost word counts. */
export interface Unwrapped {
  readonly inner: z.core.$ZodType;
  readonly note: Note;
  readonly default: unknown;
  readonly isOptional: boolean;
}

export function unwrap(schema: z.core.$ZodType): Unwrapped {
  let inner = schema;
  let note: Note = {};
  let byDefault: unknown;
  let isOptional = false;
  for (;;) {
    note = { ...z.globalRegistry.get(inner), ...note };
    if (inner instanceof z.ZodPrefault) byDefault = inner._zod.def.defaultValue;
    else if (inner instanceof z.ZodOptional) isOptional = true;
    else if (!(inner instanceof z.ZodPipe)) return { inner, note, default: byDefault, isOptional };
    inner = inner instanceof z.ZodPipe ? inner._zod.def.in : inner._zod.def.innerType;
  }
}

function toSetting(schema: z.core.$ZodType, path: readonly string[], inList: boolean, within: string | null): Setting {
  const { inner, note, default: byDefault, isOptional } = unwrap(schema);
  const form = inner instanceof z.ZodObject ? 'section' : isText(inner) ? 'text' : 'yaml';
  const names = inList || form === 'section' ? { env: null, flag: null } : namesOf(path);
  const entry = inner instanceof z.ZodArray ? unwrap(inner.element).inner : inner;
  const key = path.join('.');
  const childrenOfEntry = (of: z.ZodObject): readonly Setting[] =>
    childrenOf(of, entry === inner ? path : [`${key}[]`], inList || entry !== inner, isOptional ? key : null);
  const variants = optionsOf(entry).map(childrenOfEntry);
  return {
    key,
    env: names.env,
    flag: names.flag,
    path,
    type: typeOf(inner, note),
    description: note.description ?? '',
    isRequired: note.needed ?? (!isOptional && byDefault === undefined),
    within,
    default: byDefault,
    derived: note.derived ?? null,
    example: note.examples?.[0],
    isInstead: note.instead ?? false,
    form,
    schema,
    children: entry instanceof z.ZodObject ? childrenOfEntry(entry) : join(variants.map(toVariant)),
    variants,
    types: null,
  };
}

/** The types of entry that a list has, if it has several. */
export const optionsOf = (schema: z.core.$ZodType): z.ZodObject[] =>
  schema instanceof z.ZodDiscriminatedUnion
    ? schema.options.filter((option): option is z.ZodObject => option instanceof z.ZodObject)
    : [];

/** The keys of entries of some types. */
interface Variant {
  readonly types: readonly string[];
  readonly settings: readonly Setting[];
}

const toVariant = (settings: readonly Setting[]): Variant => ({
  types: settings.flatMap(({ schema }) => (schema instanceof z.ZodLiteral ? [...schema.values].map(String) : [])),
  settings,
});

/** The keys of all types, each once, with the types that have it. */
function join(variants: readonly Variant[]): readonly Setting[] {
  const keys = new Set(variants.flatMap(({ settings }) => settings.map(({ key }) => key)));
  return [...keys].flatMap((key) => {
    const having = variants.flatMap(({ types, settings }) => {
      const setting = settings.find((one) => one.key === key);
      return setting ? [{ types, setting }] : [];
    });
    const [first] = having;
    if (!first) return [];
    const isEverywhere = having.length === variants.length;
    const isSame = having.every(
      ({ setting }) => JSON.stringify(setting.default) === JSON.stringify(first.setting.default),
    );
    return {
      ...first.setting,
      derived: isSame ? first.setting.derived : 'by `type`',
      type:
        first.setting.schema instanceof z.ZodLiteral
          ? having.map(({ setting }) => setting.type).join(', ')
          : first.setting.type,
      isRequired: having.every(({ setting }) => setting.isRequired),
      types: isEverywhere ? null : having.flatMap(({ types }) => types),
      children: join(having.map(({ types, setting }) => ({ types, settings: setting.children }))),
    };
  });
}

const childrenOf = (object: z.ZodObject, path: readonly string[], inList: boolean, within: string | null): Setting[] =>
  Object.entries(object.shape).map(([name, schema]) => toSetting(schema, [...path, name], inList, within));

const isText = (schema: z.core.$ZodType): boolean => schema instanceof z.ZodString || schema instanceof z.ZodEnum;

function typeOf(schema: z.core.$ZodType, note: Note): string {
  if (note.title) return note.title;
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ');
  if (schema instanceof z.ZodObject) return 'section';
  if (!(schema instanceof z.ZodArray)) return 'text';
  const { inner, note: of } = unwrap(schema.element);
  return `list of ${typeOf(inner, of)}`;
}

/** Every key, section by section, in the order of the schema. */
export const settingsTree: readonly Setting[] = childrenOf(configSchema, [], false, null);

const flatten = (settings: readonly Setting[]): Setting[] =>
  settings.flatMap((setting) => [setting, ...flatten(setting.children)]);

/** The sections, which have no names of their own. */
export const sections: readonly Setting[] = flatten(settingsTree).filter(
  ({ form, key }) => form === 'section' && !key.includes('[]'),
);

/** A key that can be given as a variable or a flag. */
export type NamedSetting = Setting & { readonly env: string; readonly flag: string };

/** Every key that has a variable and a flag: what the command line takes as `--<flag>`. */
export const namedSettings: readonly NamedSetting[] = flatten(settingsTree).filter(
  (setting): setting is NamedSetting => setting.env !== null && setting.flag !== null,
);
