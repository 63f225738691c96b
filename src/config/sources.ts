import { ConfigInvalid } from '../errors.ts';
import { ENV_PREFIX, formatKey, isServiceLink, namesOf, nearest } from './names.ts';
import { type NamedSetting, namedSettings, sections } from './settings.ts';
import { readYaml } from './yaml-file.ts';

/** A value from outside the file, and what to call the place that it came from. */
export interface Override {
  readonly setting: NamedSetting;
  readonly value: unknown;
  readonly place: string;
}

/**
 * Environment first, flags after: a later one wins.
 * An empty variable counts as none, as compose files and unit files pass them on; an empty flag is an empty text.
 * @throws ConfigInvalid where a name is not known
 */
export function readOverrides(env: Record<string, string | undefined>, flags: Record<string, string>): Override[] {
  const fromEnv = Object.entries(env)
    .filter(([name, given]) => name.startsWith(ENV_PREFIX) && given !== undefined && given !== '')
    .flatMap(([name, given = '']) => {
      const setting = namedSettings.find((known) => known.env === name);
      if (setting) return [toOverride(setting, given, name)];
      if (isServiceLink(name)) return [];
      throw unknown(name.slice(ENV_PREFIX.length), 'variable', (path) => namesOf(path).env);
    });
  const fromFlags = Object.entries(flags).map(([name, given]) => {
    const setting = namedSettings.find((known) => known.flag === name);
    if (setting) return toOverride(setting, given, `--${name}`);
    throw unknown(name, 'flag', (path) => `--${namesOf(path).flag}`);
  });
  return [...fromEnv, ...fromFlags];
}

/** @param name - without what every such name begins with */
function unknown(name: string, what: 'variable' | 'flag', spell: (path: readonly string[]) => string): ConfigInvalid {
  const start = what === 'flag' ? '--' : ENV_PREFIX;
  const say = (why: string): ConfigInvalid => new ConfigInvalid(`${start}${formatKey(name)}: ${why}`);
  const section = sections.find(({ path }) => spell(path) === start + name);
  const first = namedSettings.find(({ path }) => section?.path.every((part, i) => part === path[i]));
  if (first) return say(`is a section; set its keys one by one, as ${spell(first.path)}`);
  const near = nearest(
    name,
    namedSettings.map(({ path }) => spell(path).slice(start.length)),
  );
  return say(
    `there is no such ${what}; ${near ? `did you mean ${start}${near}?` : 'the configuration reference lists them all'}`,
  );
}

function toOverride(setting: NamedSetting, given: string, place: string): Override {
  const value = setting.form === 'text' ? given : readYaml(given, () => place).value;
  return { setting, value, place };
}
