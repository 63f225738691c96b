import { printValue } from './reference.ts';
import { type Setting, settingsTree } from './settings.ts';
import { wrap } from './wrap.ts';

const HEAD = `# yaml-language-server: $schema=./dashgate.schema.json
#
# A sample with every key. What is commented out without a space behind the # is the default, or an example where there
# is none. Printed from the schema in src/config/schema; every key is explained in configuration.md too.
`;

const WIDTH = 110;

/** docs/reference/dashgate.sample.yaml, which loads as it is, and with every key switched on. */
export const printSample = (): string =>
  [HEAD, ...settingsTree.map((setting) => `${print(setting, 0, true).join('\n')}\n`)].join('\n');

/** @param isLive - whether what it stands in is switched on  @param isFirst - the key that shows what an entry is */
function print(setting: Setting, depth: number, isLive: boolean, isFirst = false): string[] {
  const isTop = depth === 0;
  const live = isLive && (setting.isRequired || isFirst || (isTop && setting.children.length > 0));
  const indent = '  '.repeat(depth);
  const words = setting.description === '' ? [] : wrap(setting.description, WIDTH - indent.length);
  const comment = words.map((line) => `${indent}# ${line}`);
  if (setting.isInstead) return [...comment, ...printInstead(setting).map((line) => `${indent}# ${line}`)];
  const start = `${indent}${live ? '' : '#'}${setting.path.at(-1)}:`;
  if (setting.children.length === 0) return [...comment, `${start} ${printValue(shownValue(setting))}`];
  const isList = setting.form === 'yaml';
  const [shown = setting.children, ...others] = setting.variants;
  const children = shown.map((child, i) => print(child, depth + (isList ? 2 : 1), live, isList && isTop && i === 0));
  const seen = new Set(keysIn(shown));
  const further = others.map((variant) => printFurther(variant, seen, depth + 2));
  return [
    ...comment,
    start,
    ...(isList ? asEntry(children, depth + 1) : children.flat()),
    ...further.flatMap((keys) => asEntry(keys, depth + 1)),
  ];
}

/** An entry of another type, switched off: what it has to have, and what was not seen in those before. */
function printFurther(variant: readonly Setting[], seen: Set<string>, depth: number): string[][] {
  const own = variant.flatMap((setting) => unseen(setting, seen) ?? (setting.isRequired ? bare(setting) : []));
  for (const key of keysIn(variant)) seen.add(key);
  return own.map((setting) => print(setting, depth, false));
}

const keysIn = (settings: readonly Setting[]): string[] =>
  settings.flatMap(({ key, children }) => [key, ...keysIn(children)]);

const bare = (setting: Setting): Setting => ({ ...setting, description: '' });

function unseen(setting: Setting, seen: ReadonlySet<string>): Setting | null {
  if (!seen.has(setting.key)) return setting;
  const children = setting.children.flatMap((child) => unseen(child, seen) ?? []);
  return children.length > 0 ? { ...bare(setting), children } : null;
}

/** Without words: what is given in the place of another key can only be shown, not switched on. */
function printInstead(setting: Setting): string[] {
  const start = `${setting.path.at(-1)}:`;
  if (setting.children.length === 0) return [`${start} ${printValue(shownValue(setting))}`];
  const shown = setting.children.filter((child) => !child.isInstead);
  return [start, ...shown.flatMap((child) => printInstead(child)).map((line) => `  ${line}`)];
}

/** Puts the dash before the first key of an entry, behind its comment. */
function asEntry(children: readonly string[][], depth: number): string[] {
  const [first = [], ...rest] = children;
  const key = first.at(-1) ?? '';
  const indent = '  '.repeat(depth);
  const dashed = key.trimStart().startsWith('#')
    ? `${indent}#- ${key.trimStart().slice(1)}`
    : `${indent}- ${key.trimStart()}`;
  return [...first.slice(0, -1).map((line) => indent + line.trimStart()), dashed, ...rest.flat()];
}

/** The default, unless it is none or an empty list, which teaches nothing. */
function shownValue({ default: byDefault, example }: Setting): unknown {
  const isEmpty =
    byDefault === undefined || (typeof byDefault === 'object' && Object.keys(byDefault ?? {}).length === 0);
  return isEmpty ? (example ?? byDefault) : byDefault;
}
