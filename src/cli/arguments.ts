import { parseArgs } from 'node:util';
import { nearest } from '../config/names.ts';
import { panelForm } from '../config/panel/settings.ts';
import { UsageError } from '../errors.ts';

export interface Parsed {
  /** Flags of the command itself, by name without dashes; `true` where it takes no value. */
  readonly options: Readonly<Record<string, string | true>>;
  /** Flags that name a key of the configuration, as `session.lifetime`. */
  readonly config: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

type Kind = 'text' | 'switch';

/**
 * Reads the words behind a command. A flag with a dot in it, the name of a top-level key or a flag of Panel is left to the
 * configuration.
 * @throws UsageError
 */
export function readArguments(
  args: readonly string[],
  known: Readonly<Record<string, Kind>>,
  { takesConfig = false, mostWords = 0 }: { takesConfig?: boolean; mostWords?: number } = {},
): Parsed {
  const options: Record<string, string | true> = {};
  const config: [string, string][] = [];
  const words: string[] = [];
  const lists: [string, string[]][] = [];
  const { tokens } = parseArgs({ args: [...args], strict: false, tokens: true, options: optionsOf(known) });
  let skip = -1;
  /** What follows a flag of Panel that takes several words. */
  let list: string[] | null = null;
  for (const token of tokens) {
    if (token.kind === 'option-terminator' || token.index === skip) continue;
    if (token.kind === 'positional') {
      (list ?? words).push(token.value);
      continue;
    }
    list = null;
    const kind = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (kind === 'switch') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
      options[token.name] = true;
    } else if (kind === 'text') {
      // The next flag is no value: who means one that begins so writes it behind `=`.
      const isFlag = token.inlineValue === false && token.value.startsWith('--');
      if (token.value === undefined || isFlag) throw new UsageError(`${token.rawName} needs a value`);
      options[token.name] = token.value;
    } else if (takesConfig && panelForm(token.name) === 'switch') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
      config.push([token.name, 'true']);
    } else if (takesConfig && panelForm(token.name) === 'list') {
      list = token.value === undefined ? [] : [token.value];
      lists.push([token.name, list]);
    } else if (takesConfig && token.rawName.startsWith('--')) {
      // parseArgs does not know that it takes a value: without `=` the next word is it.
      const value = token.value ?? args[token.index + 1];
      if (value === undefined) throw new UsageError(`${token.rawName} needs a value`);
      if (token.value === undefined) skip = token.index + 1;
      config.push([token.name, value]);
    } else {
      throw new UsageError(`${token.rawName} is not known here${hint(token.name, Object.keys(known))}`);
    }
  }
  if (words.length > mostWords) throw new UsageError(`"${words[mostWords]}" is one word too many`);
  // As entries, for `__proto__` is a name like any other.
  for (const [name, given] of lists) config.push([name, JSON.stringify(given)]);
  return { options, config: Object.fromEntries(config), words };
}

const optionsOf = (known: Readonly<Record<string, Kind>>) =>
  Object.fromEntries(
    Object.entries(known).map(([name, kind]) => [
      name,
      { type: kind === 'text' ? ('string' as const) : ('boolean' as const) },
    ]),
  );

const hint = (name: string, known: readonly string[]): string => {
  const near = nearest(name, known);
  return near ? `; did you mean --${near}?` : '';
};
