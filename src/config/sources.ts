import { ConfigInvalid } from '../errors.ts';
import { ENV_PREFIX, formatKey, isServiceLink, nearest } from './names.ts';
import { type NamedSetting, namedSettings } from './settings.ts';
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
      throw unknown(
        formatKey(name),
        'variable',
        nearest(
          name,
          namedSettings.map((known) => known.env),
        ),
      );
    });
  const fromFlags = Object.entries(flags).map(([name, given]) => {
    const setting = namedSettings.find((known) => known.flag === name);
    if (setting) return toOverride(setting, given, `--${name}`);
    const near = nearest(
      name,
      namedSettings.map((known) => known.flag),
    );
    throw unknown(`--${formatKey(name)}`, 'flag', near && `--${near}`);
  });
  return [...fromEnv, ...fromFlags];
}

const unknown = (name: string, what: string, near: string | null): ConfigInvalid =>
  new ConfigInvalid(
    `${name}: there is no such ${what}; ${near ? `did you mean ${near}?` : 'the configuration reference lists them all'}`,
  );

function toOverride(setting: NamedSetting, given: string, place: string): Override {
  const value = setting.form === 'text' ? given : readYaml(given, () => place).value;
  return { setting, value, place };
}
